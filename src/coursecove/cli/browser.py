"""The browser for the browser tests: one that is there, or one that is installed for them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
ASK_PLAYWRIGHT = "from playwright.sync_api import sync_playwright as p\nwith p() as run: print(run.chromium.executable_path)"


class NoBrowserError(Exception):
    """The browser tests need Chromium or Chrome, and none was found or could be installed: install one, or set
    COURSECOVE_CHROMIUM to its program."""

    def __init__(self, said: str = "") -> None:
        super().__init__(" ".join((self.__doc__ or "").split()) + (f"\n\n{said}" if said else ""))


def find_or_install_browser() -> Path:
    named = os.environ.get("COURSECOVE_CHROMIUM")
    if named is not None:
        if not os.access(named, os.X_OK):
            raise NoBrowserError(f"COURSECOVE_CHROMIUM names {named}, which cannot be run.")
        return Path(named)
    found = _found()
    if found is not None:
        return found
    said = _install()
    found = _found()
    if found is None:
        raise NoBrowserError(said)
    return found


def _found() -> Path | None:
    """Only one that answers: some systems put a stub in its place."""
    on_path = [path for name in NAMES if (path := shutil.which(name)) is not None]
    for candidate in (*map(Path, on_path), ON_A_MAC, _playwrights_own()):
        if candidate is not None and candidate.exists() and _run(str(candidate), "--version")[0]:
            return candidate
    return None


def _playwrights_own() -> Path | None:
    worked, said = _run(sys.executable, "-c", ASK_PLAYWRIGHT)
    return Path(said.strip()) if worked else None


def _install() -> str:
    """Debian's package as root, Playwright's download elsewhere or where that fails; what was said."""
    said = ""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update")
        worked, said = _run("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
        if worked and _found():
            return said
    return said + _run(sys.executable, "-m", "playwright", "install", "chromium")[1]


def _run(*command: str) -> tuple[bool, str]:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=quiet,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    return done.returncode == 0, (done.stdout if done.returncode == 0 else done.stdout + done.stderr)
