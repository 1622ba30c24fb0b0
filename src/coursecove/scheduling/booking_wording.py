"""What people read about lessons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.numbers import format_currency

from coursecove.kit.web.formats import local_time, reading, zone_name
from coursecove.kit.web.language import gettext as _
from coursecove.scheduling.booking_models import Presence
from coursecove.scheduling.recurrence import Repeat
from coursecove.scheduling.series_plan import Verdict

MOST_NAMED: Final = 10


def presence_word(presence: str) -> str:
    return {
        Presence.PRESENT: _("Present"),
        Presence.LATE: _("Came late"),
        Presence.ABSENT: _("Absent"),
        Presence.EXCUSED: _("Excused"),
    }[Presence(presence)]


def price_words(minor: int | None, currency: str | None) -> str | None:
    """A price as the reader writes it; prices are kept in hundredths."""
    if minor is None or currency is None:
        return None
    return format_currency(minor / 100, currency, locale=reading.get().locale.replace("-", "_"))


def zone_words(name: str, at: datetime) -> str:
    return f"{name.rsplit('/', 1)[-1].replace('_', ' ')} ({zone_name(name, at)})"


def other_zone(mine: str, theirs: str, at: datetime) -> str | None:
    """The place's own time, where its clock shows another one than the viewer's."""
    if at.astimezone(ZoneInfo(mine)).utcoffset() == at.astimezone(ZoneInfo(theirs)).utcoffset():
        return None
    return theirs


def place_words(location: str, room: str) -> str:
    return f"{location}, {room}" if room else location


def every_words(weeks: int) -> str:
    return {1: _("Every week"), 2: _("Every two weeks"), 4: _("Every four weeks")}[weeks]


def verdict_words(verdict: Verdict) -> str:
    """Why a date of a series cannot be booked, without saying what somebody else does there."""
    return {
        Verdict.FREE: _("Free"),
        Verdict.SOON: _("Too soon"),
        Verdict.FAR: _("Further ahead than can be booked"),
        Verdict.CLOSED: _("Closed"),
        Verdict.OWN: _("The student has another lesson"),
        Verdict.AWAY: _("The teacher is away"),
        Verdict.OUTSIDE: _("Outside the hours"),
        Verdict.TAKEN: _("Taken"),
        Verdict.FULL: _("The teacher’s day is full"),
    }[verdict]


def dates_words(dates: Sequence[datetime], zone: str) -> str:
    """Some moments by the clock of a place, for a sentence that names what is in the way."""
    return "; ".join(local_time(at, zone=zone) for at in dates[:MOST_NAMED])


def series_words(number: int, total: int, rule: str) -> str:
    """Which lesson of its series one is."""
    every = {1: _("every week"), 2: _("every two weeks"), 4: _("every four weeks")}[
        Repeat.of_rule(rule).every
    ]
    return _("%(number)s of %(total)s, %(every)s") % {"number": number, "total": total, "every": every}
