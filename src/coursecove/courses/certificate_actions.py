"""Giving certificates, taking them back, writing them anew; the codes by which they are verified."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coursecove.courses.enrolment_actions import taught_course
from coursecove.courses.enrolment_queries import AUTHORED
from coursecove.courses.learning_events import CertificateIssued
from coursecove.kit.db import UserDb
from coursecove.kit.errors import Conflict, NotFound

LETTERS: Final = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
CODE_LENGTH: Final = 12


class NotAsItStands(Conflict):
    """This cannot be done with this certificate as it stands now. Load the page again."""


SWITCH: Final = f"""
    update courses c set gives_certificates = $2, version = c.version + 1, updated_at = now()
     where c.organization_id = (select app.org_id()) and c.id = $1 and c.deleted_at is null and {AUTHORED}
    returning c.id"""  # noqa: S608 - literals
GIVE: Final = "select g as id from app.give_certificates($1) g"
MINE: Final = """
    select k.id from certificates k
     where k.organization_id = (select app.org_id()) and k.member_id = (select app.member_id()) and k.course_id = $1
       and k.revoked_at is null"""
THERE: Final = "select k.id from certificates k where k.organization_id = (select app.org_id()) and k.id = $1"
REVOKE: Final = """
    update certificates k set revoked_at = now(), revoked_by = (select app.member_id())
     where k.organization_id = (select app.org_id()) and k.id = $1 and k.revoked_at is null
    returning k.id"""
RESTORE: Final = """
    update certificates k set revoked_at = null, revoked_by = null
     where k.organization_id = (select app.org_id()) and k.id = $1 and k.revoked_at is not null
    returning k.id"""
RENEW: Final = """
    update certificates k
       set learner = left(o.display_name, 200), course = coalesce(c.title, k.course), school = left(s.name, 200)
      from organization_memberships o
      join organizations s on s.id = o.organization_id
      left join courses c on c.organization_id = o.organization_id and c.id = $2
     where k.organization_id = (select app.org_id()) and k.id = $1 and k.revoked_at is null
       and o.organization_id = k.organization_id and o.id = k.member_id
    returning k.id"""
COURSE_OF: Final = """
    select k.course_id from certificates k where k.organization_id = (select app.org_id()) and k.id = $1"""


@dataclass(frozen=True, slots=True)
class _Given:
    id: UUID


async def switch(db: UserDb, course_id: UUID, *, on: bool) -> int:
    """Begin or stop giving certificates; how many got theirs at once, having finished before."""
    if await db.value(SWITCH, course_id, on) is None:
        raise NotFound
    return await give(db, course_id) if on else 0


async def give(db: UserDb, course_id: UUID) -> int:
    """Give certificates to all who learn the course, are done with it and have none; how many that were."""
    await taught_course(db, course_id)
    given = await db.fetch(_Given, GIVE, course_id)
    for certificate in given:
        await announce(db, certificate.id)
    return len(given)


async def announce(db: UserDb, certificate_id: UUID) -> None:
    """Make the fact known, once for each certificate."""
    await db.emit(CertificateIssued(certificate_id), key=f"certificate:{certificate_id}")


async def announce_mine(db: UserDb, course_id: UUID) -> None:
    """Make known what the database gave to a learner who finished."""
    certificate_id = await db.value(MINE, course_id)
    if certificate_id is not None:
        await announce(db, certificate_id)


async def revoke(db: UserDb, certificate_id: UUID) -> None:
    """Take a certificate back: whoever looks its code up is told so."""
    await _change(db, REVOKE, certificate_id)


async def restore(db: UserDb, certificate_id: UUID) -> None:
    await _change(db, RESTORE, certificate_id)


async def renew(db: UserDb, certificate_id: UUID) -> None:
    """Write the names on it as they are now; its code and its day stay."""
    await _change(db, RENEW, certificate_id, await db.value(COURSE_OF, certificate_id))


async def _change(db: UserDb, sql: str, certificate_id: UUID, *more: object) -> None:
    if await db.value(sql, certificate_id, *more) is None:
        if await db.value(THERE, certificate_id) is None:
            raise NotFound
        raise NotAsItStands


def spaced(code: str) -> str:
    """The code as people read it, in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read_code(given: str) -> str | None:
    """The code that somebody typed, where it is one: capitals, O read as 0, I and L as 1 (Crockford's base 32)."""
    code = given[:100].upper().translate(MISREAD).strip()
    return code if len(code) == CODE_LENGTH and LETTERS.issuperset(code) else None
