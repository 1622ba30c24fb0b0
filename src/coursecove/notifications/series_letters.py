"""One letter about a whole series of lessons."""

from collections.abc import Callable, Sequence
from uuid import UUID

from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import AnyFunction, Run, function
from coursecove.kit.mail import one_line
from coursecove.kit.web.formats import Reader, local_time, plural
from coursecove.kit.web.language import gettext as _
from coursecove.notifications.actions import queue_mail
from coursecove.notifications.lesson_queries import (
    LessonFacts,
    LessonReader,
    SeriesTime,
    cancelled_together,
    lesson_facts,
    lesson_readers,
    series_times,
    times_of,
)
from coursecove.notifications.rendering import OUR_COLOR, Letter, Letterhead, letter, written_for
from coursecove.scheduling.booking_events import SeriesBooked, SeriesCancelled, SeriesMoved

Origin = Callable[[str], str]


def series_letters(origin: Origin) -> tuple[AnyFunction, ...]:
    """What is written about series, once to each reader, whatever is tried again."""

    @function(on=SeriesBooked)
    async def tell_of_series(run: Run[SeriesBooked]) -> None:
        """Tell teacher and student, or the student's guardians, of all dates of a series in one letter."""
        await run.step("write", write_of_booking, run.event.series_id, origin)

    @function(on=SeriesCancelled)
    async def tell_of_end_of_series(run: Run[SeriesCancelled]) -> None:
        """Tell them in one letter that a lesson and those that follow do not take place."""
        await run.step("write", write_of_cancellation, run.event.booking_id, origin)

    @function(on=SeriesMoved)
    async def tell_of_moved_series(run: Run[SeriesMoved]) -> None:
        """Tell them in one letter at which times the lessons of a series take place now."""
        await run.step("write", write_of_moves, run.event, origin)

    return tell_of_series, tell_of_end_of_series, tell_of_moved_series


async def write_of_booking(db: ServiceDb, series_id: UUID, origin: Origin) -> int:
    """How many were written; none where all of its lessons are cancelled by now."""
    times = await series_times(db, series_id)
    return await _write(db, times, "booked", f"series:{series_id}:booked", origin)


async def write_of_cancellation(db: ServiceDb, booking_id: UUID, origin: Origin) -> int:
    """How many were written."""
    times = await cancelled_together(db, booking_id)
    return await _write(db, times, "cancelled", f"series:{booking_id}:cancelled", origin)


async def write_of_moves(db: ServiceDb, moved: SeriesMoved, origin: Origin) -> int:
    """How many were written; of lessons that are cancelled by now nothing is said."""
    times = await times_of(db, moved.booking_ids)
    return await _write(db, times, "moved", f"series:{moved.booking_ids[0]}:moved:{moved.version}", origin)


async def _write(db: ServiceDb, times: Sequence[SeriesTime], news: str, key: str, origin: Origin) -> int:
    facts = await lesson_facts(db, times[0].id) if times else None
    if facts is None:
        return 0
    readers = await lesson_readers(db, facts.id)
    for reader in readers:
        words = series_letter(facts, times, reader, news, origin(facts.label))
        await queue_mail(
            db,
            to=reader.email,
            subject=words.subject,
            text=words.text,
            html=words.html,
            key=f"{key}:{reader.id}",
            school_id=facts.school_id,
        )
    return len(readers)


def series_letter(
    facts: LessonFacts, times: Sequence[SeriesTime], reader: LessonReader, news: str, url: str
) -> Letter:
    """The letter to one of them, with the times on their own clock."""
    head = Letterhead(one_line(facts.school_name), url, facts.brand_color or OUR_COLOR, reader.locale)
    with written_for(Reader(reader.locale, reader.time_zone)):
        lessons = plural(len(times), _("lesson"), _("lessons"))
        said = {
            "what": one_line(facts.title),
            "lessons": lessons,
            "when": local_time(facts.starts_at, "zone"),
        }
        subject = {
            "booked": _("Booked: %(what)s, %(lessons)s from %(when)s"),
            "moved": _("Moved: %(what)s, %(lessons)s from %(when)s"),
            "cancelled": _("Cancelled: %(what)s, %(lessons)s from %(when)s"),
        }[news]
        return letter(
            "series",
            subject % said,
            head,
            news=news,
            lesson=facts,
            dates=[local_time(each.starts_at, "zone") for each in times],
            whom=one_line(facts.student if reader.teaches else facts.teacher),
            student=one_line(facts.student),
            teaches=reader.teaches,
            link=f"{url}/lessons/{facts.id}",
        )
