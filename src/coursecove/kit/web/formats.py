"""Dates, times, numbers and words in the reader's language and zone."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from gettext import NullTranslations
from typing import Literal
from zlib import crc32
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_date,
    format_time,
    format_timedelta,
    get_datetime_format,
    get_timezone_name,
)
from babel.numbers import format_decimal

Theme = Literal["light", "dark", "system"]


UNTRANSLATED = NullTranslations()
"""The words as they stand in the source."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever reads the page: how to write for them, and the token their forms carry."""

    locale: str = "en-GB"
    time_zone: str = "UTC"
    theme: Theme = "system"
    csrf_token: str = ""
    now: datetime | None = None
    translations: NullTranslations = UNTRANSLATED

    @property
    def direction(self) -> str:
        return parsed_locale(self.locale).text_direction

    @property
    def clock(self) -> datetime:
        return (self.now or datetime.now(UTC)).astimezone(ZoneInfo(self.time_zone))


_NOBODY = Reader()
reading: ContextVar[Reader] = ContextVar("reading", default=_NOBODY)


@lru_cache(maxsize=64)
def parsed_locale(name: str) -> Locale:
    return Locale.parse(name.replace("-", "_"))


def _here(value: datetime, zone: str | None) -> datetime:
    return value.astimezone(ZoneInfo(zone or reading.get().time_zone))


def local_time(
    value: datetime, form: Literal["full", "clock", "zone"] = "full", zone: str | None = None
) -> str:
    """`full` says day and time, `clock` the time alone, `zone` day, time and the zone's name."""
    locale, here = reading.get().locale, _here(value, zone)
    clock = _clock(here.time().replace(second=0, microsecond=0), locale)
    if form == "clock":
        return clock
    text = _day_and_clock(locale).format(clock, _day(here.date(), "medium", locale))
    return f"{text} {zone_name(zone, here)}" if form == "zone" else text


def local_date(value: datetime | date, form: str = "medium", zone: str | None = None) -> str:
    """`medium` or any Babel form or pattern; `weekday` says the day's name, without the year."""
    day = _here(value, zone).date() if isinstance(value, datetime) else value
    pattern = {"weekday": "EEEE d MMMM", "month": "MMMM y"}.get(form, form)
    return _day(day, pattern, reading.get().locale)


def relative_time(value: datetime) -> str:
    """`3 hours ago`; a date once that says more."""
    reader = reading.get()
    distance = value - (reader.now or datetime.now(UTC))
    if abs(distance.days) > 27:
        return local_date(value)
    seconds = distance.total_seconds()
    step = 1 if abs(seconds) < 100 else 60 if abs(seconds) < 90_000 else 3600
    return _distance(round(seconds / step) * step, reader.locale)


def zone_name(zone: str | None = None, at: datetime | None = None) -> str:
    """The zone as people say it: `London (GMT)` when short, from its IANA name."""
    reader = reading.get()
    name = zone or reader.time_zone
    moment = (at or reader.clock).astimezone(ZoneInfo(name))
    return _zone(name, moment.date(), bool(moment.dst()), reader.locale)


# Babel reads its tables anew for each call; days, minutes and distances repeat on every page.


@lru_cache(maxsize=4096)
def _day(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=parsed_locale(locale))


@lru_cache(maxsize=2048)
def _clock(minute: time, locale: str) -> str:
    return format_time(minute, "short", locale=parsed_locale(locale))


@lru_cache(maxsize=64)
def _day_and_clock(locale: str) -> str:
    return str(get_datetime_format("medium", locale=parsed_locale(locale))).replace("'", "")


@lru_cache(maxsize=4096)
def _distance(seconds: int, locale: str) -> str:
    distance = timedelta(seconds=seconds)
    return format_timedelta(distance, add_direction=True, locale=parsed_locale(locale))


@lru_cache(maxsize=4096)
def _zone(name: str, day: date, summer: bool, locale: str) -> str:
    """A zone's name changes with the clocks, and now and then by law."""
    noon = datetime.combine(day, time(12), ZoneInfo(name))
    night = datetime.combine(day, time(0), ZoneInfo(name))
    moment = noon if bool(noon.dst()) == summer else night
    return get_timezone_name(moment, width="short", locale=parsed_locale(locale))


def zone_city(zone: str | None = None) -> str:
    return (zone or reading.get().time_zone).rsplit("/", 1)[-1].replace("_", " ")


def part_of_day(value: datetime | None = None) -> str:
    hour = (value.astimezone(ZoneInfo(reading.get().time_zone)) if value else reading.get().clock).hour
    if hour < 5:
        return "evening"
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


def number(value: float) -> str:
    return _number(value, reading.get().locale)


@lru_cache(maxsize=4096)
def _number(value: float, locale: str) -> str:
    return format_decimal(value, locale=parsed_locale(locale))


def plural(count: int, one: str, many: str) -> str:
    """`1 lesson`, `1,204 lessons`; a translated catalogue may know more forms than two."""
    return f"{number(count)} {reading.get().translations.ngettext(one, many, count)}"


@lru_cache(maxsize=8192)
def initials(name: str) -> str:
    words = [word for word in name.split() if word[:1].isalnum()] or [name.strip() or "?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@lru_cache(maxsize=8192)
def monogram(name: str) -> str:
    """A school's two letters, from the first words of its name."""
    return "".join(word[0] for word in name.split() if word[:1].isalnum())[:2].upper() or "?"


@lru_cache(maxsize=8192)
def tone(name: str) -> int:
    """One of six colours, always the same for a name."""
    return crc32(name.encode()) % 6 + 1


FILTERS: dict[str, Callable[..., object]] = {
    "local_time": local_time,
    "local_date": local_date,
    "relative_time": relative_time,
    "number": number,
    "plural": plural,
    "initials": initials,
    "monogram": monogram,
    "tone": tone,
}
GLOBALS: dict[str, Callable[..., object]] = {
    "zone_name": zone_name,
    "zone_city": zone_city,
    "part_of_day": part_of_day,
}
