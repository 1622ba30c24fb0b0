"""Who belongs to an organisation, and as what. Every function runs in its caller's transaction."""

from dataclasses import dataclass
from typing import Any

from coursecove_identity import shapes, webhooks
from coursecove_identity.faults import Fault, Forbidden, NotPossible, not_found
from coursecove_identity.ids import new_id
from coursecove_identity.metadata import Metadata, loaded, merged, stored
from coursecove_identity.roles import ADMIN, known
from coursecove_identity.schema import Connection

LOCK_ORGANIZATION = """
    select max_allowed_memberships from identity.organizations where id = $1 for no key update"""
PERSON = "select 1 from identity.users where id = $1 for key share"
COUNT = "select count(*) from identity.memberships where organization_id = $1"
FIND = """
    select id, role, public_metadata, private_metadata
      from identity.memberships where organization_id = $1 and user_id = $2"""
OTHER_ADMINS = """
    select 1 from identity.memberships where organization_id = $1 and role = 'org:admin' and user_id <> $2 limit 1"""

INSERT = """
    insert into identity.memberships (id, organization_id, user_id, role, public_metadata, private_metadata,
                                      created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $7)"""

UPDATE = """
    update identity.memberships
       set role = coalesce($2, role), public_metadata = coalesce($3, public_metadata),
           private_metadata = coalesce($4, private_metadata), updated_at = greatest(updated_at + 1, $5)
     where id = $1"""

DELETE = "delete from identity.memberships where id = $1"
OF_USER = "select organization_id from identity.memberships where user_id = $1 order by organization_id"
LEAVE_SESSIONS = """
    update identity.sessions set last_active_organization_id = null
     where user_id = $1 and last_active_organization_id = $2"""

AT_HOST = """
    select o.id as organization_id, o.slug, m.role
      from identity.memberships m join identity.organizations o on o.id = m.organization_id
     where m.user_id = $1 and ($2::text is null or o.id = $2) and ($3::text is null or replace(o.slug, '-', '') = $3)
     order by o.created_at limit 1"""


@dataclass(frozen=True, slots=True)
class Place:
    """What a session token says of a person's organisation."""

    organization_id: str
    slug: str
    role: str


async def create(
    db: Connection,
    organization_id: str,
    user_id: str,
    *,
    role: str,
    at_ms: int,
    public_metadata: Metadata | None = None,
    private_metadata: Metadata | None = None,
    membership_id: str | None = None,
) -> str:
    """Somebody belongs to the organisation from now on; answers the membership's id."""
    known(role)
    most = await _lock(db, organization_id)
    if not await db.fetchval(PERSON, user_id):
        raise not_found("user", user_id)
    if await db.fetchrow(FIND, organization_id, user_id):
        sentence = f"{user_id} is already a member of the organization."
        raise NotPossible(Fault("already_a_member_in_organization", "already a member", sentence, "user_id"))
    if most and await db.fetchval(COUNT, organization_id) >= most:
        sentence = f"You have reached your limit of {most} organization memberships."
        raise Forbidden(
            Fault("organization_membership_quota_exceeded", "organization membership quota exceeded", sentence)
        )
    new = membership_id or new_id("orgmem")
    public, private = stored(public_metadata), stored(private_metadata, "private_metadata")
    await db.execute(INSERT, new, organization_id, user_id, role, public, private, at_ms)
    await _tell(db, "organizationMembership.created", new, at_ms)
    return new


async def set_role(db: Connection, organization_id: str, user_id: str, role: str, *, at_ms: int) -> str:
    """Another role; the last admin stays one. Answers the membership's id."""
    known(role)
    await _lock(db, organization_id)
    member = await _member(db, organization_id, user_id)
    if member.role == role:
        return member.id
    if member.role == ADMIN:
        await _refuse_last_admin(db, organization_id, user_id)
    await _change(db, member.id, role=role, public=None, private=None, at_ms=at_ms)
    return member.id


async def merge_metadata(
    db: Connection,
    organization_id: str,
    user_id: str,
    *,
    public: Metadata | None,
    private: Metadata | None,
    at_ms: int,
) -> str:
    """Lay the given metadata over what is there."""
    await _lock(db, organization_id)
    member = await _member(db, organization_id, user_id)
    await _change(
        db,
        member.id,
        role=None,
        public=stored(merged(member.public_metadata, public or {})),
        private=stored(merged(member.private_metadata, private or {}), "private_metadata"),
        at_ms=at_ms,
    )
    return member.id


async def remove(db: Connection, organization_id: str, user_id: str, *, at_ms: int) -> dict[str, Any]:
    """Somebody no longer belongs; answers the membership as it was. The last admin stays."""
    await _lock(db, organization_id)
    member = await _member(db, organization_id, user_id)
    if member.role == ADMIN:
        await _refuse_last_admin(db, organization_id, user_id)
    was = await shapes.membership_json(db, member.id)
    await db.execute(DELETE, member.id)
    await db.execute(LEAVE_SESSIONS, user_id, organization_id)
    await webhooks.emit(db, "organizationMembership.deleted", was, at_ms=at_ms)
    return was


async def end_all_of(db: Connection, user_id: str, *, at_ms: int) -> None:
    """Everything a person belongs to, before the person is deleted; refused while a school would lose its last admin."""
    for row in await db.fetch(OF_USER, user_id):
        await remove(db, row["organization_id"], user_id, at_ms=at_ms)


async def at_host(
    db: Connection, user_id: str, *, organization_id: str | None = None, label: str | None = None
) -> Place | None:
    """A person's place in the organisation of a host: by its id where that is known, else by the slug without dashes."""
    if organization_id is None and label is None:
        return None
    row = await db.fetchrow(AT_HOST, user_id, organization_id, label)
    return Place(**row) if row else None


@dataclass(frozen=True, slots=True)
class _Member:
    id: str
    role: str
    public_metadata: dict[str, Any]
    private_metadata: dict[str, Any]


async def _member(db: Connection, organization_id: str, user_id: str) -> _Member:
    row = await db.fetchrow(FIND, organization_id, user_id)
    if row is None:
        raise not_found("organization membership")
    return _Member(
        row["id"], row["role"], loaded(row["public_metadata"]), loaded(row["private_metadata"])
    )


async def _lock(db: Connection, organization_id: str) -> int:
    """How many members there may be, 0 for any number; nobody else changes who belongs meanwhile."""
    most = await db.fetchval(LOCK_ORGANIZATION, organization_id)
    if most is None:
        raise not_found("organization")
    return int(most)


async def _refuse_last_admin(db: Connection, organization_id: str, user_id: str) -> None:
    if not await db.fetchval(OTHER_ADMINS, organization_id, user_id):
        raise NotPossible(
            Fault(
                "organization_minimum_permissions_needed",
                "minimum organization permissions needed",
                "There has to be at least one organization member with the minimum required permissions",
            )
        )


async def _change(
    db: Connection, membership_id: str, *, role: str | None, public: str | None, private: str | None, at_ms: int
) -> None:
    await db.execute(UPDATE, membership_id, role, public, private, at_ms)
    await _tell(db, "organizationMembership.updated", membership_id, at_ms)


async def _tell(db: Connection, event_type: str, membership_id: str, at_ms: int) -> None:
    await webhooks.emit(db, event_type, await shapes.membership_json(db, membership_id), at_ms=at_ms)
