"""Pages of the calendar and of courses; each floor makes the same calls in one transaction as the same person."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase
from typing import Final, LiteralString
from uuid import UUID

from coursecove.accounts.access import OPEN_MEMBER
from coursecove.accounts.roles import Role
from coursecove.cli.bench import busy
from coursecove.cli.bench.comparing import Comparison
from coursecove.cli.bench.figures import Goal
from coursecove.cli.bench.floor import Script
from coursecove.cli.bench.stage import Site
from coursecove.courses.learning_queries import OPEN_LESSON, OUTLINE
from coursecove.kit.db import Claims
from coursecove.scheduling.booking_queries import ALL_WITHIN, MOST_IN_A_SPAN, TEACHERS_WITHIN
from coursecove.scheduling.calendar_queries import CALENDARS
from coursecove.scheduling.slots import GROUND

LEAST: Final = Goal("ratio", 0.25)
WEEK, MONTH = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Call:
    """One statement of a page, and its values in order."""

    statement: LiteralString
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """An address, and what the page behind it asks the database."""

    path: str
    calls: tuple[Call, ...]


def looked_at(
    name: str, role: Role, look: Callable[[Site], Looked], *, ratio: Goal = LEAST, rate: float, p99: float
) -> Comparison:
    """A page as a few people of a role look at it."""

    def requests(site: Site, _: int) -> Sequence[str]:
        path = look(site).path
        return [site.get(path, site.signed_in(person)) for person in site.some(role)]

    def floor(site: Site) -> Sequence[Script]:
        calls = look(site).calls
        found = []
        for person in site.some(role):
            claims = Claims(person.subject, UUID(person.organization_id), "sess_bench")
            found.append(script(*site.sealed(claims), calls))
        return found

    limit = Goal("p99_ms", p99, at_least=False)
    return Comparison(name, "pages/s", ratio, requests, floor, rate=rate, p99=limit)


def script(claims: str, seal: str, calls: Sequence[Call]) -> Script:
    """The page's transaction as pgbench runs it; values have letters for names, so that none begins like another."""
    values, lines = {"claims": claims, "seal": seal}, ["begin read only"]
    lines.append(f"select {OPEN_MEMBER}(:claims, :seal, 5000)")
    letters = iter(ascii_lowercase)
    for call in calls:
        statement: str = call.statement
        for number, value in enumerate(call.values, 1):
            name = f"value_{next(letters)}"
            statement = statement.replace(f"${number}", f":{name}")
            values[name] = value.isoformat() if isinstance(value, datetime) else str(value)
        lines.append(statement)
    return Script(";\n".join([*lines, "commit"]), values)


def school_week(_: Site) -> Looked:
    """Everybody's week, as an owner looks at it: 3,010 lessons on one page."""
    start = this_week()
    return Looked(
        "/calendar?view=week&teacher=all",
        (Call(ALL_WITHIN, (start, start + WEEK, MOST_IN_A_SPAN)), Call(CALENDARS)),
    )


def teacher_week(site: Site) -> Looked:
    """One teacher's 301 lessons."""
    start, teacher = this_week(), asyncio.run(busy.one_teacher(site.url))
    return Looked(
        f"/calendar?view=week&teacher={teacher}",
        (Call(TEACHERS_WITHIN, (start, start + WEEK, MOST_IN_A_SPAN, teacher)), Call(CALENDARS)),
    )


def slots(_: Site) -> Looked:
    """Free times of ten teachers within 30 days, by the JSON API."""
    start = this_week() + WEEK
    end = start + MONTH
    query = f"appointment_type_id={busy.LESSON_TYPE}&location_id={busy.PLACE}"
    span = f"from={start:%Y-%m-%dT%H:%M:%SZ}&until={end:%Y-%m-%dT%H:%M:%SZ}"
    nobody = UUID(int=0)
    asked = GROUND.replace(
        "$3::uuid is null or q.teacher_id = $3", "$3::uuid = $4::uuid or q.teacher_id = $3"
    )
    return Looked(
        f"/api/v1/slots?{query}&{span}",
        (Call(asked, (busy.LESSON_TYPE, busy.PLACE, nobody, nobody, start, end)),),
    )


def course_page(_: Site) -> Looked:
    return Looked(f"/learning/{busy.COURSE}", (Call(OUTLINE, (busy.COURSE,)),))


def lesson_page(site: Site) -> Looked:
    lesson = asyncio.run(busy.unread_lesson(site.url))
    return Looked(f"/learning/lessons/{lesson}", (Call(OPEN_LESSON, (lesson, False)),))


def this_week() -> datetime:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday())


PAGES: tuple[Comparison, ...] = (
    looked_at("week_school", Role.SUPER_ADMIN, school_week, rate=3, p99=150),
    looked_at("week_teacher", Role.SUPER_ADMIN, teacher_week, rate=20, p99=30),
    looked_at("slots", Role.STUDENT, slots, rate=5, p99=50),
    looked_at("course_page", Role.STUDENT, course_page, rate=100, p99=15),
    looked_at("lesson_page", Role.STUDENT, lesson_page, rate=100, p99=15),
)
