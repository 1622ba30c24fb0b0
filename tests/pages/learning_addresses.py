"""Forms of the pages about learning, and a published course with everybody in it for them to be about."""

from collections.abc import Mapping
from uuid import UUID

from coursecove.kit.db.reading import Connection

FORMS: dict[str, Mapping[str, str | list[str]]] = {
    "create_joining": {"link": "nothing"},
    "create_ending": {},
    "create_opening": {},
    "create_completion": {},
    "create_reopening": {},
    "update_note": {"note": "Breathe out.", "version": "0"},
    "create_enrolments": {"member": []},
    "create_approval": {},
    "create_enrolment_removal": {},
    "create_enrolment_restoration": {},
    "update_seats": {"seats": "none"},
    "create_enrolment_link": {"name": ""},
    "create_enrolment_link_revocation": {},
    "update_release": {"date": "never", "version": "1"},
    "create_prerequisite": {"required": "00000000-0000-0000-0000-000000000000"},
    "create_prerequisite_removal": {},
    "create_certificate_revocation": {},
    "create_certificate_restoration": {},
    "create_certificate_renewal": {},
    "update_certificates": {"gives": "1"},
    "create_certificates": {},
}
FROM_ANOTHER_PAGE = frozenset({"joining"})
"""Where a teacher's link leads to."""

MADE_IDS = (
    "course_id",
    "module_id",
    "lesson_id",
    "enrolment_id",
    "enrolment_link_id",
    "prerequisite_id",
    "certificate_id",
)
MADE = """
    with course as (
      insert into courses (organization_id, id, title, sort_title, status, published_at)
      values ($1, gen_random_uuid(), 'Singing together', 'singing together', 'published', now()) returning id),
    before as (
      insert into courses (organization_id, id, title, sort_title)
      values ($1, gen_random_uuid(), 'Breathing before', 'breathing before') returning id),
    teachers as (
      insert into course_teachers (organization_id, id, course_id, member_id)
      select $1, gen_random_uuid(), course.id, m.id from course, organization_memberships m
       where m.organization_id = $1 and m.role = 'TEACHER'),
    module as (
      insert into course_modules (organization_id, id, course_id, title, position)
      select $1, gen_random_uuid(), course.id, 'Rounds', 'V' from course returning id),
    later as (
      insert into course_modules (organization_id, id, course_id, title, position, release_at)
      select $1, gen_random_uuid(), course.id, 'Harmony', 'W', now() + interval '9 days' from course returning id),
    lesson as (
      insert into course_lessons (organization_id, id, course_id, module_id, title, position, current_version_id, status)
      select $1, gen_random_uuid(), course.id, module.id, 'Two voices', 'V', gen_random_uuid(), 'published'
        from course, module returning id, current_version_id),
    closed as (
      insert into course_lessons (organization_id, id, course_id, module_id, title, position, current_version_id, status)
      select $1, gen_random_uuid(), course.id, later.id, 'Three voices', 'V', gen_random_uuid(), 'published'
        from course, later),
    version as (
      insert into lesson_versions (organization_id, id, course_id, lesson_id, number, content)
      select $1, lesson.current_version_id, course.id, lesson.id, 1,
             '# Listen' || chr(10) || chr(10) || 'The *second* voice begins after a bar.' || chr(10) || chr(10)
             || '| Bar | Voice |' || chr(10) || '|--|--|' || chr(10) || '| 1 | one |' || chr(10) || chr(10)
             || '> [!TIP]' || chr(10) || '> Count aloud.' || chr(10) || chr(10) || '$x^2$'
        from course, lesson returning id),
    link as (
      insert into enrolment_links (organization_id, id, course_id, name, token_hash)
      select $1, gen_random_uuid(), course.id, 'On the door', sha256(gen_random_uuid()::text::bytea) from course
      returning id),
    students as (
      insert into enrolments (organization_id, id, course_id, member_id)
      select $1, gen_random_uuid(), course.id, m.id from course, organization_memberships m
       where m.organization_id = $1 and m.role = 'STUDENT' and m.status = 'ACTIVE' returning id),
    given as (
      insert into certificates (organization_id, id, course_id, member_id, learner, course, school, code)
      select $1, gen_random_uuid(), course.id, m.id, m.display_name, 'Singing together', 'The school',
             upper(substr(md5(gen_random_uuid()::text), 1, 12))
        from course, organization_memberships m
       where m.organization_id = $1 and m.role = 'STUDENT' and m.status = 'ACTIVE' returning id),
    first as (
      insert into course_prerequisites (organization_id, id, course_id, required_id)
      select $1, gen_random_uuid(), course.id, before.id from course, before returning id)
    select course.id, module.id, lesson.id, (select id from students limit 1), link.id, first.id,
           (select id from given limit 1)
      from course, module, lesson, version, link, first"""


async def learning_made(connection: Connection, school_id: UUID) -> dict[str, UUID]:
    """A new course each time, which every teacher of the school teaches and every student learns."""
    row = await connection.fetchrow(MADE, school_id)
    assert row is not None
    return dict(zip(MADE_IDS, row, strict=True))
