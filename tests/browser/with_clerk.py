"""An installation with Clerk's settings and nothing else, beside our provider as another installation in Clerk's place."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from coursecove.cli import migrating
from coursecove.kit.postgres import EmbeddedPostgres
from coursecove.migrations.run import with_database
from coursecove.web.identity_work import WEBHOOKS
from tests.browser.instance import Instance, free_port, running
from tests.identity.as_clerk import SECRET, AsClerk


@dataclass(frozen=True)
class WithClerk:
    """Both installations, and the folder of the letters that Clerk's place sends."""

    product: Instance
    clerk: AsClerk
    letters: Path

    def code_for(self, address: str) -> str:
        """The code in the newest letter to the address."""
        for _ in range(60):
            for file in sorted(self.letters.glob("*.json"), reverse=True):
                letter = json.loads(file.read_text())
                code = re.search(r"\b\d{6}\b", letter["subject"])
                if letter["to"] == address and code:
                    return code[0]
            time.sleep(0.25)
        raise AssertionError(f"no letter to {address}")

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Its Backend API, with the secret key."""
        headers = {"authorization": f"Bearer {self.clerk.secret_key}"}
        answer = httpx.request(method, f"{self.clerk.api}/v1{path}", json=body, headers=headers, timeout=30)
        return answer.raise_for_status().json()


@contextmanager
def running_with_clerk(folder: Path) -> Iterator[WithClerk]:
    """Clerk's place first: what its dashboard would show is all that the installation is told."""
    product, letters = Instance(free_port(), folder / "data"), folder / "letters"
    letters.mkdir()
    root, port = product.origin(), free_port()
    webhooks = f"http://127.0.0.1:{product.port}{WEBHOOKS} {root.partition('://')[2]}"
    with EmbeddedPostgres.start(product.folder / "postgres") as postgres:
        with ThreadPoolExecutor(1) as thread:  # the browser's loop blocks this thread's
            store_url = thread.submit(asyncio.run, _own_database(product, postgres.url)).result()
        command = [sys.executable, "-m", "tests.identity.clerk_process"]
        arguments = [store_url, root, str(port), webhooks, SECRET, str(letters)]
        with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                clerk = AsClerk(port, process.stdout.readline().strip(), root)
                with running(folder, _settings(clerk), product.port) as started:
                    yield WithClerk(started, clerk, letters)
            finally:
                process.terminate()


async def _own_database(product: Instance, url: str) -> str:
    """A database in which only the provider has something to say; its address for the provider's role."""
    admin = await asyncpg.connect(url)
    await admin.execute("create database in_clerks_place template template0")
    await admin.close()
    own = with_database(url, "in_clerks_place")
    await migrating.migrate(own, product.settings.provision())
    return product.settings.identity_database_url(own)


def _settings(clerk: AsClerk) -> dict[str, str]:
    return {
        "CLERK_SECRET_KEY": clerk.secret_key,
        "CLERK_PUBLISHABLE_KEY": clerk.publishable_key,
        "CLERK_WEBHOOK_SECRET": SECRET,
        "COURSECOVE_CLERK_API_URL": clerk.api,
        "COURSECOVE_CLERK_CUSTOM_ROLES": "true",
    }
