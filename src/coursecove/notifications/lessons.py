"""Letters about lessons: booked, moved, cancelled, and a reminder the day before."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final
from uuid import UUID

from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import AnyFunction, Run, function
from coursecove.kit.mail import one_line
from coursecove.kit.web.formats import Reader, local_time
from coursecove.kit.web.language import gettext as _
from coursecove.notifications.actions import queue_mail
from coursecove.notifications.lesson_queries import LessonFacts, LessonReader, lesson_facts, lesson_readers
from coursecove.notifications.rendering import OUR_COLOR, Letter, Letterhead, letter, written_for
from coursecove.scheduling.booking_events import LessonBooked, LessonCancelled, LessonMoved, ReminderPlanned
from coursecove.scheduling.booking_models import BookingStatus

Origin = Callable[[str], str]


class News(StrEnum):
    """What a letter about a lesson tells."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDER = "reminder"


OF_A_LESSON_TO_COME: Final = frozenset({News.BOOKED, News.MOVED, News.REMINDER})


def lesson_letters(origin: Origin) -> tuple[AnyFunction, ...]:
    """One function for each fact; each letter is written once, whatever is tried again."""

    @function(on=LessonBooked)
    async def tell_of_booking(run: Run[LessonBooked]) -> None:
        """Tell teacher and student, or the student's guardians, that a lesson is booked."""
        await run.step("write", write_letters, run.event.booking_id, run.event.version, News.BOOKED, origin)

    @function(on=LessonMoved)
    async def tell_of_move(run: Run[LessonMoved]) -> None:
        """Tell them that it is at another time; of several moves in a row the last one counts."""
        await run.step("write", write_letters, run.event.booking_id, run.event.version, News.MOVED, origin)

    @function(on=LessonCancelled)
    async def tell_of_cancellation(run: Run[LessonCancelled]) -> None:
        """Tell them that it does not take place."""
        await run.step(
            "write", write_letters, run.event.booking_id, run.event.version, News.CANCELLED, origin
        )

    @function(on=ReminderPlanned)
    async def remind_of_lesson(run: Run[ReminderPlanned]) -> None:
        """Remind them a day before; nothing where the lesson was moved or cancelled since this was planned."""
        await run.step("write", write_letters, run.event.booking_id, run.event.version, News.REMINDER, origin)

    return tell_of_booking, tell_of_move, tell_of_cancellation, remind_of_lesson


async def write_letters(db: ServiceDb, booking_id: UUID, version: int, news: News, origin: Origin) -> int:
    """How many were written; none about what is not so any more."""
    facts = await lesson_facts(db, booking_id)
    if facts is None or facts.version != version:
        return 0
    if news in OF_A_LESSON_TO_COME and facts.status != BookingStatus.BOOKED:
        return 0
    readers = await lesson_readers(db, booking_id)
    for reader in readers:
        words = lesson_letter(facts, reader, news, origin(facts.label))
        await queue_mail(
            db,
            to=reader.email,
            subject=words.subject,
            text=words.text,
            html=words.html,
            key=f"lesson:{facts.id}:{news}:{version}:{reader.id}",
            school_id=facts.school_id,
        )
    return len(readers)


def lesson_letter(facts: LessonFacts, reader: LessonReader, news: News, url: str) -> Letter:
    """The letter to one of them, with the time on their own clock."""
    head = Letterhead(one_line(facts.school_name), url, facts.brand_color or OUR_COLOR, reader.locale)
    with written_for(Reader(reader.locale, reader.time_zone)):
        when = local_time(facts.starts_at, "zone")
        said = {"what": one_line(facts.title), "when": when}
        subject = {
            News.BOOKED: _("Booked: %(what)s, %(when)s"),
            News.MOVED: _("Moved: %(what)s, now %(when)s"),
            News.CANCELLED: _("Cancelled: %(what)s, %(when)s"),
            News.REMINDER: _("Reminder: %(what)s, %(when)s"),
        }[news] % said
        whom = facts.student if reader.teaches else facts.teacher
        return letter(
            "lesson",
            subject,
            head,
            news=str(news),
            lesson=facts,
            when=when,
            ends=local_time(facts.ends_at, "clock"),
            whom=one_line(whom),
            student=one_line(facts.student),
            teaches=reader.teaches,
            link=f"{url}/lessons/{facts.id}",
        )
