"""Many schools at once, by SQL: what a busy installation looks like, without living through its years."""

from dataclasses import dataclass

import asyncpg

from coursecove import demo
from coursecove.accounts.roles import Role
from coursecove.cli.bench.busy import keep_busy


@dataclass(frozen=True, slots=True)
class Size:
    """How many schools, how big the measured one is and how big each of the others."""

    schools: int = 200
    students: int = 250
    others: int = 50
    events: int = 20

    @property
    def measured(self) -> str:
        return demo.MUSIC.label


SCHOOLS = """
insert into organizations (id, clerk_organization_id, name, slug, subdomain, brand_color, time_zone, locale)
select gen_random_uuid(), 'org_bench_' || n, 'School ' || n, 'school-' || n, 'bench' || n, '#0f766e',
       'Europe/London', 'en-GB'
  from generate_series(1, $1::int) n"""

NAMES = """
insert into hostnames (name, organization_id, kind, status)
select subdomain, id, 'subdomain', 'current' from organizations where clerk_organization_id like 'org_bench_%'"""

PEOPLE = """
with wanted as (
  select o.id as organization_id, o.subdomain, n,
         case when n <= 2 then 'SUPER_ADMIN' when n <= 14 then 'TEACHER'
              when n <= 14 + size.students / 5 then 'GUARDIAN' else 'STUDENT' end as role
    from organizations o
    cross join lateral (select case when o.subdomain = $1 then $2::int else $3::int end as students) size
    cross join lateral generate_series(1, 14 + size.students / 5 + size.students) n),
people as (
  insert into users (id, clerk_user_id, email, first_name, last_name)
  select gen_random_uuid(), 'user_bench_' || subdomain || '_' || n, subdomain || n || '@example.com',
         (array['Ada','Bea','Callum','Dina','Elias','Freya','Gabriel','Hiba'])[1 + n % 8],
         (array['Abara','Brandt','Costa','Eriksen','Fontaine','Gallo','Haddad'])[1 + n % 7]
    from wanted returning id, clerk_user_id, first_name || ' ' || last_name as name, last_name || ' ' || first_name as sort_name)
insert into organization_memberships
       (organization_id, id, user_id, role, clerk_membership_id, display_name, sort_name, created_at)
select w.organization_id, gen_random_uuid(), p.id, w.role, 'orgmem_bench_' || w.subdomain || '_' || w.n, p.name,
       lower(p.sort_name), now() - w.n * interval '7 hours'
  from wanted w join people p on p.clerk_user_id = 'user_bench_' || w.subdomain || '_' || w.n"""

GUARDIANS = """
insert into guardianships (organization_id, id, guardian_id, student_id)
select g.organization_id, gen_random_uuid(), g.id, s.id
  from (select *, row_number() over (partition by organization_id order by id) as n
          from organization_memberships where role = 'GUARDIAN') g
  join (select *, row_number() over (partition by organization_id order by id) as n
          from organization_memberships where role = 'STUDENT') s
    on s.organization_id = g.organization_id and (s.n = 2 * g.n or s.n = 2 * g.n - 1)
on conflict do nothing"""

EVENTS = """
insert into events (organization_id, id, name, data, actor_id, key, occurred_at, dispatched_at)
select m.organization_id, {new_id}, 'accounts/member.joined',
       jsonb_build_object('member_id', m.id, 'role', m.role), m.id, m.id || ':' || n,
       now() - n * interval '50 minutes', now()
  from organization_memberships m cross join generate_series(1, $1::int) n"""


async def fill(url: str, size: Size) -> None:
    """Schools, people, guardians and events beside the cast; then statistics for the planner."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(SCHOOLS, size.schools)
        await connection.execute(NAMES)
        await connection.execute(PEOPLE, size.measured, size.students, size.others)
        await connection.execute(GUARDIANS)
        newer = connection.get_server_version().major >= 18
        await connection.execute(
            EVENTS.format(new_id="uuidv7()" if newer else "gen_random_uuid()"), size.events
        )
        await keep_busy(connection, size.measured)
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Somebody:
    """A member of the measured school, as the provider names them."""

    subject: str
    organization_id: str


SOME = """
select u.clerk_user_id as subject, m.organization_id::text
  from organization_memberships m
  join organizations o on o.id = m.organization_id
  join users u on u.id = m.user_id
 where o.subdomain = $1 and m.role = $2 and m.status = 'ACTIVE'
   and u.clerk_user_id like 'user_bench_%'
 order by m.sort_name, m.id limit $3"""


async def some_of(url: str, label: str, role: Role, count: int) -> list[Somebody]:
    """A few people of a role; all of them do the same on the same pages."""
    connection = await asyncpg.connect(url)
    try:
        return [Somebody(*row) for row in await connection.fetch(SOME, label, role, count)]
    finally:
        await connection.close()
