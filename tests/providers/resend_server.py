"""A server that speaks Resend's published shapes: one mail for each idempotency key, errors as it names them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

API_KEY = "re_test_key"


class ResendServer:
    """What was sent, by key; `answers` are given first, one for each request."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.answers: list[Response] = []
        self.asked = asyncio.Event()
        self.held: asyncio.Event | None = None
        """Where set, a mail is taken at once and its answer waits for this."""
        self.url = ""

    async def emails(self, request: Request) -> Response:
        key = request.headers["idempotency-key"]
        self.requests.append(key)
        if self.answers:
            return self.answers.pop(0)
        if request.headers["authorization"] != f"Bearer {API_KEY}":
            return problem(401, "validation_error", "API key is invalid")
        body = await request.json()
        before = self.sent.setdefault(key, {"id": str(uuid4()), "body": body})
        if before["body"] != body:
            return problem(409, "invalid_idempotent_request", "This key came with another body")
        self.asked.set()
        if self.held is not None:
            await self.held.wait()
        return JSONResponse({"id": before["id"]})

    @property
    def mails(self) -> list[dict[str, Any]]:
        return [each["body"] for each in self.sent.values()]


def problem(status: int, name: str, message: str, **headers: str) -> Response:
    return JSONResponse({"statusCode": status, "name": name, "message": message}, status, headers)


@asynccontextmanager
async def resend_server() -> AsyncIterator[ResendServer]:
    resend = ResendServer()
    app = Starlette(routes=[Route("/emails", resend.emails, methods=["POST"])])
    config = uvicorn.Config(
        app, port=0, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    resend.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield resend
    finally:
        if resend.held is not None:
            resend.held.set()
        server.should_exit = True
        await serving
