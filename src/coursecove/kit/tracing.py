"""Traces of requests, background runs and transactions, where a collector is named; nothing at all otherwise."""

from typing import Protocol

from starlette.types import ASGIApp

from coursecove.kit.db import Database, DatabaseConfig
from coursecove.kit.durable import Functions


class Tracing(Protocol):
    """What composition passes its parts through."""

    def requests(self, app: ASGIApp) -> ASGIApp:
        """The app inside a span for each request; to be wrapped by RequestsLog, which ends the line."""

    def functions(self, functions: Functions) -> Functions:
        """Functions whose runs and steps are spans."""

    async def open_database(self, config: DatabaseConfig) -> Database:
        """Both clients, with a span for each transaction."""

    def close(self) -> None:
        """Hand over what is still held; blocks for a few seconds at most."""


class Untraced:
    """Everything as it came."""

    def requests(self, app: ASGIApp) -> ASGIApp:
        return app

    def functions(self, functions: Functions) -> Functions:
        return functions

    async def open_database(self, config: DatabaseConfig) -> Database:
        return await Database.open(config)

    def close(self) -> None:
        return


def start_tracing(endpoint: str | None, *, part: str) -> Tracing:
    """Traces to the OTLP collector at `endpoint`; `part` is `web` or `worker`."""
    if endpoint is None:
        return Untraced()
    from coursecove.kit.opentelemetry import Traced  # noqa: PLC0415 - a tenth of a second that few need

    return Traced(endpoint, part=part)
