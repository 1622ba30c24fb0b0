"""Deciding what opens when: modules in their time, courses after others."""

from datetime import datetime
from typing import Final
from uuid import UUID

from coursecove.courses.enrolment_actions import taught_course
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict, NotFound
from coursecove.kit.ids import new_id


class ComesFirstAlready(Conflict):
    """This course comes first already."""


class GoesInCircles(Conflict):
    """That course waits for this one already: nobody could begin either."""


class ReleaseChanged(Conflict):
    """Somebody else changed this module in the meantime. What you entered is still here; look again and save."""


on_violation("course_prerequisites_organization_id_course_id_required_id_key", ComesFirstAlready)

SET_RELEASE: Final = """
    update course_modules m set release_at = $3, release_after_days = $4, version = m.version + 1, updated_at = now()
     where m.organization_id = (select app.org_id()) and m.id = $1 and m.version = $2 and m.deleted_at is null
       and ((select app.is_admin()) or m.course_id = any(array(select app.taught_course_ids())))
    returning m.course_id"""
COURSE_OF: Final = """
    select m.course_id from course_modules m
     where m.organization_id = (select app.org_id()) and m.id = $1 and m.deleted_at is null
       and ((select app.is_admin()) or m.course_id = any(array(select app.taught_course_ids())))"""
WAITS_FOR: Final = """
    with recursive before as (
      select $1::uuid as id
      union
      select q.required_id from before b
        join course_prerequisites q on q.organization_id = (select app.org_id()) and q.course_id = b.id)
    select exists (select from before where id = $2)"""
KNOWN: Final = """
    select c.id from courses c
     where c.organization_id = (select app.org_id()) and c.id = $1 and c.status = 'published' and c.deleted_at is null"""
REQUIRE: Final = """
    insert into course_prerequisites (organization_id, id, course_id, required_id) values ($1, $2, $3, $4)"""
UNREQUIRE: Final = """
    delete from course_prerequisites q
     where q.organization_id = (select app.org_id()) and q.id = $1
       and ((select app.is_admin()) or q.course_id = any(array(select app.taught_course_ids())))
    returning q.course_id"""


async def course_of_module(db: UserDb, module_id: UUID) -> UUID:
    """The course that the module is a part of, for whoever teaches it."""
    found: UUID | None = await db.value(COURSE_OF, module_id)
    if found is None:
        raise NotFound
    return found


async def set_release(
    db: UserDb, module_id: UUID, *, version: int, at: datetime | None, after_days: int | None
) -> UUID:
    """When the module opens; whoever opened one of its lessons keeps it open."""
    course_id: UUID | None = await db.value(SET_RELEASE, module_id, version, at, after_days)
    if course_id is None:
        raise ReleaseChanged
    return course_id


async def require_course(db: UserDb, course_id: UUID, required_id: UUID) -> None:
    """Let one course wait for another, but never in a circle."""
    await taught_course(db, course_id)
    if await db.value(KNOWN, required_id) is None:
        raise NotFound
    if await db.value(WAITS_FOR, required_id, course_id):
        raise GoesInCircles
    await db.value(REQUIRE, db.organization_id, new_id(), course_id, required_id)


async def unrequire_course(db: UserDb, prerequisite_id: UUID) -> UUID:
    course_id: UUID | None = await db.value(UNREQUIRE, prerequisite_id)
    if course_id is None:
        raise NotFound
    return course_id
