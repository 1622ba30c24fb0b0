"""Starts the provider as a separate installation, and speaks to it as browsers and programs do."""

import asyncio
import base64
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
from starlette.types import ASGIApp, Message, Receive, Send

from coursecove_identity.ids import new_id
from tests.conftest import Server, cloned

SECRET = "whsec_" + base64.b64encode(b"between clerk and the product").decode()
EMPTIED = "truncate identity.signing_keys, identity.users, identity.organizations, identity.webhook_messages cascade"


@dataclass(frozen=True)
class AsClerk:
    """What somebody would copy from Clerk's dashboard into the settings."""

    port: int
    secret_key: str
    root: str

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        """The Frontend API's host."""
        name = self.root.partition("://")[2].partition(":")[0]
        return f"id.{name}:{self.port}"

    @property
    def publishable_key(self) -> str:
        return "pk_live_" + base64.b64encode(f"{self.host}$".encode()).decode()

    def backend(self) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self.secret_key}"}
        return httpx.AsyncClient(base_url=f"{self.api}/v1", headers=headers, timeout=30)

    async def person(self, name: str) -> str:
        async with self.backend() as client:
            body = {"first_name": name, "email_address": [f"{name.lower()}@clerk.example"]}
            answer = await client.post("/users", json=body)
        return str(answer.raise_for_status().json()["id"])


@asynccontextmanager
async def as_clerk(server: Server, root: str, webhooks: str) -> AsyncIterator[AsClerk]:
    """As long as the block lasts, on a database where nobody is."""
    async with cloned(server) as url:
        admin = await asyncpg.connect(url)
        await admin.execute(EMPTIED)
        await admin.execute("update identity.instance set id = $1", new_id("ins"))
        await admin.close()
        async with _process(server.settings.identity_database_url(url), root, webhooks) as running:
            yield running


@asynccontextmanager
async def _process(store_url: str, root: str, webhooks: str) -> AsyncIterator[AsClerk]:
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.identity.clerk_process",
        store_url,
        root,
        str(port),
        webhooks,
        SECRET,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            line = await process.stdout.readline()
        yield AsClerk(port, line.decode().strip(), root)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def living(app: ASGIApp) -> AsyncIterator[None]:
    """Starts and ends an application as a server does."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    task = asyncio.create_task(_lifespan(app, inbox.get, outbox.put))
    for kind in ("startup", "shutdown"):
        await inbox.put({"type": f"lifespan.{kind}"})
        assert (await outbox.get())["type"] == f"lifespan.{kind}.complete"
        if kind == "startup":
            yield
    await task


async def _lifespan(app: ASGIApp, receive: Receive, send: Send) -> None:
    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
