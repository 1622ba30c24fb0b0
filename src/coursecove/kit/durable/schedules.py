"""Cron schedules: the five classic fields, read in a time zone of their own."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Asked minute by minute whether it is due; wall-clock minutes that a zone skips are skipped."""

    expression: str
    timezone: ZoneInfo
    fields: tuple[frozenset[int], ...]

    @classmethod
    def parse(cls, expression: str, timezone: str = "UTC") -> "Schedule":
        texts = expression.split()
        if len(texts) != len(_RANGES):
            raise ValueError(f"a cron expression has five fields: {expression!r}")
        fields = tuple(_values(text, *span) for text, span in zip(texts, _RANGES, strict=True))
        return cls(expression, ZoneInfo(timezone), fields)

    def due(self, at: datetime) -> bool:
        local = at.astimezone(self.timezone)
        minute, hour, day, month, weekday = self.fields
        on_day = local.day in day
        on_weekday = bool({local.isoweekday(), local.isoweekday() % 7} & weekday)
        _, _, day_text, _, weekday_text = self.expression.split()
        # Classic cron: when both day fields are restricted, either may match.
        either = "*" not in (day_text[0], weekday_text[0])
        day_matches = on_day or on_weekday if either else on_day and on_weekday
        return local.minute in minute and local.hour in hour and local.month in month and day_matches


def _values(text: str, lowest: int, highest: int) -> frozenset[int]:
    """The numbers that one field of a cron expression names."""
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low = lowest if span == "*" else int(first)
        high = highest if span == "*" or (step and not last) else int(last or first)
        if not lowest <= low <= high <= highest:
            raise ValueError(f"{part!r} is not within {lowest} to {highest}")
        values.update(range(low, high + 1, int(step or 1)))
    return frozenset(values)
