"""The outbox: what happened, told in the transaction in which it happened, in Clerk's envelope."""

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from coursecove_identity.clock import now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.store import Connection

CHANNEL = "identity_work"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who caused it, as the request showed itself."""

    client_ip: str = ""
    user_agent: str = ""


NOBODY = Caller()
caller: ContextVar[Caller] = ContextVar("identity_caller", default=NOBODY)

WAITS = """
    select exists (select from identity.webhook_messages
                    where next_attempt_at is not null and type = $1 and created_at >= $3
                      and body::json->'data'->>'id' = $2)"""

EMIT = """
    with message as (
        insert into identity.webhook_messages (id, type, body, created_at, next_attempt_at)
        select $1, $2, $3 || to_json(i.id)::text || $4, $5, $5 from identity.instance i
        returning id)
    select pg_notify('identity_work', '') from message"""


async def emit(
    connection: Connection, event_type: str, data: Mapping[str, Any], *, at_ms: int | None = None
) -> str:
    """Tell it, once the caller's transaction commits; answers the message's id."""
    at = now_ms() if at_ms is None else at_ms
    by = caller.get()
    request = {"client_ip": by.client_ip, "user_agent": by.user_agent}
    front = {"data": data, "event_attributes": {"http_request": request}}
    back = {"object": "event", "timestamp": at, "type": event_type}
    message = new_id("msg")
    told = await connection.execute(
        EMIT, message, event_type, _text(front)[:-1] + ',"instance_id":', "," + _text(back)[1:], now_ms()
    )
    if not told.endswith(" 1"):
        raise LookupError("the identity provider has no instance yet")
    return message


async def is_told(connection: Connection, event_type: str, object_id: str, *, since_ms: int) -> bool:
    """Nothing of this type about the object that was emitted since then still waits for its first delivery."""
    return not await connection.fetchval(WAITS, event_type, object_id, since_ms)


async def take_back(connection: Connection) -> None:
    """Tell nothing of what was not told yet: for a start whose receiver knows it all already."""
    await connection.execute("delete from identity.webhook_messages where delivered_at is null")


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
