"""The way to the database, which a history may close, and cut in the middle of an answer."""

import asyncio
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit, urlunsplit


class Wire:
    """Forwards bytes between a local port and the server behind `url`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        folder = parse_qs(parts.query).get("host", [""])[0]
        port = parts.port or int(parse_qs(parts.query).get("port", ["5432"])[0])
        self._socket = f"{folder}/.s.PGSQL.{port}" if folder else None
        self._address = (parts.hostname or "127.0.0.1", port)
        self._open: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.closed = False
        self.answers_left: int | None = None
        """How many more answers get through before everything is cut; None: all."""
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.cut()
        if self._server is not None:
            self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def through(self, url: str) -> str:
        """The address with this wire in between."""
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{self.port}", query=""))

    def cut(self) -> None:
        """Every connection ends here and now; the server may have done what was asked."""
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()
        self.answers_left = None

    def close(self) -> None:
        self.closed = True
        self.cut()

    def open(self) -> None:
        self.closed = False
        self.answers_left = None

    async def _serve(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        if self.closed:
            near_out.transport.abort()
            return
        far_in, far_out = await (
            asyncio.open_unix_connection(self._socket)
            if self._socket
            else asyncio.open_connection(*self._address)
        )
        self._open |= {near_out, far_out}
        for pump in (self._pump(near_in, far_out, counted=False), self._pump(far_in, near_out, counted=True)):
            task = asyncio.get_running_loop().create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, counted: bool) -> None:
        with suppress(OSError):
            while chunk := await source.read(65536):
                if counted and self.answers_left is not None:
                    if self.answers_left <= 0:
                        self.cut()
                        return
                    self.answers_left -= 1
                sink.write(chunk)
                await sink.drain()
        self._open.discard(sink)
        sink.transport.abort()
