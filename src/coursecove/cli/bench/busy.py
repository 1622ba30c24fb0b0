"""What the measured school does besides having people: a full calendar, and a course that many learn.

Ten teachers give 3,010 lessons in this week and 2,000 within the four that follow, in which they have time left;
200 students learn a course of 40 lessons and have done half of it.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

LESSON_TYPE: Final = UUID("00000000-0000-4000-8000-00000000be01")
PLACE: Final = UUID("00000000-0000-4000-8000-00000000be02")
COURSE: Final = UUID("00000000-0000-4000-8000-00000000be03")

OFFER = """
with school as (select id from organizations where subdomain = $1),
teacher as (
  select m.id, m.organization_id, row_number() over (order by m.sort_name, m.id) as n
    from organization_memberships m join school on school.id = m.organization_id
   where m.role = 'TEACHER' and m.clerk_membership_id like 'orgmem_bench_%' order by 3 limit 10),
place as (
  insert into locations (organization_id, id, name, time_zone) select id, $3, 'Bench house', 'Europe/London' from school),
rooms as (
  insert into rooms (organization_id, id, location_id, name)
  select organization_id, md5('room ' || n)::uuid, $3, 'Room ' || n from teacher),
kind as (
  insert into appointment_types (organization_id, id, name, duration_minutes, notice_minutes, horizon_days, status)
  select id, $2, 'Bench lesson', 30, 0, 60, 'published' from school),
there as (
  insert into appointment_type_locations (organization_id, id, appointment_type_id, location_id)
  select id, gen_random_uuid(), $2, $3 from school),
taught as (
  insert into qualifications (organization_id, id, teacher_id, appointment_type_id)
  select organization_id, gen_random_uuid(), id, $2 from teacher),
weeks as (
  insert into availability_weeks (organization_id, id, teacher_id, time_zone)
  select organization_id, gen_random_uuid(), id, 'Europe/London' from teacher on conflict do nothing)
insert into availability_hours (organization_id, id, teacher_id, weekday, starts, ends)
select organization_id, gen_random_uuid(), id, day, '09:00', '17:00' from teacher, generate_series(0, 4) day"""

LESSONS = """
with school as (select id from organizations where subdomain = $1),
teacher as (
  select q.teacher_id as id, q.organization_id, row_number() over (order by q.teacher_id) as n
    from qualifications q where q.appointment_type_id = $2),
student as (
  select m.id, row_number() over (order by m.id) - 1 as n
    from organization_memberships m join school on school.id = m.organization_id
   where m.role = 'STUDENT' and m.clerk_membership_id like 'orgmem_bench_%' order by 2 limit 250),
start as (select date_trunc('week', now() at time zone 'UTC') at time zone 'UTC' as monday),
wanted as (
  select t.*, g, monday + g * interval '30 minutes' as at, null::uuid as room_id
    from teacher t, start, generate_series(0, 300) g
  union all
  select t.*, 1000 + day * 10 + g, monday + make_interval(days => 7 + day + 2 * (day / 5))
           + interval '9 hours' + (g * 8 / 5) * interval '30 minutes', md5('room ' || t.n)::uuid
    from teacher t, start, generate_series(0, 19) day, generate_series(0, 9) g)
insert into bookings (organization_id, id, appointment_type_id, teacher_id, student_id, location_id, room_id, title,
       starts_at, ends_at, busy_from, busy_until)
select w.organization_id, gen_random_uuid(), $2, w.id, s.id, $3, w.room_id, 'Bench lesson', w.at,
       w.at + interval '30 minutes', w.at, w.at + interval '30 minutes'
  from wanted w join student s on s.n = (w.g * 10 + w.n) % (select count(*) from student)"""

COURSE_OF_LESSONS = """
with school as (select id from organizations where subdomain = $1),
course as (
  insert into courses (organization_id, id, title, sort_title, status, published_at)
  select id, $2, 'Bench course', 'bench course', 'published', now() from school returning organization_id, id),
module as (
  insert into course_modules (organization_id, id, course_id, title, position)
  select organization_id, md5('module ' || n)::uuid, id, 'Module ' || n, 'a' || n from course, generate_series(1, 5) n
  returning organization_id, id, course_id, title),
