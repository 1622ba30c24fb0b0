"""The week as a form: lines of from, to and where for each day, which work without a script."""

from collections.abc import Sequence
from datetime import time
from typing import Final
from uuid import UUID

from starlette.datastructures import FormData

from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.scheduling import forms
from coursecove.scheduling.hours_actions import MOST_A_DAY
from coursecove.scheduling.hours_queries import Stretch
from coursecove.scheduling.views import TypedDay, TypedHours
from coursecove.scheduling.wording import weekday_words

Lines = tuple[tuple[TypedHours, ...], ...]
"""What was typed, day by day."""

MOST_LINES: Final = MOST_A_DAY + 1


def typed_week(form: FormData) -> Lines:
    """The lines of each day, without the empty ones."""
    return tuple(_typed_day(form, number) for number in range(7))


def lines_of(week: Sequence[Stretch]) -> Lines:
    """Hours that are there, as they would be typed."""
    return tuple(
        tuple(
            TypedHours(clock_words(each.starts), clock_words(each.ends), str(each.location_id or ""))
            for each in week
            if each.weekday == number
        )
        for number in range(7)
    )


def changed_by(action: str, form: FormData, lines: Lines) -> Lines | None:
    """What a button of the form does to the lines, without saving: copy a day, or clear one. None for saving."""
    verb, _colon, number = action.partition(":")
    if verb == "clear" and number in set("0123456"):
        return tuple(() if each == int(number) else day for each, day in enumerate(lines))
    if verb == "copy":
        source = forms.words(form, "copy_from")
        chosen = {str(value) for value in form.getlist("copy_to")}
        if source not in set("0123456"):
            return lines
        return tuple(lines[int(source)] if str(each) in chosen else day for each, day in enumerate(lines))
    return lines if verb == "more" else None


def shown_days(lines: Lines, errors: dict[str, str], *, more: str = "") -> tuple[TypedDay, ...]:
    """Every day with one empty line at its end, or several where more were asked for."""
    return tuple(
        TypedDay(number, words, _with_room(day, 3 if more == str(number) else 1), errors.get(f"day_{number}"))
        for number, (words, day) in enumerate(zip(weekday_words(), lines, strict=True))
    )


def stretches_of(lines: Lines) -> list[Stretch]:
    """The lines as hours, or Invalid with the days that cannot be read."""
    problems: dict[str, str] = {}
    found = []
    for number, day in enumerate(lines):
        for line in day:
            starts, ends = _time(line.starts), _time(line.ends)
            if starts is None or ends is None:
                problems[f"day_{number}"] = _("Write both times, like 09:30 and 12:00.")
                continue
            found.append(Stretch(number, starts, ends, _place(line.location)))
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)
    return found


def day_words(day: Sequence[TypedHours]) -> str:
    """A day in one line, to compare two of them."""
    return ", ".join(f"{each.starts}–{each.ends}" for each in day)


def clock_words(at: time) -> str:
    return at.strftime("%H:%M")


def _typed_day(form: FormData, number: int) -> tuple[TypedHours, ...]:
    starts, ends, places = (form.getlist(f"d{number}_{what}")[:MOST_LINES] for what in ("from", "to", "at"))
    places = [*places, *[""] * len(starts)]
    lines = [
        TypedHours(str(start).strip()[:8], str(end).strip()[:8], str(place)[:40])
        for start, end, place in zip(starts, ends, places, strict=False)
    ]
    return tuple(line for line in lines if line.starts or line.ends)


def _with_room(day: tuple[TypedHours, ...], room: int) -> tuple[TypedHours, ...]:
    return (*day, *[TypedHours()] * max(0, min(room, MOST_A_DAY - len(day))))


def _time(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed).replace(tzinfo=None) if typed else None
    except ValueError:
        return None


def _place(typed: str) -> UUID | None:
    return forms.id_of(typed) if typed else None
