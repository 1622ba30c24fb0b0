"""A pasted list or a CSV file, read line by line into whom to ask and as what; nothing here changes anything."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from coursecove.accounts.roles import Role
from coursecove.kit.errors import Invalid, TooLarge

MOST_LINES: Final = 10_000
LARGEST_FILE: Final = 3 * 1024 * 1024
LONGEST_LINE: Final = 300
MOST_CELLS: Final = 200
LONGEST_EMAIL: Final = 254
_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_NAMED = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>\s*")
_FOLLOWED = re.compile(r"(\S+@\S+)\s+(\S.*)")
_ANOTHER = re.compile(r"[;\t]")
_EMAIL_HEADINGS = frozenset({"email", "e-mail", "mail", "email address", "e-mail address"})
_ROLE_HEADINGS = frozenset({"role", "type"})


class EmptyList(Invalid):
    """There is no address in this list. Paste at least one, or choose a file that has a column named “email”."""


class NotText(Invalid):
    """This file is not text. Save it as CSV from your spreadsheet and choose that file."""


class ListTooLong(TooLarge):
    """A list may have 10,000 lines. Split this one and send the parts one after the other."""


class LineProblem(StrEnum):
    """What keeps a line from being sent."""

    NO_EMAIL = "no_email"
    BAD_EMAIL = "bad_email"
    UNKNOWN_ROLE = "unknown_role"
    REPEATED = "repeated"
    ALREADY_MEMBER = "already_member"
    ALREADY_INVITED = "already_invited"
    WAS_REMOVED = "was_removed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what was given, whom it asks and as what, or what is wrong with it."""

    number: int
    given: str
    email: str | None = None
    role: Role | None = None
    problem: LineProblem | None = None


def decoded(raw: bytes) -> str:
    """A file's text: UTF-8, or what spreadsheets on Windows write; NotText for anything else."""
    if len(raw) > LARGEST_FILE:
        raise ListTooLong
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _as_text(raw, "utf-16")
    if b"\0" in raw:
        raise NotText
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _as_text(raw, "cp1252")


def read_list(text: str, *, default: Role, words: Mapping[str, Role]) -> list[Line]:
    """Every line that says something, in order; `words` are what people may write for a role."""
    rows = list(_rows(text))
    if not rows:
        raise EmptyList
    columns = _columns(rows[0][1])
    body = rows[1:] if columns else rows
    lines = list(_unrepeated(_lines(body, columns, _Roles(default, words))))
    if not lines:
        raise EmptyList
    if len(lines) > MOST_LINES:
        raise ListTooLong
    return lines


def valid_email(text: str) -> str | None:
    """The address in lower case, or None where it is none."""
    email = text.strip().strip("<>").casefold()
    local, _, _ = email.partition("@")
    if len(email) > LONGEST_EMAIL or len(local) > 64 or not _ADDRESS.fullmatch(email):
        return None
    return email


def _as_text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise NotText from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows of cells; what separates them is what the first line uses most."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator, strict=False)
    try:
        for cells in reader:
            kept = [cell.strip()[:LONGEST_LINE] for cell in cells[:MOST_CELLS]]
            if any(kept):
                yield reader.line_num, kept
            if reader.line_num > 2 * MOST_LINES:
                raise ListTooLong
    except csv.Error:
        raise NotText from None


def _columns(first: list[str]) -> tuple[int, int | None] | None:
    """Where address and role stand, if the first row names its columns."""
    names = [cell.casefold() for cell in first]
    email = next((at for at, name in enumerate(names) if name in _EMAIL_HEADINGS), None)
    if email is None:
        return None
    return email, next((at for at, name in enumerate(names) if name in _ROLE_HEADINGS), None)


@dataclass(frozen=True, slots=True)
class _Roles:
    """What a line means that names no role, and what people may write for one."""

    default: Role
    words: Mapping[str, Role]

    def meant(self, said: str) -> Role | None:
        return self.words.get(" ".join(said.casefold().split())) if said else self.default


def _lines(
    rows: list[tuple[int, list[str]]], columns: tuple[int, int | None] | None, roles: _Roles
) -> Iterator[Line]:
    for number, cells in rows:
        given = ", ".join(cell for cell in cells if cell)[:LONGEST_LINE]
        parts = cells if columns else [part.strip() for cell in cells for part in _ANOTHER.split(cell)]
        if columns is None and sum("@" in part for part in parts) > 1:
            yield from (_line(number, part, (part, ""), roles) for part in parts if part)
            continue
        yield _line(number, given, _parts(parts, columns), roles)


def _parts(cells: list[str], columns: tuple[int, int | None] | None) -> tuple[str, str]:
    """A row's address and role, by its heading or by what looks like an address."""
    if columns is not None:
        email, role = columns
        return _cell(cells, email), _cell(cells, role) if role is not None else ""
    at = next((at for at, cell in enumerate(cells) if "@" in cell), None)
    if at is None:
        return "", ""
    return cells[at], _cell(cells, at + 1)


def _cell(cells: list[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _line(number: int, given: str, parts: tuple[str, str], roles: _Roles) -> Line:
    address, role = parts
    named, followed = _NAMED.fullmatch(address), _FOLLOWED.fullmatch(address)
    if followed and not role and not named:
        address, role = followed[1], followed[2]
    email = valid_email(named[1] if named else address)
    meant = roles.meant(role)
    line = Line(number, given, email, meant)
    if not address:
        return replace(line, problem=LineProblem.NO_EMAIL)
    if email is None:
        return replace(line, problem=LineProblem.BAD_EMAIL)
    return line if meant else replace(line, problem=LineProblem.UNKNOWN_ROLE)


def _unrepeated(lines: Iterator[Line]) -> Iterator[Line]:
    """Of several lines about one address the first counts."""
    seen: set[str] = set()
    for line in lines:
        repeated = line.email is not None and line.email in seen and line.problem is None
        if line.email and line.problem is None:
            seen.add(line.email)
        yield replace(line, problem=LineProblem.REPEATED) if repeated else line
