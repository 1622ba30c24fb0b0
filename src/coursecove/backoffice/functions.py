"""Background work of the operator: bringing back a school that the identity provider has deleted."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.accounts.hosting import adopt_school
from coursecove.accounts.roles import Role
from coursecove.accounts.sync.synthetic import apply_within, told
from coursecove.backoffice.events import SchoolRestorationOrdered
from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.durable import AnyFunction, Backoff, Function, PermanentError, Run, function
from coursecove.providers.identity import IdentityProvider

SLUG_TRIES = 40

WANTED = """
    select o.name, o.slug,
           (select u.clerk_user_id from organization_memberships m join users u on u.id = m.user_id
             where m.organization_id = o.id and m.role = 'SUPER_ADMIN' and u.status = 'ACTIVE'
               and (m.status = 'ACTIVE' or m.updated_at >= o.closed_at)
             order by m.created_at, m.id limit 1) as owner
      from organizations o where o.id = $1 and o.status = 'DELETED'"""

PEOPLE = """
    select u.clerk_user_id as external_id, m.role
      from organization_memberships m join users u on u.id = m.user_id
      join organizations o on o.id = m.organization_id
     where o.id = $1 and o.clerk_organization_id = $2 and u.status = 'ACTIVE'
       and (m.status = 'ACTIVE' or m.updated_at >= $3)
     order by m.created_at, m.id"""

CLOSED_AT = "select closed_at from organizations where id = $1 and status = 'DELETED'"

REOPEN = "select app.reopen_school($1)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the provider has to know to make the school again."""

    name: str
    slug: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody who belongs to the school, and as what."""

    external_id: str
    role: str


def functions(database: Database, identity: IdentityProvider) -> tuple[AnyFunction, ...]:
    return (restoring(database, identity),)


def restoring(database: Database, identity: IdentityProvider) -> Function[SchoolRestorationOrdered]:
    @function(
        on=SchoolRestorationOrdered,
        retries=10,
        backoff=Backoff(base=5, factor=2, cap=600),
        serial_key="school_id",
        timeout=600,
    )
    async def restore_school(run: Run[SchoolRestorationOrdered]) -> None:
        """A deleted organisation is gone for good at the provider, so a new one takes its place under the same rows."""
        school_id = run.event.school_id
        people = await run.step("people", people_of, school_id)
        made = await run.call("make", make, database, identity, school_id)
        if not made:
            return
        await run.step("adopt", adopt, school_id, made)
        for number, someone in enumerate(people):
            answer = await run.call(f"add {number}", add, identity, made, someone)
            await run.step(f"learn {number}", learn, school_id, number, answer)

    return restore_school


async def people_of(db: ServiceDb, school_id: UUID) -> list[Someone]:
    """Who belonged when it was deleted."""
    closed_at = await db.value(CLOSED_AT, school_id)
    external_id = await db.value("select clerk_organization_id from organizations where id = $1", school_id)
    return await db.fetch(Someone, PEOPLE, school_id, external_id, closed_at)


async def make(_key: str, database: Database, identity: IdentityProvider, school_id: UUID) -> str:
    """The new organisation's id; nothing where the school is open again or purged."""
    async with database.service_read() as db:
        wanted = await db.first(Wanted, WANTED, school_id)
    if wanted is None:
        return ""
    if wanted.owner is None:
        raise PermanentError("nobody is left who could own the school")
    slug = f"{wanted.slug[:SLUG_TRIES]}-{school_id.hex[-6:]}"
    made = await identity.create_organization(
        name=wanted.name,
        slug=slug,
        created_by=wanted.owner,
        public_metadata={"coursecove_restored": str(school_id)},
    )
    return made.id


async def adopt(db: ServiceDb, school_id: UUID, external_id: str) -> None:
    """The rows are the new organisation's from here on; its addresses answer again."""
    if await db.value(REOPEN, school_id):
        await adopt_school(db, school_id, external_id)


async def add(_key: str, identity: IdentityProvider, external_id: str, someone: Someone) -> str:
    added = await identity.add_member(external_id, someone.external_id, Role(someone.role))
    return added.raw.decode()


async def learn(db: ServiceDb, school_id: UUID, number: int, answer: str) -> int:
    webhook_id = f"restored_{school_id.hex}_{number}"
    news = told("organizationMembership.created", answer.encode(), path="restoring", webhook_id=webhook_id)
    return len(await apply_within(db, [news]))
