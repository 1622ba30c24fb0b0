"""When a series takes place: by the wall clock of its place, whatever the clocks do in between.

A time that a clock change skips is read with the offset before it, so the lesson moves forward (RFC 5545, 3.3.5);
one that happens twice is its first time.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

EVERY: Final = (1, 2, 4)
"""Weeks from one lesson to the next."""
FEWEST: Final = 2
MOST: Final = 60
RULE: Final = re.compile(r"FREQ=WEEKLY;INTERVAL=(1|2|4);COUNT=([1-9][0-9]?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often, and how many lessons in all."""

    every: int
    count: int

    @property
    def rule(self) -> str:
        """The same as RFC 5545 writes it."""
        return f"FREQ=WEEKLY;INTERVAL={self.every};COUNT={self.count}"

    @property
    def lasts(self) -> timedelta:
        """From the first lesson to the last."""
        return timedelta(weeks=self.every * (self.count - 1))

    @classmethod
    def of_rule(cls, rule: str) -> "Repeat":
        found = RULE.fullmatch(rule)
        if found is None:
            raise ValueError(rule)
        return cls(int(found[1]), int(found[2]))


def occurrences(first_day: date, starts: time, zone: ZoneInfo, repeat: Repeat) -> list[datetime]:
    """The moments at which the lessons begin, in order."""
    first = datetime.combine(first_day, starts)
    return [
        (first + timedelta(weeks=repeat.every * number)).replace(tzinfo=zone).astimezone(UTC)
        for number in range(repeat.count)
    ]


def by_the_clock(at: datetime, zone: ZoneInfo) -> tuple[date, time]:
    """What a calendar and a clock in `zone` show at that moment."""
    shown = at.astimezone(zone)
    return shown.date(), shown.time()
