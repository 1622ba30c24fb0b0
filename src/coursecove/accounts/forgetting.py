"""What ends with a member: who stands for whom, their keys, and what is known of somebody who was removed."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.db import ServiceDb, UserDb


@dataclass(frozen=True, slots=True)
class Unlinked:
    """Who stood for whom, and as what."""

    guardian_id: UUID
    student_id: UUID
    relation: str


UNLINK = """
    delete from guardianships where organization_id = $1 and id = $2 returning guardian_id, student_id, relation"""
UNLINK_BOTH = """
    delete from guardianships g where g.organization_id = $1 and g.guardian_id = $2 and g.student_id = $3 returning g.id"""
FORGET = """
    update organization_memberships m set forgotten_at = now(), updated_at = now()
     where m.organization_id = $1 and m.id = $2 and m.status = 'INACTIVE' and m.forgotten_at is null returning m.id"""
FORGET_LINKS = """
    with gone as (
      delete from guardianships g where g.organization_id = $1 and (g.guardian_id = $2 or g.student_id = $2) returning 1)
    select count(*) from gone"""
FORGET_KEYS = """
    with gone as (delete from api_tokens t where t.organization_id = $1 and t.member_id = $2 returning 1)
    select count(*) from gone"""


async def end_guardianship(db: UserDb, link_id: UUID) -> Unlinked:
    return await db.one(Unlinked, UNLINK, db.organization_id, link_id)


async def end_guardianship_between(db: ServiceDb, guardian_id: UUID, student_id: UUID) -> None:
    await db.value(UNLINK_BOTH, db.organization_id, guardian_id, student_id)


async def forget_member(db: ServiceDb, member_id: UUID) -> bool:
    """Forget a removed member with their keys and links; False where there is nobody to forget."""
    if await db.value(FORGET, db.organization_id, member_id) is None:
        return False
    await db.value(FORGET_LINKS, db.organization_id, member_id)
    await db.value(FORGET_KEYS, db.organization_id, member_id)
    return True
