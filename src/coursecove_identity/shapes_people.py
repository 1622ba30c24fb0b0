"""People and sessions in Clerk's shapes."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import asyncpg

from coursecove_identity.clock import DAY
from coursecove_identity.faults import not_found
from coursecove_identity.store import Connection

Json: TypeAlias = dict[str, Any]

USERS = """
    select u.id, u.external_id, u.username, u.first_name, u.last_name, u.locale, u.image_version,
           u.public_metadata, u.private_metadata, u.unsafe_metadata, u.banned, u.locked, u.mfa_enabled_at,
           u.mfa_disabled_at, u.legal_accepted_at, u.last_sign_in_at, u.last_active_at, u.created_at, u.updated_at,
           (select origin from identity.instance) as origin, p.changed_at as password_changed_at,
           exists (select from identity.totp t where t.user_id = u.id) as totp,
           exists (select from identity.backup_codes b where b.user_id = u.id and b.used_at is null) as backup_codes,
           (select jsonb_agg(to_jsonb(e) order by e.created_at, e.id)
              from identity.email_addresses e where e.user_id = u.id) as emails,
           (select jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'used', k.last_used_at, 'made', k.created_at)
                             order by k.created_at, k.id)
              from identity.passkeys k where k.user_id = u.id) as passkeys
      from identity.users u left join identity.password_credentials p on p.user_id = u.id
     where u.id = any($1::text[])"""

SESSIONS = """
    select id, user_id, client_id, status, actor, last_active_organization_id, last_active_at, expire_at, abandon_at,
           activity_id, ip_address, user_agent, created_at, updated_at
      from identity.sessions where id = any($1::text[])"""

_VERIFICATIONS = {
    "email_code": "verification_otp",
    "email_link": "verification_email_link",
    "admin": "verification_admin",
    "ticket": "verification_ticket",
}


async def user_json(connection: Connection, user_id: str) -> Json:
    """One person; NotFound where there is nobody of this id."""
    found = await users_json(connection, [user_id])
    if not found:
        raise not_found("user", user_id)
    return found[0]


async def users_json(connection: Connection, user_ids: Sequence[str]) -> list[Json]:
    """Those that there are, in the order asked for."""
    rows = {row["id"]: row for row in await connection.fetch(USERS, list(user_ids))}
    return [_user(rows[user_id]) for user_id in user_ids if user_id in rows]


def user_deleted_json(user_id: str, external_id: str | None = None) -> Json:
    gone: Json = {"object": "user", "id": user_id, "deleted": True}
    return gone if external_id is None else gone | {"external_id": external_id}


async def session_json(connection: Connection, session_id: str, *, with_user: bool = True) -> Json:
    """One session; events carry the person along, the Backend API does not."""
    found = await sessions_json(connection, [session_id])
    if not found:
        raise not_found("session", session_id)
    if not with_user:
        return found[0]
    people = await users_json(connection, [found[0]["user_id"]])
    return found[0] | {"user": people[0] if people else None}


async def sessions_json(connection: Connection, session_ids: Sequence[str]) -> list[Json]:
    rows = {row["id"]: row for row in await connection.fetch(SESSIONS, list(session_ids))}
    return [_session(rows[session_id]) for session_id in session_ids if session_id in rows]


def person_image_url(origin: str, user_id: str, version: str | None) -> str:
    """Where somebody's picture is; empty for who has none."""
    return f"{origin}/images/people/{user_id}/{version}" if version else ""


def _user(row: asyncpg.Record) -> Json:
    emails: list[Mapping[str, Any]] = row["emails"] or []
    primary = next((each["id"] for each in emails if each["is_primary"]), None)
    image = person_image_url(row["origin"], row["id"], row["image_version"])
    return {
        "id": row["id"],
        "object": "user",
        "external_id": row["external_id"],
        "username": row["username"],
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "locale": row["locale"],
        "image_url": image,
        "profile_image_url": image,
        "has_image": row["image_version"] is not None,
        "primary_email_address_id": primary,
        "primary_phone_number_id": None,
        "primary_web3_wallet_id": None,
        "email_addresses": [email_json(each) for each in emails],
        "phone_numbers": [],
        "web3_wallets": [],
        "passkeys": [_passkey(each) for each in row["passkeys"] or []],
        "external_accounts": [],
        "saml_accounts": [],
        "enterprise_accounts": [],
        "public_metadata": row["public_metadata"],
        "private_metadata": row["private_metadata"],
        "unsafe_metadata": row["unsafe_metadata"],
        **_security(row),
        "delete_self_enabled": True,
        "create_organization_enabled": True,
        "create_organizations_limit": None,
        "legal_accepted_at": row["legal_accepted_at"],
        "last_sign_in_at": row["last_sign_in_at"],
        "last_active_at": _day(row["last_active_at"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _security(row: asyncpg.Record) -> Json:
    return {
        "password_enabled": row["password_changed_at"] is not None,
        "password_last_updated_at": row["password_changed_at"],
        "two_factor_enabled": row["totp"],
        "totp_enabled": row["totp"],
        "backup_code_enabled": row["backup_codes"],
        "mfa_enabled_at": row["mfa_enabled_at"],
        "mfa_disabled_at": row["mfa_disabled_at"],
        "banned": row["banned"],
        "locked": row["locked"],
        "deprovisioned": False,
        "lockout_expires_in_seconds": None,
        "verification_attempts_remaining": None,
        "bypass_client_trust": False,
    }


def email_json(row: Mapping[str, Any]) -> Json:
    """An address; it counts only where its verification says `verified`."""
    kind = _VERIFICATIONS[row["strategy"]]
    return {
        "id": row["id"],
        "object": "email_address",
        "email_address": row["email_address"],
        "reserved": False,
        "verification": {
            "object": kind,
            "status": "unverified" if row["verified_at"] is None else "verified",
            "strategy": row["strategy"],
            "attempts": None,
            "expire_at": None,
        },
        "linked_to": [],
        "matches_sso_connection": False,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _passkey(each: Mapping[str, Any]) -> Json:
    return {
        "id": each["id"],
        "object": "passkey",
        "name": each["name"],
        "last_used_at": each["used"] or each["made"],
        "verification": {
            "object": "verification_passkey",
            "status": "verified",
            "strategy": "passkey",
            "nonce": "nonce",
            "attempts": None,
            "expire_at": None,
        },
    }


def _session(row: asyncpg.Record) -> Json:
    agent = row["user_agent"] or ""
    activity = {
        "object": "session_activity",
        "id": row["activity_id"],
        "is_mobile": "Mobile" in agent,
        "ip_address": row["ip_address"] or "",
    }
    return {
        "object": "session",
        "id": row["id"],
        "user_id": row["user_id"],
        "client_id": row["client_id"],
        "actor": row["actor"],
        "status": row["status"],
        "last_active_organization_id": row["last_active_organization_id"],
        "last_active_at": row["last_active_at"],
        "latest_activity": activity,
        "expire_at": row["expire_at"],
        "abandon_at": row["abandon_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _day(moment: int | None) -> int | None:
    """When somebody was last here is told by the day only."""
    return None if moment is None else moment - moment % DAY
