"""Reads of children's data are noted in the audit log before the answer leaves, in a transaction of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from starlette.requests import Request

from coursecove.kit.db import Claims, Database, UserDb


@dataclass(frozen=True, slots=True)
class Note:
    """What was read: of which kind, which row, and what else says how much."""

    what: str
    subject: UUID
    more: dict[str, Any]


NOTE_READ = "select app.note_read($1, $2, $3::text::jsonb)"


def note_read(request: Request, what: str, subject: UUID, **more: Any) -> None:
    """Have the edge note it, once the page is made and before anybody sees it."""
    request.state.notes = [*getattr(request.state, "notes", ()), Note(what, subject, more)]


async def keep_notes(database: Database, claims: Claims, request: Request) -> None:
    """Write what a page noted; where that fails, nobody gets the page."""
    notes: Sequence[Note] = getattr(request.state, "notes", ())
    if notes:
        async with database.write(claims) as db:
            await keep(db, notes)


async def keep(db: UserDb, notes: Sequence[Note]) -> None:
    for note in notes:
        await db.value(NOTE_READ, note.what, note.subject, msgspec.json.encode(note.more).decode())
