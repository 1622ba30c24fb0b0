"""The provider in a process and at a port of its own, as Clerk is: `python -m tests.identity.clerk_process` and its arguments.

Arguments: the database as the provider's role reaches it, the root origin that it serves, its port, where webhooks go, the
secret they are signed with, and the folder for its letters where somebody reads them. Its first line says the secret key of
its Backend API."""

import asyncio
import json
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path

import uvicorn

from coursecove_identity.backend import backend_routes
from coursecove_identity.delivering import DEVELOPMENT, Deliveries, Target
from coursecove_identity.mail import Mail, SendMail
from coursecove_identity.provider import Provider, Surroundings
from coursecove_identity.running import Running, Task
from coursecove_identity.site import Site
from coursecove_identity.store import Store
from coursecove_identity.vault import Vault
from coursecove_identity.web import identity_app


async def no_mail(mail: Mail) -> None:
    """Nobody reads it here."""


def letterbox(folder: str) -> SendMail:
    """Each letter is a file, the newest the last."""

    async def send(mail: Mail) -> None:
        file = Path(folder, f"{time.time_ns():020}.json")
        await asyncio.to_thread(file.write_text, json.dumps(asdict(mail)))

    return send


async def main() -> None:
    store_url, root, port, webhooks, secret, *folder = sys.argv[1:]
    site = Site.parse(root, int(port))
    send = letterbox(*folder) if folder else no_mail
    around = Surroundings(send_mail=send, landing="/dashboard", one_click=True)
    target, _, host = webhooks.partition(" ")
    async with (
        Store(store_url) as store,
        Deliveries(store, Target(target, host or None), [secret], schedule=DEVELOPMENT) as deliveries,
    ):
        provider = Provider(site, store, Vault(b"another installation"), around)
        await provider.prepare()
        app = identity_app(provider, backend_routes(provider))
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=int(port), log_level="warning"))
        running = Running(provider, [Task("webhooks", 0.5, deliveries.deliver_due, urgent=True)])
        with socket.create_server(("127.0.0.1", int(port)), backlog=100) as listening:
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            working = asyncio.create_task(running.run())
            print(provider.secret_key, flush=True)
            await serving
        running.stop()
        await working
        await provider.close()


if __name__ == "__main__":
    asyncio.run(main())
