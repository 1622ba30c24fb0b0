"""Clerk's own JavaScript libraries, which some tests ask: fetched once, by Node, into the project's own folder."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

OLDEST_NODE = 20
VARIABLE = "COURSECOVE_CLERK_LIBRARIES"


class NotRunError(Exception):
    """These tests were left out, and this says why."""


class NotFetchedError(Exception):
    """Clerk's JavaScript libraries could not be fetched."""


def find_or_fetch_libraries(wanted: Path, kept: Path) -> dict[str, str]:
    """Where they are, as the tests are told; `wanted` has the list of them, locked, `kept` is a folder of ours."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or _version(node) < OLDEST_NODE:
        raise NotRunError(
            f"Node {OLDEST_NODE} with npm is not installed here, so Clerk's own JavaScript libraries were not asked"
        )
    lock = (wanted / "package-lock.json").read_bytes()
    folder = kept / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "complete").exists():
        _fetch(npm, wanted, folder)
    return {VARIABLE: str(folder)}


def _version(node: str) -> int:
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = shown.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdecimal() else 0


def _fetch(npm: str, wanted: Path, folder: Path) -> None:
    """Exactly what the lock file says, and none of their scripts is run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(wanted / name, folder / name)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        env={**os.environ, "npm_config_update_notifier": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotFetchedError(f"{NotFetchedError.__doc__}\n\n{done.stdout}{done.stderr}")
    (folder / "complete").touch()
