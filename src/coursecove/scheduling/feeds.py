"""Feeds: the secret address of a member's lessons, and what a calendar reads there (RFC 5545)."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from icalendar import Calendar, Event, vText, vUri

from coursecove.accounts.access import Member
from coursecove.kit.db import UserDb
from coursecove.kit.ids import new_id
from coursecove.kit.mail import one_line
from coursecove.scheduling.booking_models import BookingStatus
from coursecove.scheduling.booking_wording import place_words
from coursecove.scheduling.calendar_queries import FeedLesson

FORGET = "delete from calendar_feeds where organization_id = $1 and member_id = $2"
KEEP = "insert into calendar_feeds (organization_id, id, member_id, secret_hash) values ($1, $2, $3, $4)"


async def make_feed(db: UserDb, actor: Member) -> str:
    """A new secret for the member's own feed; the address before it stops working. It is told once."""
    secret = secrets.token_urlsafe(32)
    await revoke_feed(db, actor)
    await db.value(KEEP, actor.school_id, new_id(), actor.id, digest(secret))
    return secret


async def revoke_feed(db: UserDb, actor: Member) -> None:
    """Whoever has the address reads nothing there any more."""
    await db.value(FORGET, actor.school_id, actor.id)


def digest(secret: str) -> bytes:
    """What is kept of a feed's secret: 256 random bits need no slow hash."""
    return sha256(f"feed:{secret}".encode()).digest()


def feed_path(secret: str) -> str:
    return f"/calendar/feeds/{secret}.ics"


def calendar_file(me: Member, lessons: Sequence[FeedLesson], origin: str) -> bytes:
    """The member's lessons as a calendar. Times are instants in UTC, so that no reader needs our zones."""
    calendar = Calendar()
    calendar.add("prodid", "-//CourseCove//Lessons//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", one_line(me.school_name))
    calendar.add("refresh-interval", vText("PT1H"), parameters={"VALUE": "DURATION"})
    for lesson in lessons:
        calendar.add_component(_event(me, lesson, origin))
    body: bytes = calendar.to_ical()
    return body


def _event(me: Member, lesson: FeedLesson, origin: str) -> Event:
    event = Event()
    event.add("uid", f"{lesson.id}@coursecove")
    event.add("sequence", lesson.version)
    event.add("dtstamp", _utc(lesson.changed_at))
    event.add("dtstart", _utc(lesson.starts_at))
    event.add("dtend", _utc(lesson.ends_at))
    event.add("summary", f"{lesson.title}: {_whom(me, lesson)}" if _whom(me, lesson) else lesson.title)
    event.add("status", "CONFIRMED" if lesson.status == BookingStatus.BOOKED else "CANCELLED")
    place = ", ".join(part for part in (place_words(lesson.location, lesson.room), lesson.address) if part)
    event.add("location", place)
    event.add("url", vUri(f"{origin}/lessons/{lesson.id}"))
    if lesson.meeting_link:
        event.add("description", lesson.meeting_link)
    return event


def _whom(me: Member, lesson: FeedLesson) -> str:
    """A teacher reads whom they teach; a family which child has the lesson, and with whom."""
    if me.id == lesson.teacher_id:
        return lesson.student
    return ", ".join(name for name in (lesson.student, lesson.teacher) if name)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
