"""A POST that names a key happens once: a repeated one is given the answer of the first (IETF draft, 24 hours)."""

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes
from typing import Annotated, Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Header
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from coursecove.accounts.api_access import Entrance, Writer, Writing
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import BadRequest, Conflict, Invalid
from coursecove.kit.ids import new_id

_KEY = re.compile(r'(?P<quote>"?)(?P<key>[\x21\x23-\x5b\x5d-\x7e]{1,200})(?P=quote)')
_REPEATED_HEADERS = ("content-type", "location", "etag")


class BadIdempotencyKey(BadRequest):
    """An Idempotency-Key is 1 to 200 visible characters without spaces."""


class IdempotencyKeyReused(Invalid):
    """This Idempotency-Key came with a different request before. Use a new key for a new request."""


class StillInFlight(Conflict):
    """The first request with this Idempotency-Key is still being carried out. Ask again in a moment."""


on_violation("idempotency_keys_organization_id_caller_key_key", StillInFlight)

LOCK = "select pg_try_advisory_xact_lock(hashtextextended('idempotency:' || app.org_id() || app.caller() || $1, 0))"

GIVEN = """
    select k.request_hash, k.status, k.headers::text as headers, k.body from idempotency_keys k
     where k.organization_id = (select app.org_id()) and k.caller = (select app.caller()) and k.key = $1"""

KEEP = """
    insert into idempotency_keys (id, key, request_hash, status, headers, body)
    values ($1, $2, $3, $4, $5::text::jsonb, $6)"""


class Replayed(Exception):
    """The answer was given before; nothing happens again."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@dataclass(frozen=True, slots=True)
class _Given:
    request_hash: bytes
    status: int
    headers: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Once:
    """One request under its key, until its answer is kept in the same transaction as its effect."""

    db: UserDb
    key: str
    request_hash: bytes
    seal: "AnswerSeal"

    async def begin(self) -> None:
        """Refuse what is in flight or differs, replay what was answered; otherwise the request goes on."""
        if not await self.db.value(LOCK, self.key):
            raise StillInFlight
        given = await self.db.first(_Given, GIVEN, self.key)
        if given is None:
            return
        if given.request_hash != self.request_hash:
            raise IdempotencyKeyReused
        headers = msgspec.json.decode(given.headers, type=dict[str, str])
        body = self.seal.open(given.body, self.request_hash)
        raise Replayed(Response(body, given.status, headers | {"idempotency-replayed": "true"}))

    async def keep(self, response: Response) -> None:
        headers = {name: response.headers[name] for name in _REPEATED_HEADERS if name in response.headers}
        body = self.seal.close(bytes(response.body), self.request_hash)
        encoded = msgspec.json.encode(headers).decode()
        await self.db.value(KEEP, new_id(), self.key, self.request_hash, response.status_code, encoded, body)


@dataclass(frozen=True, slots=True)
class AnswerSeal:
    """An answer may hold a new key's secret, so the database keeps answers encrypted."""

    secret: bytes

    def close(self, body: bytes, request_hash: bytes) -> bytes:
        nonce = token_bytes(12)
        return nonce + AESGCM(self.secret).encrypt(nonce, body, request_hash)

    def open(self, sealed: bytes, request_hash: bytes) -> bytes:
        return AESGCM(self.secret).decrypt(sealed[:12], sealed[12:], request_hash)


async def once(
    request: Request,
    db: Writing,
    _caller: Writer,
    idempotency_key: Annotated[
        str | None,
        Header(description="Makes repeating this request harmless for 24 hours.", max_length=202),
    ] = None,
) -> None:
    """Dependency of every POST."""
    if idempotency_key is None:
        return
    found = _KEY.fullmatch(idempotency_key.strip())
    if found is None:
        raise BadIdempotencyKey
    seal = AnswerSeal(Entrance.of(request).answer_key)
    request.state.once = Once(db, found["key"], await _fingerprint(request), seal)
    await request.state.once.begin()


class OnceRoute(APIRoute):
    """Keeps the answer of a request that named a key, while its transaction is still open."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            try:
                response = await handle(request)
            except Replayed as replayed:
                return replayed.response
            pending: Once | None = getattr(request.state, "once", None)
            if pending is not None:
                await pending.keep(response)
            return response

        return handle_once


async def _fingerprint(request: Request) -> bytes:
    parts = (request.method, request.url.path, request.url.query, request.headers.get("content-type", ""))
    return sha256("\n".join(parts).encode() + b"\n" + await request.body()).digest()
