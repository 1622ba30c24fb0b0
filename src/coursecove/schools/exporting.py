"""Everything of a school as files: which tables there are, what is left out and why, and how a row is written."""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, Any, Final

from sqlalchemy import Table

from coursecove.kit.db.models import Base, TenantOwned

LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "idempotency_keys": "answers to programs, kept for a day",
        "school_exports": "about exports themselves",
        "school_export_parts": "the archives themselves",
        "function_runs": "how background work went, of no meaning elsewhere",
        "run_steps": "how background work went, of no meaning elsewhere",
    }
)
"""Tables of schools that are no data of the school."""

SECRETS: Final = frozenset({"api_tokens.secret_hash", "calendar_feeds.secret_hash", "school_logos.image"})
"""Columns that are not written: what opens doors, and what lies beside as a file."""

ABOUT: Final = """\
This archive holds everything of {name} as of {at}.

manifest.json says what is in it. Each file in data/ is one table: JSON Lines, one row a line, UTF-8, times with
their zone, ids as UUIDs; a column that names another table ends in _id. people.jsonl holds the accounts of the
school's members as far as the school knows them. Files in files/ are pictures of the school.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the archive: its name and the statement whose rows it holds, for a school."""

    name: str
    sql: str


def sources() -> list[Source]:
    """The school itself, its people, then every table whose rows are a school's, in the order of their names."""
    first = [
        Source("school", "select to_jsonb(x)::text from organizations x where x.id = $1"),
        Source(
            "people",
            "select to_jsonb(x)::text from (select u.id, u.email, u.first_name, u.last_name, u.created_at"
            " from users u where u.id in (select m.user_id from organization_memberships m"
            " where m.organization_id = $1)) x order by x.id",
        ),
    ]
    return [*first, *(Source(table.name, _rows_of(table)) for table in tables())]


def tables() -> list[Table]:
    """Every table that carries its school and is not left out."""
    found = {
        mapper.class_.__tablename__: mapper.local_table
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, TenantOwned) or "organization_id" in mapper.local_table.c
    }
    return [
        table for name, table in sorted(found.items()) if name not in LEFT_OUT and isinstance(table, Table)
    ]


def _rows_of(table: Table) -> str:
    hidden = [column.name for column in table.c if f"{table.name}.{column.name}" in SECRETS]
    without = "".join(f" - '{name}'" for name in hidden)
    order = ", ".join(f"x.{column.name}" for column in table.primary_key)
    return (
        f"select (to_jsonb(x){without})::text from {table.name} x"  # noqa: S608 - names of our own tables
        f" where x.organization_id = $1 order by {order}"
    )


class Archive:
    """A zip that is written from front to back, so that it never has to be held whole."""

    def __init__(self, out: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._counts: dict[str, int] = {}

    def table(self, name: str) -> "Lines":
        return Lines(self._zip, name, lambda count: self._counts.__setitem__(name, count))

    def file(self, name: str, content: bytes) -> None:
        self._zip.writestr(f"files/{name}", content)

    def close(self, *, school: str, at: str) -> None:
        manifest = {
            "format": 1,
            "school": school,
            "at": at,
            "tables": self._counts,
            "left_out": dict(LEFT_OUT),
        }
        self._zip.writestr("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False))
        self._zip.writestr("README.txt", ABOUT.format(name=school, at=at))
        self._zip.close()


class Lines:
    """One table's file, open while its rows come."""

    def __init__(self, archive: zipfile.ZipFile, name: str, counted: Callable[[int], None]) -> None:
        self._file = archive.open(f"data/{name}.jsonl", "w", force_zip64=True)
        self._counted, self._count = counted, 0

    def write(self, row: str) -> None:
        self._file.write(row.encode() + b"\n")
        self._count += 1

    def close(self) -> None:
        self._file.close()
        self._counted(self._count)


class Pieces:
    """A file that takes bytes and gives them back in pieces of one size; it cannot be wound back."""

    def __init__(self, size: int) -> None:
        self._size, self._kept, self._at = size, bytearray(), 0

    def write(self, data: Any) -> int:
        self._kept += data
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None: ...

    def full(self) -> Iterator[bytes]:
        """The pieces that are complete by now."""
        while len(self._kept) >= self._size:
            yield bytes(self._kept[: self._size])
            del self._kept[: self._size]

    def rest(self) -> bytes:
        return bytes(self._kept)
