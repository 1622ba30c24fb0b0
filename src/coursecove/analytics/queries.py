"""What the home page of each role is made of: one statement each, all of them behind one call."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.accounts.access import ME, Opened
from coursecove.accounts.queries import Happened
from coursecove.accounts.roles import Role
from coursecove.analytics.views import Child, Headcount, LearnedCourse, Lesson
from coursecove.kit.db import Claims, Database
from coursecove.kit.db.sql_functions import SqlFunction


@dataclass(frozen=True, slots=True)
class Somebody:
    """A member in one of the home page's lists."""

    id: UUID
    name: str
    role: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class OwnerFacts:
    """Counts by role, the newest people, the last events, the next lessons, and what set-up is made of."""

    headcounts: tuple[Headcount, ...]
    newest: tuple[Somebody, ...]
    happened: tuple[Happened, ...]
    lessons: tuple[Lesson, ...]
    guardians_linked: bool
    lessons_offered: bool


@dataclass(frozen=True, slots=True)
class TeacherFacts:
    """The people of the school, as a teacher needs them, and the teacher's own lessons."""

    students: int
    teachers: int
    colleagues: tuple[Somebody, ...]
    lessons: tuple[Lesson, ...]
    to_note: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class StudentFacts:
    """The school's teachers, who stands for the student, and what comes next."""

    teachers: tuple[Somebody, ...]
    guardians: tuple[str, ...]
    lessons: tuple[Lesson, ...]
    courses: tuple[LearnedCourse, ...]


@dataclass(frozen=True, slots=True)
class GuardianFacts:
    """The children a guardian stands for."""

    children: tuple[Child, ...]


AHEAD = "b.ends_at > now() and b.starts_at > now() - interval '33 hours'"
"""No lesson is longer than a day and a bit: the index finds those under way, too."""
LATELY = "b.ends_at <= now() and b.starts_at > now() - interval '14 days'"
NOT_NOTED = """not exists (select from public.attendance a
                             where a.organization_id = b.organization_id and a.booking_id = b.id)"""


def _lessons(whose: str, amount: int, when: str = AHEAD, order: str = "b.starts_at, b.id") -> str:
    """Lessons that take place, as JSON, the first few in order."""
    return f"""(select coalesce(jsonb_agg(x), '[]') from (
         select b.id, b.title, b.starts_at, b.ends_at, coalesce(t.display_name, '') as teacher,
                coalesce(s.display_name, '') as student, coalesce(p.name, '') as place
           from public.bookings b
           left join public.organization_memberships t on t.organization_id = b.organization_id and t.id = b.teacher_id
           left join public.organization_memberships s on s.organization_id = b.organization_id and s.id = b.student_id
           left join public.locations p on p.organization_id = b.organization_id and p.id = b.location_id
          where b.organization_id = (select app.org_id()) and {whose} and b.status = 'booked' and {when}
          order by {order} limit {amount}) x)"""  # noqa: S608 - literals of this file


COURSES = """(select coalesce(jsonb_agg(x), '[]') from (
         select c.id, c.title,
                (select count(*) from public.course_lessons l
                   join public.course_modules d on d.organization_id = l.organization_id and d.id = l.module_id
                  where l.organization_id = c.organization_id and l.course_id = c.id and l.status = 'published'
                    and l.deleted_at is null and d.deleted_at is null) as lessons,
                (select count(*) from public.lesson_progress p
                   join public.course_lessons l on l.organization_id = p.organization_id and l.id = p.lesson_id
                   join public.course_modules d on d.organization_id = l.organization_id and d.id = l.module_id
                  where p.organization_id = c.organization_id and p.member_id = me.id and p.course_id = c.id
                    and p.completed_at is not null and l.status = 'published'
                    and l.deleted_at is null and d.deleted_at is null) as done
           from public.enrolments e
           join public.courses c on c.organization_id = e.organization_id and c.id = e.course_id
          where e.organization_id = me.organization_id and e.member_id = me.id and e.status = 'active'
            and c.status = 'published' and c.deleted_at is null
          order by e.created_at desc, e.id limit 3) x)"""

