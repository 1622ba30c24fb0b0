"""The Inngest engine: events are sent from the same table, functions are served at /api/inngest."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import fastapi
import inngest
import inngest.fast_api
import msgspec
import structlog
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from coursecove.kit import clock
from coursecove.kit.db import Database
from coursecove.kit.durable import inngest_statements as sql
from coursecove.kit.durable.attempts import settled
from coursecove.kit.durable.control import Control
from coursecove.kit.durable.events import RunRetried, ScheduleTicked
from coursecove.kit.durable.functions import Backoff, Functions
from coursecove.kit.durable.inngest_runs import InngestRuns
from coursecove.kit.durable.statements import NEXT_DUE

if TYPE_CHECKING:
    import asyncpg
    from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

PATH = "/api/inngest"
BATCH = 100
CLAIM_SECONDS = 30.0
SEND_SECONDS = 10.0
OLDEST_SIGNATURE = 300
SENDING_AGAIN = Backoff(base=1, factor=2, cap=60)


@dataclass(frozen=True, slots=True)
class InngestConfig:
    """Keys and addresses; `dev` talks to a dev server, which signs nothing."""

    event_key: str
    signing_key: str
    app_id: str = "coursecove"
    api_url: str = "https://api.inngest.com"
    event_url: str = "https://inn.gs"
    dev: bool = False
    production: bool = False

    def __post_init__(self) -> None:
        if self.dev and self.production:
            raise ValueError("INNGEST_DEV turns signatures off and must not be set in production")


class Inngest:
    """Sends events from a worker, answers Inngest's calls from the web: use `app` as the endpoint of PATH."""

    def __init__(self, functions: Functions, database: Database, config: InngestConfig) -> None:
        self.wake = asyncio.Event()
        self.control = Control(database, self.wake)
        self.heartbeat = 60.0
        self._functions = functions
        self._client = inngest.Inngest(
            app_id=config.app_id,
            api_base_url=config.api_url,
            event_api_base_url=config.event_url,
            event_key=config.event_key,
            signing_key=config.signing_key,
            is_production=not config.dev,
            request_timeout=2000,
        )
        served = fastapi.FastAPI(openapi_url=None)
        runs = InngestRuns(functions, database, self._client)
        inngest.fast_api.serve(
            served, self._client, runs.registered, enable_unauthed_sync=False, serve_path=PATH
        )
        self.app: ASGIApp = served if config.dev else SignedRecently(served)

    async def advance(self) -> bool:
        """Send what is due; True where anything was."""
        async with self.control.connection() as connection:
            events = await connection.fetch(sql.TAKE_EVENTS, BATCH, CLAIM_SECONDS)
        if not events:
            return False
        wanted = [event for event in sorted(events, key=lambda event: event["id"]) if self._wanted(event)]
        outcome = await settled(self._send(wanted))
        ids = [event["organization_id"] for event in events], [event["id"] for event in events]
        async with self.control.connection() as connection:
            if not isinstance(outcome, BaseException):
                await connection.execute(sql.MARK_SENT, *ids)
                return True
            attempts = max(event["send_attempts"] for event in events)
            log.warning("durable.inngest_away", count=len(events), attempts=attempts, exc_info=outcome)
            await connection.execute(sql.PUT_OFF, *ids, SENDING_AGAIN.delay(attempts))
            return False

    async def seconds_until_due(self) -> float | None:
        async with self.control.connection() as connection:
            seconds: float | None = await connection.fetchval(NEXT_DUE)
            return seconds

    async def beat(self) -> None:
        """Nothing here is held under a lease."""

    async def drain(self, grace: float) -> None:
        """A batch in flight was awaited by `advance`; an unfinished one is sent again by another worker."""

    def _wanted(self, event: "asyncpg.Record") -> bool:
        if event["name"] == ScheduleTicked.name:
            return False
        return event["name"] == RunRetried.name or bool(self._functions.subscribed(event["name"], {}))

    async def _send(self, events: list["asyncpg.Record"]) -> None:
        if events:
            async with asyncio.timeout(SEND_SECONDS):
                await self._client.send([_message(event) for event in events])


class SignedRecently:
    """The SDK checks the signature but not its age: a recorded request would be good for ever."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        signature = parse_qs(Headers(scope=scope).get("x-inngest-signature", ""))
        signed_at = signature.get("t", ["0"])[0]
        age = (
            abs(clock.real_now().timestamp() - int(signed_at))
            if signed_at.isdecimal()
            else OLDEST_SIGNATURE + 1
        )
        if age > OLDEST_SIGNATURE or "s" not in signature:
            await JSONResponse({"message": "Unauthorized"}, status_code=401)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _message(event: "asyncpg.Record") -> inngest.Event:
    """Ids, and the fields that Inngest's keys may name; the row's id keeps a second sending harmless."""
    fields: dict[str, Any] = msgspec.json.decode(event["data"])
    data: dict[str, Any] = {"organization_id": str(event["organization_id"]), "event_id": str(event["id"])}
    if event["name"] == RunRetried.name:
        retried = {"function": fields["function"], "run_id": fields["run_id"], "fields": fields["fields"]}
        data |= retried | {"organization_id": fields["school_id"]}
    else:
        data["fields"] = fields
    return inngest.Event(name=event["name"], id=str(event["id"]), data=data)
