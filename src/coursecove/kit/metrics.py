"""Figures for Prometheus. Each process keeps its own: scrape every one, and add up there.

Nothing is labelled with a school or a person: their number is not ours to bound.
"""

import asyncio
from typing import Final

import asyncpg
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from coursecove.kit.db import Database
from coursecove.kit.durable.operations import Stats, stats
from coursecove.kit.errors import Unavailable

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
PATIENCE: Final = 2.0
BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_UNKNOWN = float("nan")


class Metrics:
    """One process's figures; durable work's are read from the database when somebody asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "http_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "http_request_seconds",
            "Time from the first byte in to the last byte out.",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._database_up = self._gauge("database_up", "Whether the database answered this scrape.")
        self._connections = Gauge(
            "database_connections",
            "Connections of this process's read pools.",
            ("client", "state"),
            registry=self.registry,
        )
        self._runs = Gauge(
            "durable_runs",
            "Background work by status; done counts the last hour.",
            ("status",),
            registry=self.registry,
        )
        self._events = self._gauge("durable_events_waiting", "Events not yet handed to the engine.")
        self._oldest_event = self._gauge("durable_oldest_event_seconds", "Age of the oldest due event.")
        self._oldest_run = self._gauge("durable_oldest_run_seconds", "How long the oldest due run waits.")

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered. Routes are templates and methods known ones, so that both are few."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    async def exposition(self, database: Database) -> bytes:
        """Everything in Prometheus' text format; without the database its figures are unknown, not zero."""
        found = await self._stats(database)
        self._database_up.set(found is not None)
        for client, (idle, busy) in database.connections().items():
            self._connections.labels(client, "idle").set(idle)
            self._connections.labels(client, "busy").set(busy)
        for status in ("waiting", "running", "dead"):
            self._runs.labels(status).set(getattr(found, status, _UNKNOWN))
        self._runs.labels("done").set(found.done_last_hour if found else _UNKNOWN)
        self._events.set(found.events_waiting if found else _UNKNOWN)
        self._oldest_event.set(found.oldest_event_age if found else _UNKNOWN)
        self._oldest_run.set(found.oldest_run_age if found else _UNKNOWN)
        return generate_latest(self.registry)

    async def _stats(self, database: Database) -> Stats | None:
        try:
            async with asyncio.timeout(PATIENCE), database.service_read() as db:
                return await stats(db)
        except (Unavailable, TimeoutError, asyncpg.PostgresError):
            return None

    def _gauge(self, name: str, documentation: str) -> Gauge:
        return Gauge(name, documentation, registry=self.registry)
