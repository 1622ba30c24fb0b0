"""Schedules on the embedded engine: each due minute becomes one event, whoever comes first."""

from datetime import datetime

from coursecove.kit import clock
from coursecove.kit.db import Database
from coursecove.kit.durable.events import ScheduleTicked
from coursecove.kit.durable.functions import Functions


def tick_key(function: str, at: datetime) -> str:
    """The lasting key of a tick: two workers, or two engines, agree on it without talking."""
    return f"cron:{function}:{at.isoformat()}"


class Ticking:
    """Looks once a minute; a minute in which no worker lived is not made up."""

    def __init__(self, functions: Functions, database: Database) -> None:
        self._scheduled = functions.scheduled()
        self._database = database
        self._looked_at: datetime | None = None

    async def tick(self) -> None:
        minute = clock.now().replace(second=0, microsecond=0)
        if minute == self._looked_at:
            return
        due = [function.name for function, schedule in self._scheduled if schedule.due(minute)]
        if due:
            async with self._database.service() as db:
                for name in due:
                    await db.emit(ScheduleTicked(name, minute), key=tick_key(name, minute))
        self._looked_at = minute
