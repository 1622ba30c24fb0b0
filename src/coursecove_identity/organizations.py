"""Organisations: found one, change it, delete it. Every function runs in its caller's transaction."""

import re
import unicodedata
from itertools import count
from typing import TypeAlias

from coursecove_identity import memberships, shapes, webhooks
from coursecove_identity.clock import now_ms
from coursecove_identity.faults import Fault, NotPossible, malformed, missing, not_found, taken, too_long
from coursecove_identity.ids import new_id
from coursecove_identity.metadata import Metadata, checked, merged
from coursecove_identity.roles import ADMIN
from coursecove_identity.store import Connection

OrganizationId: TypeAlias = str

LONGEST_NAME, LONGEST_SLUG = 256, 63
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

FIND = "select id from identity.organizations where id = $1 or slug = $1"
LOCK = "select id from identity.organizations where id = $1 for no key update"
SLUG_OWNER = "select id from identity.organizations where slug = $1"
SLUGS_LIKE = "select slug from identity.organizations where slug = $1 or slug like $1 || '-%'"
PERSON = "select 1 from identity.users where id = $1 for key share"

INSERT = """
    insert into identity.organizations (id, name, slug, created_by, public_metadata, private_metadata,
                                        max_allowed_memberships, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $8)"""

UPDATE = """
    update identity.organizations
       set name = coalesce($2, name), slug = coalesce($3, slug),
           public_metadata = coalesce($4, public_metadata), private_metadata = coalesce($5, private_metadata),
           max_allowed_memberships = coalesce($6, max_allowed_memberships),
           admin_delete_enabled = coalesce($7, admin_delete_enabled),
           updated_at = greatest(updated_at + 1, $8)
     where id = $1"""

METADATA = "select public_metadata, private_metadata from identity.organizations where id = $1"
DELETE = "delete from identity.organizations where id = $1 returning slug"
LEAVE_SESSIONS = """
    update identity.sessions set last_active_organization_id = null where last_active_organization_id = $1"""


async def create(
    connection: Connection,
    *,
    name: str,
    slug: str | None = None,
    created_by: str | None = None,
    public_metadata: Metadata | None = None,
    private_metadata: Metadata | None = None,
    max_allowed_memberships: int = 0,
    organization_id: str | None = None,
    membership_id: str | None = None,
) -> OrganizationId:
    """A new organisation; whoever creates it is its first admin."""
    named = _name(name)
    if created_by is not None and not await connection.fetchval(PERSON, created_by):
        sentence = f"No users found with id {created_by}."
        raise NotPossible(Fault("organization_creator_not_found", "creator not found", sentence))
    chosen = await _free_slug(connection, named) if slug is None else await _own_slug(connection, slug, None)
    new = organization_id or new_id("org")
    await connection.execute(
        INSERT,
        new,
        named,
        chosen,
        created_by,
        checked(public_metadata),
        checked(private_metadata, "private_metadata"),
        max_allowed_memberships,
        now_ms(),
    )
    await webhooks.emit(connection, "organization.created", await shapes.organization_json(connection, new))
    if created_by is not None:
        await memberships.create(connection, new, created_by, role=ADMIN, membership_id=membership_id)
    return new


async def update(
    connection: Connection,
    organization_id: str,
    *,
    name: str | None = None,
    slug: str | None = None,
    public_metadata: Metadata | None = None,
    private_metadata: Metadata | None = None,
    max_allowed_memberships: int | None = None,
    admin_delete_enabled: bool | None = None,
) -> None:
    """Change what is given; metadata that is given replaces what was there."""
    await lock(connection, organization_id)
    await _change(
        connection,
        organization_id,
        None if name is None else _name(name),
        None if slug is None else await _own_slug(connection, slug, organization_id),
        None if public_metadata is None else checked(public_metadata),
        None if private_metadata is None else checked(private_metadata, "private_metadata"),
        max_allowed_memberships,
        admin_delete_enabled,
    )


async def merge_metadata(
    connection: Connection, organization_id: str, *, public: Metadata | None, private: Metadata | None
) -> None:
    """Lay the given metadata over what is there."""
    await lock(connection, organization_id)
    row = await connection.fetchrow(METADATA, organization_id)
    assert row is not None  # noqa: S101 - it was locked above
    await _change(
        connection,
        organization_id,
        None,
        None,
        checked(merged(row["public_metadata"], public or {})),
        checked(merged(row["private_metadata"], private or {}), "private_metadata"),
        None,
        None,
    )


async def delete(connection: Connection, organization_id: str) -> dict[str, object]:
    """Gone with its memberships and invitations; one event tells all of it."""
    await lock(connection, organization_id)
    slug = await connection.fetchval(DELETE, organization_id)
    await connection.execute(LEAVE_SESSIONS, organization_id)
    gone: dict[str, object] = {
        "object": "organization",
        "id": organization_id,
        "slug": slug,
        "deleted": True,
    }
    await webhooks.emit(connection, "organization.deleted", gone)
    return gone


async def find(connection: Connection, id_or_slug: str) -> OrganizationId:
    """The id of an organisation that is named by either."""
    found = await connection.fetchval(FIND, id_or_slug)
    if found is None:
        raise not_found("organization")
    return str(found)


async def lock(connection: Connection, organization_id: str) -> None:
    """From here to the end of the transaction nobody else changes the organisation or who belongs to it."""
    if await connection.fetchval(LOCK, organization_id) is None:
        raise not_found("organization")


async def changed(connection: Connection, organization_id: str) -> None:
    """Tell that the organisation is not as it was, though no field of its row was changed by name."""
    await _change(connection, organization_id, None, None, None, None, None, None)


async def _change(connection: Connection, organization_id: str, *values: object) -> None:
    await connection.execute(UPDATE, organization_id, *values, now_ms())
    await webhooks.emit(
        connection, "organization.updated", await shapes.organization_json(connection, organization_id)
    )


def _name(given: str) -> str:
    name = given.strip()
    if not name:
        raise missing("name")
    if len(name) > LONGEST_NAME:
        raise too_long("name", LONGEST_NAME)
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise malformed("name", "The name holds characters that cannot be shown.")
    return name


async def _own_slug(connection: Connection, slug: str, organization_id: str | None) -> str:
    if len(slug) > LONGEST_SLUG:
        raise too_long("slug", LONGEST_SLUG)
    if not _SLUG.fullmatch(slug):
        raise malformed(
            "slug", "slug may hold only lowercase letters, digits and single dashes between them."
        )
    if await connection.fetchval(SLUG_OWNER, slug) not in (None, organization_id):
        raise taken("slug", f"The slug {slug} is taken. Please choose another.")
    return slug


async def _free_slug(connection: Connection, name: str) -> str:
    """A slug made of the name; a number tells it from those that are there."""
    stem = slug_of(name)
    used = {row["slug"] for row in await connection.fetch(SLUGS_LIKE, stem)}
    if stem not in used:
        return stem
    return next(slug for slug in (f"{stem}-{number}" for number in count(2)) if slug not in used)


def slug_of(name: str) -> str:
    """ "Café Ñandú" becomes "cafe-nandu"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words[: LONGEST_SLUG - 8].strip("-") or "organization"
