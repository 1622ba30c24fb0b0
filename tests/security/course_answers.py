"""Probes of courses: whose drafts are read, whose versions are changed, and what moves into whose course."""

from uuid import UUID

from tests.security.forgery import Connection, Probe, attempt
from tests.security.people_answers import become, prepared
from tests.security.stage import Stage

ROWS = """
    with course as (
      insert into courses (organization_id, id, title, sort_title, status) values ($1, gen_random_uuid(), 'A', 'a', $3)
      returning id),
    teacher as (
      insert into course_teachers (organization_id, id, course_id, member_id)
      select $1, gen_random_uuid(), course.id, $2 from course),
    module as (
      insert into course_modules (organization_id, id, course_id, title, position)
      select $1, gen_random_uuid(), course.id, 'M', 'V' from course returning id),
    lesson as (
      insert into course_lessons (organization_id, id, course_id, module_id, title, position, status, current_version_id)
      select $1, gen_random_uuid(), course.id, module.id, 'L', 'V', 'published', gen_random_uuid() from course, module
      returning id, current_version_id),
    draft as (
      insert into lesson_drafts (organization_id, id, course_id, lesson_id, content)
      select $1, gen_random_uuid(), course.id, lesson.id, 'unfinished' from course, lesson),
    version as (
      insert into lesson_versions (organization_id, id, course_id, lesson_id, number, content)
      select $1, lesson.current_version_id, course.id, lesson.id, 1, 'said' from course, lesson)
    select course.id, module.id, lesson.id from course, module, lesson"""
READ = "select content from {table} where lesson_id = $1"


async def _made(
    stage: Stage, connection: Connection, status: str, who: str = "teacher"
) -> tuple[UUID, UUID, UUID]:
    await connection.execute("reset role")
    subject = stage.subjects[who]
    row = await connection.fetchrow(ROWS, subject.school, subject.member, status)
    assert row is not None
    return tuple(row)


async def drafts_that_learners_read(stage: Stage) -> list[str]:
    """A draft is its authors' own, also when the course is published and the lesson a preview."""
    found = []
    async with prepared(stage) as connection:
        course, _, lesson = await _made(stage, connection, "published")
        preview = "update course_lessons set is_preview = $2 where id = $1"
        readers = {"owner": 2, "teacher": 2, "student": 1, "guardian": 1, "visitor": 0, "inactive": 0}
        for shown in (False, True):
            await connection.execute("reset role")
            await connection.execute(preview, lesson, shown)
            for name, most in readers.items():
                await become(stage, connection, name)
                tables = ("lesson_versions", "lesson_drafts")
                read = [await connection.fetchval(READ.format(table=table), lesson) for table in tables]
                wanted = most if shown or most == 2 else 0
                if sum(each is not None for each in read) != wanted:
                    found.append(f"{name}, preview {shown}: {read}")
                seen = await connection.fetchval("select count(*) from courses where id = $1", course)
                if seen != (most > 0):
                    found.append(f"{name} sees {seen} courses")
    return found


async def courses_of_other_teachers(stage: Stage) -> list[str]:
    """A teacher changes only what they teach, moves nothing into another's course, and takes none over."""
    found = []
    async with prepared(stage) as connection:
        own, own_module, own_lesson = await _made(stage, connection, "draft")
        other, module, lesson = await _made(stage, connection, "draft", "owner")
        foreign, _, _ = await _made(stage, connection, "published", "foreign")
        await become(stage, connection, "teacher")
        mine = {row[0] for row in await connection.fetch("select app.taught_course_ids()")}
        if mine & {other, foreign} or own not in mine:
            found.append(f"teaches {mine}")
        teach = "insert into course_teachers (id, course_id, member_id) values (gen_random_uuid(), $1, app.member_id())"
        move = "update course_lessons set course_id = $1, module_id = $2 where id = $3 returning id"
        rename = "update courses set title = 'taken' where id = $1 returning id"
        tries = {
            "teaches another's": await attempt(connection, teach, other),
            "moves into another's": await attempt(connection, move, other, module, own_lesson),
            "moves out of another's": await attempt(connection, move, own, own_module, lesson),
            "renames another's": await attempt(connection, rename, other),
            "renames a foreign one": await attempt(connection, rename, foreign),
        }
        for what, answer in tries.items():
            if answer is not None and not str(answer).startswith("refused"):
                found.append(f"{what}: {answer}")
        await become(stage, connection, "student")
        if await connection.fetch("select app.taught_course_ids()"):
            found.append("a student teaches")
    return found


async def versions_that_change(stage: Stage) -> list[str]:
    found = []
    async with prepared(stage) as connection:
        _, _, lesson = await _made(stage, connection, "published")
        for name in ("owner", "teacher"):
            await become(stage, connection, name)
            for sql in (
                "update lesson_versions set content = 'other' where lesson_id = $1",
                "delete from lesson_versions where lesson_id = $1",
            ):
                answer = await attempt(connection, sql, lesson)
                if answer != "refused 42501":
                    found.append(f"{name}: {sql}: {answer}")
    return found


PROBES: tuple[Probe, ...] = (drafts_that_learners_read, courses_of_other_teachers, versions_that_change)
