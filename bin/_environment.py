"""Makes `.venv` from the lock file; run by bin/_environment with any Python 3.11, so it uses nothing else."""

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

OLDEST_UV = (0, 5)
PROJECT = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
LOCK = PROJECT / "requirements-dev.lock"  # both commands share it: bin/dev builds CSS with a tool from there
OWN = PROJECT / ".coursecove"
VENV = PROJECT / ".venv"
STAMP = VENV / ".made-of"


def main() -> None:
    try:
        OWN.mkdir(exist_ok=True)
        with one_at_a_time():
            if not STAMP.exists() or STAMP.read_text(encoding="utf-8") != made_of():
                make()
    except PermissionError as error:
        refuse(
            f"The folder {error.filename} belongs to another user: start as that user, or in a copy of yours."
        )
    except subprocess.CalledProcessError:
        refuse("The packages of CourseCove could not be installed; the lines above say why.")
    except OSError as error:
        refuse(f"The environment could not be made: {error.strerror} ({error.filename or PROJECT}).")
    except KeyboardInterrupt:
        refuse("Stopped; the next start goes on from here.")


def make() -> None:
    STAMP.unlink(missing_ok=True)
    uv = find_uv() or install_uv()
    python = VENV / "bin" / "python"
    if not works(str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
        say("making .venv")
        base = getattr(sys, "_base_executable", None) or sys.executable
        run(uv, "venv", "--quiet", "--clear", "--no-project", "--python", base, str(VENV))
    say("installing the locked packages")
    run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(LOCK))
    add_project(python)
    STAMP.write_text(made_of(), encoding="utf-8")


def made_of() -> str:
    """What the environment depends on: scripts in it name its folder, so a moved one is made anew."""
    return f"{PROJECT}\n{LOCK.read_text(encoding='utf-8')}"


def add_project(python: Path) -> None:
    """The project runs from its sources; a build backend would be one more download that no lock holds."""
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True, check=True).stdout
    Path(packages.strip(), "coursecove.pth").write_text(f"{PROJECT / 'src'}\n", encoding="utf-8")
    script = python.with_name("coursecove")
    script.write_text('#!/bin/sh\nexec "$(dirname -- "$0")/python" -m coursecove "$@"\n', encoding="utf-8")
    script.chmod(0o755)


def find_uv() -> str | None:
    for found in (shutil.which("uv"), str(OWN / "tools" / "bin" / "uv")):
        if found is None or not Path(found).exists():
            continue
        shown = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.match(r"uv (\d+)\.(\d+)", shown)
        if version is not None and (int(version[1]), int(version[2])) >= OLDEST_UV:
            return found
    return None


def install_uv() -> str:
    """Into the project's own folder, in whichever way this Python has of installing anything."""
    say("getting uv, which installs the packages")
    tools, fresh = OWN / "tools", OWN / "tools.new"
    shutil.rmtree(fresh, ignore_errors=True)
    pip = [
        "install",
        "--quiet",
        "--require-hashes",
        "--only-binary=:all:",
        "-r",
        str(PROJECT / "bin" / "_uv.lock"),
    ]
    if works(sys.executable, "-m", "pip", "--version"):
        run(sys.executable, "-m", "pip", *pip, "--target", str(fresh))
    elif importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        run(sys.executable, "-m", "venv", str(OWN / "pip"))
        run(str(OWN / "pip" / "bin" / "python"), "-m", "pip", *pip, "--target", str(fresh))
        shutil.rmtree(OWN / "pip")
    else:
        refuse(
            "CourseCove installs its packages with uv, and this Python has neither pip nor venv to get it with: "
            "install one of the three (on Debian: apt-get install python3-venv) and start again."
        )
    shutil.rmtree(tools, ignore_errors=True)
    fresh.rename(tools)
    return str(tools / "bin" / "uv")


def run(*command: str) -> None:
    subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, check=True)


def works(*command: str) -> bool:
    try:
        return subprocess.run(command, env=environment(), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def environment() -> dict[str, str]:
    """Ours, without what other projects set, with the system's certificates and a cache that can be written."""
    foreign = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "PIP_REQUIRE_VIRTUALENV"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    kept |= {"PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    kept |= {"UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
    if "PIP_INDEX_URL" in kept:
        kept.setdefault("UV_DEFAULT_INDEX", kept["PIP_INDEX_URL"])
    if not home_is_usable(kept):
        kept |= {"HOME": str(OWN), "XDG_CACHE_HOME": str(OWN / "cache")}
    return kept


def home_is_usable(variables: dict[str, str]) -> bool:
    cache = Path(variables.get("XDG_CACHE_HOME") or Path(variables.get("HOME") or "/nowhere", ".cache"))
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        return os.access(cache, os.W_OK | os.X_OK)
    return False


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    with (OWN / "environment.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another start that is making the environment")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    sys.stderr.write(f"coursecove: {text}\n")


def refuse(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
