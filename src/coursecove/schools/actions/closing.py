"""Closing a school, and opening it again while that is possible."""

from datetime import datetime
from uuid import UUID

from coursecove.accounts.access import Member
from coursecove.kit.db import UserDb
from coursecove.kit.errors import Conflict, Invalid, NotFound
from coursecove.schools.events import SchoolClosed, SchoolGraceEnded

CLOSE = "select app.close_my_school($1)"
REOPEN = "select app.reopen_my_school($1)"


class AlreadyClosed(Conflict):
    """This school is closed already."""


async def close_school(db: UserDb, actor: Member, *, typed_name: str, days: int) -> datetime:
    """Shut the school to everybody with this transaction; until the answered moment it can be opened again."""
    if " ".join(typed_name.split()).casefold() != " ".join(actor.school_name.split()).casefold():
        raise Invalid(
            "The school's name does not match.",
            fields={"name": "Write the school's name exactly as it stands above."},
        )
    closes_at: datetime | None = await db.value(CLOSE, days)
    if closes_at is None:
        raise AlreadyClosed
    await db.emit(SchoolClosed(actor.school_id, closes_at))
    await db.emit(SchoolGraceEnded(actor.school_id, closes_at), not_before=closes_at)
    return closes_at


async def reopen_school(db: UserDb, school_id: UUID) -> None:
    """Open a closed school of the caller's own again; NotFound where there is none."""
    if not await db.value(REOPEN, school_id):
        raise NotFound
