"""The doctor's look at this machine: Python, the data folder, a browser for the tests."""

import shutil
import stat
import sys
from pathlib import Path

from coursecove.cli.browser import NAMES
from coursecove.cli.findings import Finding, broken, fine, worry
from coursecove.settings import Settings

OLDEST_PYTHON = (3, 11)
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
OTHERS_MAY_READ = stat.S_IRWXG | stat.S_IRWXO


async def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """A Python that the code is written for."""
    said = f"Python {'.'.join(map(str, version))}"
    if tuple(version[:2]) < OLDEST_PYTHON:
        return broken(
            "python", f"{said} is too old", "install Python 3.11 or newer and make the environment anew"
        )
    return fine("python", said)


async def data_folder(settings: Settings) -> Finding:
    """Nobody else may write beside the database, or read what everything is derived from."""
    folder, secret = settings.data, settings.data / "secret"
    if not folder.exists():
        if settings.database.url and settings.secret_key:
            return fine("data folder", f"The data folder {folder} is not there, and nothing needs it yet")
        return worry("data folder", f"The data folder {folder} is not there", "`coursecove dev` makes it")
    if folder.stat().st_mode & OTHERS_MAY_WRITE:
        return broken(
            "data folder", f"Others may write into the data folder {folder}", f"run `chmod go-w {folder}`"
        )
    if secret.exists() and secret.stat().st_mode & OTHERS_MAY_READ:
        todo = f"run `chmod 600 {secret}`; if others use this machine, make a new secret with `coursecove dev --fresh`"
        return broken("data folder", f"Others may read the installation's secret in {secret}", todo)
    return fine("data folder", f"The data folder {folder} is closed to others")


async def browser() -> Finding:
    """Only the browser tests need one, so its absence is no worry."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        return fine(
            "browser", "No Chromium is installed; only browser tests need one, and bin/test installs it"
        )
    return fine("browser", f"{Path(found).name} is there for the browser tests")


async def operators(settings: Settings) -> Finding:
    """Somebody should be able to see the operator's pages."""
    if settings.operator_ids or settings.in_development:
        return fine("operators", "Somebody may enter the operator's pages")
    todo = "set COURSECOVE_OPERATORS to the identity provider's ids of those who run this installation"
    return worry("operators", "Nobody may enter the operator's pages", todo)