OWNER = f"""
    select
      (select coalesce(jsonb_agg(h), '[]') from (
         select m.role, count(*) as people,
                count(*) filter (where m.created_at >= date_trunc('month', now())) as joined_this_month
           from public.organization_memberships m
          where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
          group by m.role) h) as headcounts,
      (select coalesce(jsonb_agg(n), '[]') from (
         select m.id, m.display_name as name, m.role, m.created_at as joined_at
           from public.organization_memberships m
          where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
          order by m.created_at desc, m.id desc limit 6) n) as newest,
      (select coalesce(jsonb_agg(x), '[]') from (
         select e.id, e.name, e.data, e.occurred_at, a.display_name as actor, s.id as subject_id,
                s.display_name as subject
           from (select *, coalesce(data->>'member_id', data->>'student_id')::uuid as about from public.events
                  where organization_id = (select app.org_id()) order by id desc limit 8) e
           left join public.organization_memberships a
             on a.organization_id = e.organization_id and a.id = e.actor_id
           left join public.organization_memberships s
             on s.organization_id = e.organization_id and s.id = e.about
          order by e.id desc) x) as happened,
      {_lessons("true", 5)} as lessons,
      exists (select from public.guardianships g where g.organization_id = (select app.org_id())) as guardians_linked,
      exists (select from public.appointment_types y
               where y.organization_id = (select app.org_id()) and y.status = 'published') as lessons_offered"""  # noqa: S608

TEACHER = f"""
    select
      (select count(*) from public.organization_memberships m
        where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'STUDENT') as students,
      (select count(*) from public.organization_memberships m
        where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'TEACHER') as teachers,
      (select coalesce(jsonb_agg(c), '[]') from (
         select m.id, m.display_name as name, m.role, m.created_at as joined_at
           from public.organization_memberships m
          where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'TEACHER'
            and m.id <> me.id
          order by m.sort_name, m.id limit 8) c) as colleagues,
      {_lessons("b.teacher_id = me.id", 6)} as lessons,
      {_lessons("b.teacher_id = me.id and " + NOT_NOTED, 4, LATELY, "b.starts_at desc, b.id desc")} as to_note
      from public.organization_memberships me
     where me.organization_id = (select app.org_id()) and me.id = (select app.member_id())"""  # noqa: S608

STUDENT = f"""
    select
      (select coalesce(jsonb_agg(c), '[]') from (
         select m.id, m.display_name as name, m.role, m.created_at as joined_at
           from public.organization_memberships m
          where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'TEACHER'
          order by m.sort_name, m.id limit 8) c) as teachers,
      array(select m.display_name from public.guardianships g
              join public.organization_memberships m on m.organization_id = g.organization_id and m.id = g.guardian_id
             where g.organization_id = me.organization_id and g.student_id = me.id
             order by m.sort_name limit 8) as guardians,
      {_lessons("b.student_id = me.id", 3)} as lessons,
      {COURSES} as courses
      from public.organization_memberships me
     where me.organization_id = (select app.org_id()) and me.id = (select app.member_id())"""  # noqa: S608

GUARDIAN = f"""
    select (select coalesce(jsonb_agg(c), '[]') from (
       select m.id, m.display_name as name, m.created_at as joined_at,
              {_lessons("b.student_id = m.id", 1)} as lessons
         from public.guardianships g
         join public.organization_memberships m on m.organization_id = g.organization_id and m.id = g.student_id
        where g.organization_id = (select app.org_id()) and g.guardian_id = (select app.member_id())
          and m.status = 'ACTIVE'
        order by m.sort_name, m.id limit 20) c) as children"""  # noqa: S608


BY_ROLE = {Role.SUPER_ADMIN: OWNER, Role.TEACHER: TEACHER, Role.STUDENT: STUDENT, Role.GUARDIAN: GUARDIAN}


def _home_of_each_role() -> str:
    cases = (
        f"when '{role}' then select to_jsonb(h)::text into home from ({sql}) h;"  # noqa: S608 - literals of this file
        for role, sql in BY_ROLE.items()
    )
    return "\n  ".join(cases)


DASHBOARD = SqlFunction(
    "app.dashboard",
    "claims text, seal text, statement_timeout_ms integer",
    "table (me text, home text)",
    f"""
begin
  perform app.open(claims, seal, statement_timeout_ms);
  perform set_config('transaction_read_only', 'on', true);
  select to_jsonb(m)::text into me from ({ME}) m;
  case app.member_role()
  {_home_of_each_role()}
  else home := null;
  end case;
  return next;
end""",  # noqa: S608 - every part is a literal of ours
    execute=("coursecove_app",),
    volatility="volatile",
)

FUNCTIONS = (DASHBOARD,)


DASHBOARD_CALL = "select me, home as data from app.dashboard($1, $2, $3)"


async def dashboard_call(database: Database, claims: Claims) -> Opened:
    """Enter, find the member and read the home page: one call, one transaction, one round trip."""
    return await database.fetch_once(Opened, DASHBOARD_CALL, claims)
