"""The log of what happened to accounts: it only grows, and never holds a secret."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coursecove_identity.clock import now_ms
from coursecove_identity.store import Connection, many
from coursecove_identity.visitor import Visitor

NOBODY = Visitor()


class Action(StrEnum):
    """Everything that is written down."""

    SIGNED_UP = "signed_up"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    REAUTHENTICATED = "reauthenticated"
    REAUTHENTICATION_FAILED = "reauthentication_failed"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - names what happened
    PASSWORD_RESET_ASKED = "password_reset_asked"  # noqa: S105 - names what happened
    PASSWORD_RESET = "password_reset"  # noqa: S105 - names what happened
    EMAIL_ADDED = "email_added"
    EMAIL_MADE_PRIMARY = "email_made_primary"
    EMAIL_REMOVED = "email_removed"
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    SECOND_FACTORS_TAKEN = "second_factors_taken"
    BACKUP_CODES_MADE = "backup_codes_made"
    BACKUP_CODE_USED = "backup_code_used"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_CLONED = "passkey_cloned"
    PROFILE_CHANGED = "profile_changed"
    TERMS_ACCEPTED = "terms_accepted"
    USER_DELETED = "user_deleted"
    USER_BANNED = "user_banned"
    USER_UNBANNED = "user_unbanned"
    MANAGED_CREATED = "managed_created"
    MANAGED_PIN_SET = "managed_pin_set"
    MANAGED_RENAMED = "managed_renamed"
    MANAGED_CONVERSION_OFFERED = "managed_conversion_offered"
    MANAGED_CONVERTED = "managed_converted"
    KEYS_ROTATED = "keys_rotated"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    id: int
    at: int
    action: str
    user_id: str | None
    actor_id: str | None
    session_id: str | None
    ip_address: str | None
    user_agent: str | None
    request_id: str | None
    details: dict[str, Any]


RECORD = """
    insert into identity.audit_log (at, action, user_id, actor_id, session_id, ip_address, user_agent, request_id, details)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""


async def record(
    connection: Connection,
    action: Action,
    visitor: Visitor = NOBODY,
    *,
    user_id: str | None = None,
    actor_id: str | None = None,
    session_id: str | None = None,
    **details: object,
) -> None:
    """Write it down in the transaction of what happened."""
    await connection.execute(
        RECORD,
        now_ms(),
        action.value,
        user_id,
        actor_id or user_id,
        session_id,
        visitor.ip_address,
        visitor.user_agent,
        visitor.request_id,
        details,
    )


async def of_user(connection: Connection, user_id: str, *, limit: int = 50) -> list[Entry]:
    """The newest first."""
    sql = "select * from identity.audit_log where user_id = $1 order by id desc limit $2"
    return await many(connection, Entry, sql, user_id, limit)
