"""What the home page of each role is made of: one statement each."""

from dataclasses import dataclass
from typing import Any

from coursecove.kit.db import Reads


@dataclass(frozen=True, slots=True)
class OwnerFacts:
    """Counts by role, the newest people, the last events, and what set-up is made of."""

    headcounts: list[dict[str, Any]]
    newest: list[dict[str, Any]]
    happened: list[dict[str, Any]]
    guardians_linked: bool


OWNER = """
    select
      (select coalesce(jsonb_agg(h), '[]') from (
         select m.role, count(*) as people,
                count(*) filter (where m.created_at >= date_trunc('month', now())) as joined_this_month
           from organization_memberships m
          where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
          group by m.role) h) as headcounts,
      (select coalesce(jsonb_agg(n), '[]') from (
         select m.id, m.display_name as name, m.role, m.created_at as joined_at
           from organization_memberships m
          where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
          order by m.created_at desc, m.id desc limit 6) n) as newest,
      (select coalesce(jsonb_agg(x), '[]') from (
         select e.id, e.name, e.data, e.occurred_at, a.display_name as actor, s.id as subject_id,
                s.display_name as subject
           from (select * from events e where e.organization_id = (select app.org_id())
                  order by e.id desc limit 8) e
           left join organization_memberships a
             on a.organization_id = e.organization_id and a.id = e.actor_id
           left join organization_memberships s
             on s.organization_id = e.organization_id
            and s.id = coalesce(e.data->>'member_id', e.data->>'student_id')::uuid
          order by e.id desc) x) as happened,
      exists (select from guardianships g where g.organization_id = (select app.org_id())) as guardians_linked"""


async def owner_facts(db: Reads) -> OwnerFacts:
    return await db.one(OwnerFacts, OWNER)


@dataclass(frozen=True, slots=True)
class TeacherFacts:
    """A teacher's own standing, and the people of the school."""

    joined_at: str
    students: int
    teachers: int
    colleagues: list[dict[str, Any]]


TEACHER = """
    select to_jsonb(me.created_at) #>> '{}' as joined_at,
      (select count(*) from organization_memberships m
        where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'STUDENT') as students,
      (select count(*) from organization_memberships m
        where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'TEACHER') as teachers,
      (select coalesce(jsonb_agg(c), '[]') from (
         select m.id, m.display_name as name, m.role, m.created_at as joined_at
           from organization_memberships m
          where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'TEACHER'
            and m.id <> me.id
          order by m.sort_name, m.id limit 8) c) as colleagues
      from organization_memberships me
     where me.organization_id = (select app.org_id()) and me.id = (select app.member_id())"""


async def teacher_facts(db: Reads) -> TeacherFacts:
    return await db.one(TeacherFacts, TEACHER)


@dataclass(frozen=True, slots=True)
class StudentFacts:
    """A student's own standing, the school's teachers, and who stands for the student."""

    joined_at: str
    teachers: list[dict[str, Any]]
    guardians: list[str]


STUDENT = """
    select to_jsonb(me.created_at) #>> '{}' as joined_at,
      (select coalesce(jsonb_agg(c), '[]') from (
         select m.id, m.display_name as name, m.role, m.created_at as joined_at
           from organization_memberships m
          where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'TEACHER'
          order by m.sort_name, m.id limit 8) c) as teachers,
      array(select m.display_name from guardianships g
              join organization_memberships m on m.organization_id = g.organization_id and m.id = g.guardian_id
             where g.organization_id = me.organization_id and g.student_id = me.id
             order by m.sort_name limit 8) as guardians
      from organization_memberships me
     where me.organization_id = (select app.org_id()) and me.id = (select app.member_id())"""


async def student_facts(db: Reads) -> StudentFacts:
    return await db.one(StudentFacts, STUDENT)


@dataclass(frozen=True, slots=True)
class GuardianFacts:
    """The children a guardian stands for."""

    children: list[dict[str, Any]]


GUARDIAN = """
    select (select coalesce(jsonb_agg(c), '[]') from (
       select m.id, m.display_name as name, m.created_at as joined_at
         from guardianships g
         join organization_memberships m on m.organization_id = g.organization_id and m.id = g.student_id
        where g.organization_id = (select app.org_id()) and g.guardian_id = (select app.member_id())
          and m.status = 'ACTIVE'
        order by m.sort_name, m.id limit 20) c) as children"""


async def guardian_facts(db: Reads) -> GuardianFacts:
    return await db.one(GuardianFacts, GUARDIAN)