lesson as (
  insert into course_lessons (organization_id, id, course_id, module_id, title, position, status, current_version_id)
  select organization_id, md5(title || ' lesson ' || n)::uuid, course_id, id, 'Lesson ' || n, 'a' || n, 'published',
         md5(title || ' version ' || n)::uuid
    from module, generate_series(1, 8) n returning organization_id, id, course_id, current_version_id)
insert into lesson_versions (organization_id, id, course_id, lesson_id, number, content)
select organization_id, current_version_id, course_id, id, 1,
       repeat(E'## A step\\n\\nHold the bow *lightly*, see [the picture](https://example.com/bow).\\n\\n- one\\n- two\\n\\n', 12)
  from lesson"""

LEARNERS = """
with learner as (
  select m.organization_id, m.id from organization_memberships m join organizations o on o.id = m.organization_id
   where o.subdomain = $1 and m.role = 'STUDENT' and m.clerk_membership_id like 'orgmem_bench_%'
   order by m.sort_name, m.id limit 200)
insert into enrolments (organization_id, id, course_id, member_id)
select organization_id, gen_random_uuid(), $2, id from learner"""

LEARNED = """
insert into learning_events (organization_id, id, course_id, lesson_id, member_id, kind, version_id)
select e.organization_id, gen_random_uuid(), e.course_id, l.id, e.member_id, kind, l.current_version_id
  from enrolments e
  join (select *, row_number() over (order by module_id, id) as n from course_lessons where course_id = $1) l on l.n <= 20
  cross join unnest(array['opened', 'completed']) kind
 where e.course_id = $1 order by e.member_id, l.n, kind desc"""

TOKENS = """
insert into api_tokens (organization_id, id, member_id, created_by, name, scopes, secret_hash, hint)
select m.organization_id, gen_random_uuid(), m.id, m.id, 'Bench', array['schedule:read', 'schedule:write'],
       sha256(convert_to('cove_bench_' || m.id, 'UTF8')), 'cove_be'
  from organization_memberships m join organizations o on o.id = m.organization_id
 where o.subdomain = $1 and m.role = 'STUDENT' and m.clerk_membership_id like 'orgmem_bench_%'"""

UNREAD = """
select l.id from course_lessons l
 where l.course_id = $1 and not exists (select from lesson_progress p where p.lesson_id = l.id) order by l.id limit 1"""


async def keep_busy(connection: "asyncpg.Connection[asyncpg.Record]", label: str) -> None:
    """Fill the calendar and the course of the measured school."""
    await connection.execute(OFFER, label, LESSON_TYPE, PLACE)
    await connection.execute(LESSONS, label, LESSON_TYPE, PLACE)
    await connection.execute(COURSE_OF_LESSONS, label, COURSE)
    await connection.execute(LEARNERS, label, COURSE)
    await connection.execute(LEARNED, COURSE)
    await connection.execute(TOKENS, label)


async def unread_lesson(url: str) -> UUID:
    """A lesson of the course that nobody has opened yet."""
    connection = await asyncpg.connect(url)
    try:
        found: UUID = await connection.fetchval(UNREAD, COURSE)
        return found
    finally:
        await connection.close()


CONTENDERS = """
select m.id from organization_memberships m join api_tokens t on t.member_id = m.id and t.name = 'Bench'
 where m.organization_id = t.organization_id order by m.id limit $1"""
AT = "select count(*) from bookings where teacher_id = $1 and starts_at = $2 and status = 'booked'"


async def contenders(url: str, count: int) -> list[UUID]:
    """Students with a token of their own, which is `cove_bench_` and their id."""
    connection = await asyncpg.connect(url)
    try:
        return [row["id"] for row in await connection.fetch(CONTENDERS, count)]
    finally:
        await connection.close()


async def lessons_at(url: str, teacher_id: UUID, at: datetime) -> int:
    """How many lessons this teacher gives at that moment."""
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(AT, teacher_id, at)
        return found
    finally:
        await connection.close()


ONE_TEACHER = (
    "select teacher_id from qualifications where appointment_type_id = $1 order by teacher_id limit 1"
)


async def one_teacher(url: str) -> UUID:
    """One of the ten teachers."""
    connection = await asyncpg.connect(url)
    try:
        found: UUID = await connection.fetchval(ONE_TEACHER, LESSON_TYPE)
        return found
    finally:
        await connection.close()
