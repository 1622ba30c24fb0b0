"""A relay before the database that counts what passes: round trips as the driver really makes them."""

import asyncio
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

READY_FOR_QUERY = b"Z"
"""The message that ends every answer of the server: one for each time that the client waited."""


@dataclass
class Wire:
    """The way to one database; `url` leads through it."""

    target: str
    url: str = ""
    round_trips: int = 0

    @classmethod
    @asynccontextmanager
    async def before(cls, url: str) -> AsyncIterator[Self]:
        with TemporaryDirectory() as folder:
            query = urlencode({"host": folder, "port": 5432})
            user = urlsplit(url).netloc.rpartition("@")[0]
            wire = cls(url, urlunsplit(urlsplit(url)._replace(netloc=f"{user}@", query=query)))
            relay = await asyncio.start_unix_server(wire._relay, Path(folder) / ".s.PGSQL.5432")
            async with relay:
                yield wire
                relay.close()

    async def _relay(self, client: StreamReader, to_client: StreamWriter) -> None:
        server, to_server = await self._connect()
        onwards = asyncio.create_task(_pass_on(client, to_server))
        try:
            while True:
                head = await server.readexactly(5)
                self.round_trips += head.startswith(READY_FOR_QUERY)
                to_client.write(head + await server.readexactly(int.from_bytes(head[1:]) - 4))
        except (IncompleteReadError, ConnectionError):
            to_client.close()
        await onwards

    async def _connect(self) -> tuple[StreamReader, StreamWriter]:
        parts = urlsplit(self.target)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        host, port = given.get("host") or parts.hostname or "", given.get("port") or parts.port or 5432
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, int(port))


async def _pass_on(client: StreamReader, to_server: StreamWriter) -> None:
    while chunk := await client.read(65536):
        to_server.write(chunk)
    to_server.close()
