"""Cursors: where a list goes on, as an opaque word in an address."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from coursecove.kit.errors import BadRequest

R = TypeVar("R")


class BadCursor(BadRequest):
    """This place in the list does not exist any more. Start again from the first page."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The key of the row beside the page, and the way to read on from it."""

    key: tuple[str, ...]
    backwards: bool = False

    def __str__(self) -> str:
        packed = msgspec.json.encode([self.backwards, *self.key])
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Slice(Generic[R]):
    """One page of a list, in the list's order."""

    rows: tuple[R, ...]
    previous: str | None
    following: str | None


def read_cursor(text: str | None, size: int) -> Cursor | None:
    """The cursor of an address, or None for the first page; BadCursor where it is not one of ours."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        backwards, *key = msgspec.json.decode(raw, type=list[bool | str])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise BadCursor from None
    parts = tuple(part for part in key if isinstance(part, str) and "\0" not in part)
    if not isinstance(backwards, bool) or len(key) != size or len(parts) != size:
        raise BadCursor
    return Cursor(parts, backwards)


def cut(
    rows: Sequence[R], limit: int, cursor: Cursor | None, key: Callable[[R], tuple[str, ...]]
) -> Slice[R]:
    """The page out of `limit + 1` rows read in the cursor's direction."""
    more, page = len(rows) > limit, list(rows[:limit])
    backwards = cursor is not None and cursor.backwards
    if backwards:
        page.reverse()
    before = page and (more if backwards else cursor is not None)
    after = page and (True if backwards else more)
    return Slice(
        tuple(page),
        str(Cursor(key(page[0]), backwards=True)) if before else None,
        str(Cursor(key(page[-1]))) if after else None,
    )
