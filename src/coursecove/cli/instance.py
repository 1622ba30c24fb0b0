"""The data folder of a running development instance: whose it is, who uses it, and how it starts over."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

KNOWN = {"instance", "secret", "postgres"}


class CannotStartHereError(Exception):
    """What stops a start before anything was changed, in the sentence that people read."""


@contextlib.contextmanager
def instance(folder: Path, *, fresh: bool) -> Iterator[None]:
    """Use the folder as long as this lasts. Instances share it, their database too; only `fresh` is alone."""
    try:
        _refuse_foreign(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = (folder / "instance").open("a")
    except OSError as error:
        reason = f"The data folder {folder} cannot be used: {error.strerror}; name another with --data."
        raise CannotStartHereError(reason) from error
    with mark:
        if fresh:
            _start_over(folder, mark.fileno())
        fcntl.flock(mark, fcntl.LOCK_SH)
        yield


@contextlib.contextmanager
def preparing(folder: Path) -> Iterator[None]:
    """One instance at a time migrates and seeds."""
    with (folder / "preparing").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _refuse_foreign(folder: Path) -> None:
    if folder.exists():
        found = {path.name for path in folder.iterdir()}
        if found and not found & KNOWN:
            raise CannotStartHereError(
                f"The folder {folder} holds something else than CourseCove's data: name an empty or a new one."
            )


def _start_over(folder: Path, mark: int) -> None:
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotStartHereError(
            f"The data in {folder} are in use by another CourseCove that runs: end it before you start over, "
            "or start over elsewhere with --data."
        ) from None
    for found in folder.iterdir():
        if found.name == "instance":
            continue
        if found.is_dir() and not found.is_symlink():
            shutil.rmtree(found)
        else:
            found.unlink()
