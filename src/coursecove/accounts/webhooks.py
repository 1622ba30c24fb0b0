"""The edge where the identity provider's webhooks come in. It answers once a delivery is safe, and never 500."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, Protocol

import structlog
from starlette.types import Receive, Scope, Send

from coursecove.accounts.sync.journal import JournalRefused
from coursecove.accounts.sync.parsing import Delivery, parse
from coursecove.accounts.sync.receiving import Receipt
from coursecove.accounts.sync.watching import Watch
from coursecove.providers.identity.webhooks import LARGEST_BODY, InvalidSignature, verify

log = structlog.get_logger(__name__)

PATH: Final = "/api/webhooks/clerk"
BODY_PATIENCE: Final = 5.0
RETRY_AFTER: Final = 5


class Receives(Protocol):
    """Where deliveries are made safe."""

    async def receive(self, delivery: Delivery, body: bytes, arrived: float) -> Receipt: ...


class Refused(Exception):
    """Answered without being stored."""

    def __init__(self, status: int, text: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers


class WebhookEndpoint:
    """A plain ASGI application: nothing stands between the socket and the signature."""

    def __init__(
        self, receiver: Receives, watch: Watch, *, secrets: Sequence[str], instance: str | None = None
    ) -> None:
        self._receiver, self._watch = receiver, watch
        self._secrets, self._instance = secrets, instance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        try:
            receipt = await self._take(scope, receive)
        except Refused as refused:
            self._watch.refused(refused.status)
            await _answer(send, refused.status, refused.text, refused.headers)
            return
        except JournalRefused as refused:
            log.error("webhooks.nothing_durable", reason=str(refused))
            self._watch.refused(503)
            again = (b"retry-after", str(RETRY_AFTER).encode())
            await _answer(send, 503, "Not stored; send it again.", [again])
            return
        self._watch.received(receipt, time.monotonic() - began)
        await _answer(send, 200, "OK")

    async def _take(self, scope: Scope, receive: Receive) -> Receipt:
        if scope["method"] != "POST":
            raise Refused(405, "Webhooks are posted.", [(b"allow", b"POST")])
        body = await _body(scope, receive)
        arrived = time.monotonic()
        try:
            signed = verify(body, scope["headers"], self._secrets)
        except InvalidSignature:
            raise Refused(400, "The signature does not fit.") from None
        delivery = parse(signed.webhook_id, body, signed.signed_at, instance=self._instance)
        return await self._receiver.receive(delivery, body, arrived)


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body, within its size and time; what the sender says about its length is not believed."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not said.isdigit() or int(said) > LARGEST_BODY:
        raise Refused(413, "Too large.")
    try:
        async with asyncio.timeout(BODY_PATIENCE):
            return await _read(receive)
    except TimeoutError:
        raise Refused(408, "Too slow.") from None


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "Not finished.")
        chunks.append(message.get("body", b""))
        size, more = size + len(chunks[-1]), message.get("more_body", False)
        if size > LARGEST_BODY:
            raise Refused(413, "Too large.")
    return b"".join(chunks)


async def _answer(send: Send, status: int, text: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    body = text.encode()
    fixed = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
    await send({"type": "http.response.body", "body": body})
