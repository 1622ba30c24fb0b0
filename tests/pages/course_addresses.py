"""Forms of the authors' pages, and a course with a module and a lesson for them to be about."""

from collections.abc import Mapping
from uuid import UUID

from coursecove.kit.db.reading import Connection

FORMS: dict[str, Mapping[str, str | list[str]]] = {
    "create_new_course": {"title": ""},
    "update_course": {"title": ""},
    "create_course_teacher": {"member_id": "nobody"},
    "create_course_teacher_removal": {},
    "create_course_publication": {},
    "create_course_withdrawal": {},
    "create_course_schedule": {"at": "2020-01-01T00:00"},
    "create_course_schedule_ending": {},
    "create_course_archive": {},
    "create_course_copy": {},
    "create_course_deletion": {},
    "create_course_restoration": {},
    "create_course_module": {"title": ""},
    "update_module": {"title": ""},
    "update_module_place": {"way": "up"},
    "create_module_deletion": {},
    "create_module_restoration": {},
    "create_module_lesson": {"title": ""},
    "update_lesson_place": {"way": "up"},
    "create_lesson_deletion": {},
    "create_lesson_restoration": {},
    "update_lesson_draft": {"content": "Breathe.", "version": "1"},
    "create_lesson_publication": {},
    "create_lesson_withdrawal": {},
    "update_course_lesson": {"title": ""},
    "create_version_restoration": {"number": "1", "version": "1"},
    "create_lesson_file": {},
    "create_file_deletion": {},
    "create_file_restoration": {},
}
FROM_ANOTHER_PAGE = frozenset({"new_course"})
SELDOM = {
    "course_settings": 2,
    "course_lesson": 1,
    "course_lesson_versions": 1,
    "course_lesson_comparison": 2,
    "lesson_files": 1,
}
"""Pages on which authors work for a while: what they read besides, each in a short statement of its own."""

STORED = frozenset({"lesson_picture", "lesson_sound", "lesson_film", "lesson_file"})
"""Answers that are bytes of the storage, where nothing is: the files' own tests put something there."""

MADE_IDS = ("course_id", "module_id", "lesson_id", "file_id")
MADE = """
    with course as (
      insert into courses (organization_id, id, title, sort_title)
      values ($1, gen_random_uuid(), 'Breathing', 'breathing') returning id),
    teachers as (
      insert into course_teachers (organization_id, id, course_id, member_id)
      select $1, gen_random_uuid(), course.id, m.id from course, organization_memberships m
       where m.organization_id = $1 and m.role = 'TEACHER'),
    module as (
      insert into course_modules (organization_id, id, course_id, title, position)
      select $1, gen_random_uuid(), course.id, 'Week one', 'V' from course returning id),
    lesson as (
      insert into course_lessons (organization_id, id, course_id, module_id, title, position, current_version_id, status)
      select $1, gen_random_uuid(), course.id, module.id, 'In and out', 'V', gen_random_uuid(), 'published'
        from course, module returning id, current_version_id),
    draft as (
      insert into lesson_drafts (organization_id, id, course_id, lesson_id, content)
      select $1, gen_random_uuid(), course.id, lesson.id, 'Breathe *in*.' from course, lesson returning id),
    version as (
      insert into lesson_versions (organization_id, id, course_id, lesson_id, number, content)
      select $1, lesson.current_version_id, course.id, lesson.id, 1, 'Breathe.' from course, lesson returning id),
    file as (
      insert into lesson_files (organization_id, id, course_id, lesson_id, name, type, size, digest)
      select $1, gen_random_uuid(), course.id, lesson.id, 'nose.png', 'image/png', 10, repeat('0', 64) from course, lesson
      returning id)
    select course.id, module.id, lesson.id, file.id from course, module, lesson, draft, version, file"""


async def course_made(connection: Connection, school_id: UUID) -> dict[str, UUID]:
    """A new course each time, which every teacher of the school teaches."""
    row = await connection.fetchrow(MADE, school_id)
    assert row is not None
    return dict(zip(MADE_IDS, row, strict=True))
