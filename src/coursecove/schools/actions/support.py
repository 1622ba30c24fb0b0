"""What owners may do about support in their school."""

from uuid import UUID

from coursecove.accounts.access import Member
from coursecove.accounts.events import SupportEnded
from coursecove.accounts.support_models import SupportAccess
from coursecove.kit import clock
from coursecove.kit.db import UserDb


async def end_support(db: UserDb, actor: Member, access_id: UUID) -> SupportAccess:
    """Show support out at once; what is over already stays as it is."""
    access = await db.get(SupportAccess, access_id, lock=True)
    if access.ended_at is None and access.ends_at > clock.now():
        access.ended_at, access.ended_by = clock.now(), None if actor.support else actor.id
        await db.flush()
        await db.emit(SupportEnded(access.id, access.operator, by_operator=actor.support is not None))
    return access
