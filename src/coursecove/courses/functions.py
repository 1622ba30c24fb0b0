"""Background work about courses: what was set to be published, and what was deleted long enough ago."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.courses.events import CoursePublished, CourseScheduled
from coursecove.kit import clock
from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import AnyFunction, Run, ScheduleTicked, function
from coursecove.providers.storage import Storage

PUBLISH_DUE = """
    update courses set status = 'published', publish_at = null, published_at = $3, version = version + 1, updated_at = $3
     where organization_id = $1 and id = $2 and status = 'draft' and publish_at <= $3 and deleted_at is null
    returning title"""
PURGE_COURSES = """
    with gone as (delete from courses where deleted_at < now() - interval '30 days' returning 1)
    select count(*) from gone"""
PURGE_MODULES = """
    with gone as (delete from course_modules where deleted_at < now() - interval '30 days' returning 1)
    select count(*) from gone"""
PURGE_LESSONS = """
    with gone as (delete from course_lessons where deleted_at < now() - interval '30 days' returning 1)
    select count(*) from gone"""
PURGE_FILES = """
    with gone as (delete from lesson_files where deleted_at < now() - interval '30 days' returning 1)
    select count(*) from gone"""
UNUSED = """
    select d.digest from unnest($1::text[]) d (digest)
     where not exists (select from lesson_files f where f.digest = d.digest)"""
A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Unused:
    """Something in the storage that no lesson has."""

    digest: str


@function(on=CourseScheduled)
async def publish_scheduled_course(run: Run[CourseScheduled]) -> None:
    """At its moment, unless it was set to another one or published before."""
    await run.step("publish", _publish, run.event.course_id)


async def _publish(db: ServiceDb, course_id: UUID) -> bool:
    title = await db.value(PUBLISH_DUE, db.organization_id, course_id, clock.now())
    if title is not None:
        await db.emit(CoursePublished(course_id, title))
    return title is not None


@function(cron="7 4 * * *", timeout=300)
async def purge_deleted_courses(run: Run[ScheduleTicked]) -> None:
    """Courses, modules and lessons that were deleted thirty days ago go for good."""
    await run.step("purge", _purge)


async def _purge(db: ServiceDb) -> int:
    found = [await db.value(PURGE_COURSES), await db.value(PURGE_MODULES), await db.value(PURGE_LESSONS)]
    return sum([*found, await db.value(PURGE_FILES)])


def functions(storage: Storage) -> tuple[AnyFunction, ...]:
    """With the storage of files, which composition hands in."""

    async def old(_key: str) -> list[str]:
        return await storage.old(A_DAY)

    async def remove(_key: str, digests: list[str]) -> None:
        await storage.remove(digests)

    @function(cron="27 4 * * *", timeout=600)
    async def sweep_files(run: Run[ScheduleTicked]) -> None:
        """What no lesson has any more leaves the storage; what was sent today may still be on its way."""
        kept = await run.call("list", old)
        unused = await run.step("compare", _unused, kept)
        await run.call("remove", remove, unused)

    return publish_scheduled_course, purge_deleted_courses, sweep_files


async def _unused(db: ServiceDb, digests: list[str]) -> list[str]:
    return [row.digest for row in await db.fetch(Unused, UNUSED, digests)]
