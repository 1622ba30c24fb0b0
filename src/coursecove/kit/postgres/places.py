"""Whose the folder of a private PostgreSQL is, and where its socket finds room."""

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from coursecove.kit.postgres.errors import FolderNotOursError, ForeignFolderError, PathTooLongError

LONGEST = 103 - len("/.s.PGSQL.5432")  # macOS allows 103 bytes, Linux four more
NOBODY = 65534


def prepare_folder(folder: Path) -> None:
    """Make the folder when it is new; refuse one that is somebody else's or that holds something else."""
    try:
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
            _give(folder, _account_above(folder))
        elif any(folder.iterdir()) and not (folder / "door").exists():
            raise ForeignFolderError(folder=folder)
        if os.geteuid() not in {0, folder.stat().st_uid}:
            raise FolderNotOursError(folder=folder)
        folder.chmod(0o700)
    except PermissionError:
        raise FolderNotOursError(folder=folder) from None


def account_of(folder: Path) -> int | None:
    """The user to become before PostgreSQL runs: none, unless we are root in somebody else's folder."""
    return (folder.stat().st_uid or None) if os.geteuid() == 0 else None


def reachable_by_nobody(*places: Path) -> bool:
    """Whether every folder on the way lets all accounts pass."""
    above = {folder for place in places for folder in place.resolve().parents}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in above)


def give_to_nobody(folder: Path) -> None:
    """Where root may not open a user namespace, a folder of nobody's lets the server run as nobody."""
    for found in [folder, *folder.rglob("*")]:
        _give(found, NOBODY)


def give_to_owner(folder: Path) -> None:
    """What root adds to somebody's folder must not lock its owner out."""
    for found in folder.iterdir():
        _give(found, folder.stat().st_uid)


def socket_folder_for(folder: Path) -> Path:
    """The folder itself, or where its path is too long or too odd, a short one made from its name."""
    if _fits(folder):
        return folder
    name = f"coursecove-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    for above in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  # checked to be ours, and closed to others
        short = Path(above, name)
        if _fits(short) and _made_private(short, folder.stat().st_uid):
            return short
    raise PathTooLongError


def _fits(folder: Path) -> bool:
    """A comma or a space would read as a list of folders somewhere on the way."""
    plain = re.fullmatch(r"[\w/.+~-]+", str(folder), re.ASCII)
    return plain is not None and len(str(folder)) <= LONGEST


def _made_private(folder: Path, owner: int) -> bool:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _give(folder, owner)
    except OSError:
        return False
    seen = folder.lstat()
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == owner and not seen.st_mode & 0o077


def _account_above(folder: Path) -> int:
    """Root in the private folder of a user must work as that user: a namespace would lock it out."""
    for above in folder.parents:
        seen = above.stat()
        if seen.st_uid and not seen.st_mode & stat.S_IXOTH:
            return seen.st_uid
    return 0


def _give(path: Path, owner: int) -> None:
    if os.geteuid() == 0 and path.lstat().st_uid != owner:
        os.chown(path, owner, -1, follow_symlinks=False)
