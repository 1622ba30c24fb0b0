"""Who belongs to an organisation, and as what. Every function runs in its caller's transaction."""

from dataclasses import dataclass
from typing import Any

from coursecove_identity import shapes, webhooks
from coursecove_identity.clock import now_ms
from coursecove_identity.faults import Fault, Forbidden, NotPossible, not_found
from coursecove_identity.ids import new_id
from coursecove_identity.metadata import Metadata, checked, merged
from coursecove_identity.roles import ADMIN, known
from coursecove_identity.store import Connection, one

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

CLAIM = """
    select o.id as organization_id, o.slug, m.role
      from identity.memberships m join identity.organizations o on o.id = m.organization_id
     where m.user_id = $1 and m.organization_id = $2"""

RUNS_OR_TEACHES = """
    select exists (select from identity.memberships where user_id = $1 and role in ('org:admin', 'org:teacher'))"""


@dataclass(frozen=True, slots=True)
class Place:
    """What a session token says of a person's organisation."""

    organization_id: str
    slug: str
    role: str


async def create(
    connection: Connection,
    organization_id: str,
    user_id: str,
    *,
    role: str,
    public_metadata: Metadata | None = None,
    private_metadata: Metadata | None = None,
    membership_id: str | None = None,
) -> str:
    """Somebody belongs to the organisation from now on; answers the membership's id."""
    known(role)
    most = await _lock(connection, organization_id)
    if not await connection.fetchval(PERSON, user_id):
        raise not_found("user", user_id)
    if await connection.fetchrow(FIND, organization_id, user_id):
        sentence = f"{user_id} is already a member of the organization."
        raise NotPossible(Fault("already_a_member_in_organization", "already a member", sentence, "user_id"))
    if most and await connection.fetchval(COUNT, organization_id) >= most:
        sentence = f"You have reached your limit of {most} organization memberships."
        raise Forbidden(
            Fault(
                "organization_membership_quota_exceeded", "organization membership quota exceeded", sentence
            )
        )
    new = membership_id or new_id("orgmem")
    public, private = checked(public_metadata), checked(private_metadata, "private_metadata")
    await connection.execute(INSERT, new, organization_id, user_id, role, public, private, now_ms())
    await _tell(connection, "organizationMembership.created", new)
    return new


async def id_of(connection: Connection, organization_id: str, user_id: str) -> str:
    """The membership's id."""
    return (await _member(connection, organization_id, user_id)).id


async def set_role(connection: Connection, organization_id: str, user_id: str, role: str) -> str:
    """Another role; the last admin stays one. Answers the membership's id."""
    known(role)
    await _lock(connection, organization_id)
    member = await _member(connection, organization_id, user_id)
    if member.role == role:
        return member.id
    if member.role == ADMIN:
        await _refuse_last_admin(connection, organization_id, user_id)
    await _change(connection, member.id, role=role, public=None, private=None)
    return member.id


async def merge_metadata(
    connection: Connection,
    organization_id: str,
    user_id: str,
    *,
    public: Metadata | None,
    private: Metadata | None,
) -> str:
    """Lay the given metadata over what is there."""
    await _lock(connection, organization_id)
    member = await _member(connection, organization_id, user_id)
    await _change(
        connection,
        member.id,
        role=None,
        public=checked(merged(member.public_metadata, public or {})),
        private=checked(merged(member.private_metadata, private or {}), "private_metadata"),
    )
    return member.id


async def remove(connection: Connection, organization_id: str, user_id: str) -> dict[str, Any]:
    """Somebody no longer belongs; answers the membership as it was. The last admin stays."""
    await _lock(connection, organization_id)
    member = await _member(connection, organization_id, user_id)
    if member.role == ADMIN:
        await _refuse_last_admin(connection, organization_id, user_id)
    was = await shapes.membership_json(connection, member.id)
    await connection.execute(DELETE, member.id)
    await connection.execute(LEAVE_SESSIONS, user_id, organization_id)
    await webhooks.emit(connection, "organizationMembership.deleted", was)
    return was


async def end_all_of(connection: Connection, user_id: str) -> None:
    """Everything a person belongs to, before the person is deleted; refused while a school would lose its last admin."""
    for row in await connection.fetch(OF_USER, user_id):
        await remove(connection, row["organization_id"], user_id)


async def claim_at(connection: Connection, user_id: str, organization_id: str) -> Place | None:
    """What a session token says of somebody's place in one organisation."""
    return await one(connection, Place, CLAIM, user_id, organization_id)


async def runs_or_teaches(connection: Connection, user_id: str) -> bool:
    """Is this person an admin or a teacher anywhere?"""
    return bool(await connection.fetchval(RUNS_OR_TEACHES, user_id))


@dataclass(frozen=True, slots=True)
class _Member:
    id: str
    role: str
    public_metadata: dict[str, Any]
    private_metadata: dict[str, Any]


async def _member(connection: Connection, organization_id: str, user_id: str) -> _Member:
    row = await connection.fetchrow(FIND, organization_id, user_id)
    if row is None:
        raise not_found("organization membership")
    return _Member(row["id"], row["role"], row["public_metadata"], row["private_metadata"])


async def _lock(connection: Connection, organization_id: str) -> int:
    """How many members there may be, 0 for any number; nobody else changes who belongs meanwhile."""
    most = await connection.fetchval(LOCK_ORGANIZATION, organization_id)
    if most is None:
        raise not_found("organization")
    return int(most)


async def _refuse_last_admin(connection: Connection, organization_id: str, user_id: str) -> None:
    if not await connection.fetchval(OTHER_ADMINS, organization_id, user_id):
        raise NotPossible(
            Fault(
                "organization_minimum_permissions_needed",
                "minimum organization permissions needed",
                "There has to be at least one organization member with the minimum required permissions",
            )
        )


async def _change(
    connection: Connection,
    membership_id: str,
    *,
    role: str | None,
    public: Metadata | None,
    private: Metadata | None,
) -> None:
    await connection.execute(UPDATE, membership_id, role, public, private, now_ms())
    await _tell(connection, "organizationMembership.updated", membership_id)


async def _tell(connection: Connection, event_type: str, membership_id: str) -> None:
    await webhooks.emit(connection, event_type, await shapes.membership_json(connection, membership_id))
