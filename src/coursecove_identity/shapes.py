"""Organisations, memberships and invitations in Clerk's shapes; those of people are in `shapes_people`."""

from collections.abc import Sequence

import asyncpg

from coursecove_identity.clock import now_ms
from coursecove_identity.faults import not_found
from coursecove_identity.roles import ROLES
from coursecove_identity.shapes_people import (
    Json,
    email_json,
    person_image_url,
    session_json,
    sessions_json,
    user_deleted_json,
    user_json,
    users_json,
)
from coursecove_identity.store import Connection

__all__ = [
    "Json",
    "email_json",
    "invitation_json",
    "invitations_json",
    "membership_json",
    "memberships_json",
    "organization_json",
    "organizations_json",
    "session_json",
    "sessions_json",
    "user_deleted_json",
    "user_json",
    "users_json",
]

ORGANIZATIONS = """
    select o.id, o.name, o.slug, o.image_version, o.public_metadata, o.private_metadata, o.max_allowed_memberships,
           o.admin_delete_enabled, o.created_by, o.created_at, o.updated_at,
           (select origin from identity.instance) as origin,
           case when $2 then (select count(*) from identity.memberships m where m.organization_id = o.id) end as members,
           case when $2 then (select count(*) from identity.invitations i where i.organization_id = o.id
                                 and i.status = 'pending' and i.expires_at > $3) end as invited
      from identity.organizations o where o.id = any($1::text[])"""

MEMBERSHIPS = """
    select m.id, m.organization_id, m.user_id, m.role, m.public_metadata, m.private_metadata, m.created_at, m.updated_at,
           u.first_name, u.last_name, u.username, u.banned, u.image_version, e.email_address,
           (select origin from identity.instance) as origin
      from identity.memberships m join identity.users u on u.id = m.user_id
      left join identity.email_addresses e on e.user_id = u.id and e.is_primary
     where m.id = any($1::text[])"""

INVITATIONS = """
    select i.id, i.organization_id, i.email_address, i.role, i.status, i.inviter_id, i.user_id, i.public_metadata,
           i.private_metadata, i.expires_at, i.created_at, i.updated_at,
           u.first_name, u.last_name, u.username, u.image_version, e.email_address as inviter_email,
           (select origin from identity.instance) as origin
      from identity.invitations i left join identity.users u on u.id = i.inviter_id
      left join identity.email_addresses e on e.user_id = u.id and e.is_primary
     where i.id = any($1::text[])"""


async def organization_json(connection: Connection, organization_id: str) -> Json:
    found = await organizations_json(connection, [organization_id])
    if not found:
        raise not_found("organization")
    return found[0]


async def organizations_json(
    connection: Connection, organization_ids: Sequence[str], *, counts: bool = True
) -> list[Json]:
    """Those that there are, in the order asked for; counting their members is left out where nobody reads it."""
    found = await connection.fetch(ORGANIZATIONS, list(organization_ids), counts, now_ms())
    rows = {row["id"]: row for row in found}
    return [_organization(rows[each]) for each in organization_ids if each in rows]


async def membership_json(connection: Connection, membership_id: str) -> Json:
    found = await memberships_json(connection, [membership_id])
    if not found:
        raise not_found("organization membership")
    return found[0]


async def memberships_json(connection: Connection, membership_ids: Sequence[str]) -> list[Json]:
    """Those that there are, in the order asked for, each with its organisation."""
    rows = {row["id"]: row for row in await connection.fetch(MEMBERSHIPS, list(membership_ids))}
    wanted = list({row["organization_id"] for row in rows.values()})
    owners = {each["id"]: each for each in await organizations_json(connection, wanted, counts=False)}
    return [
        _membership(rows[each], owners[rows[each]["organization_id"]])
        for each in membership_ids
        if each in rows
    ]


async def invitation_json(connection: Connection, invitation_id: str, *, url: str | None = None) -> Json:
    """The link is known only to whoever has just made it."""
    found = await invitations_json(connection, [invitation_id])
    if not found:
        raise not_found("organization invitation")
    return found[0] | {"url": url}


async def invitations_json(connection: Connection, invitation_ids: Sequence[str]) -> list[Json]:
    rows = {row["id"]: row for row in await connection.fetch(INVITATIONS, list(invitation_ids))}
    return [_invitation(rows[each], now_ms()) for each in invitation_ids if each in rows]


def _organization(row: asyncpg.Record) -> Json:
    version = row["image_version"]
    image = f"{row['origin']}/images/organizations/{row['id']}/{version}" if version else ""
    counted = (
        {}
        if row["members"] is None
        else {"members_count": row["members"], "pending_invitations_count": row["invited"]}
    )
    return {
        "object": "organization",
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "image_url": image,
        "has_image": version is not None,
        **counted,
        "max_allowed_memberships": row["max_allowed_memberships"],
        "admin_delete_enabled": row["admin_delete_enabled"],
        "public_metadata": row["public_metadata"],
        "private_metadata": row["private_metadata"],
        **({"created_by": row["created_by"]} if row["created_by"] else {}),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _membership(row: asyncpg.Record, organization: Json) -> Json:
    role = ROLES[row["role"]]
    return {
        "object": "organization_membership",
        "id": row["id"],
        "role": row["role"],
        "role_name": role.name,
        "permissions": list(role.permissions),
        "public_metadata": row["public_metadata"],
        "private_metadata": row["private_metadata"],
        "organization": organization,
        "public_user_data": _public_person(row, row["user_id"], row["email_address"])
        | {
            "profile_image_url": None,
            "username": row["username"],
            "banned": row["banned"],
            "deprovisioned": False,
        },
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _invitation(row: asyncpg.Record, now: int) -> Json:
    inviter = row["inviter_id"]
    expired = row["status"] == "pending" and row["expires_at"] <= now
    return {
        "object": "organization_invitation",
        "id": row["id"],
        "email_address": row["email_address"],
        "role": row["role"],
        "role_name": ROLES[row["role"]].name,
        "organization_id": row["organization_id"],
        "inviter_id": inviter,
        "public_inviter_data": _public_person(row, inviter, row["inviter_email"]) if inviter else None,
        "status": "expired" if expired else row["status"],
        **({"user_id": row["user_id"]} if row["user_id"] else {}),
        "public_metadata": row["public_metadata"],
        "private_metadata": row["private_metadata"],
        "url": None,
        "expires_at": row["expires_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _public_person(row: asyncpg.Record, user_id: str, email: str | None) -> Json:
    return {
        "user_id": user_id,
        "identifier": email or row["username"] or user_id,
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "image_url": person_image_url(row["origin"], user_id, row["image_version"]),
        "has_image": row["image_version"] is not None,
    }
