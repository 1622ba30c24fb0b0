"""Fifty students who want the same time at the same moment: one gets it, and how long they all wait."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from coursecove.cli.bench import busy
from coursecove.cli.bench.comparing import Amount, answers_to
from coursecove.cli.bench.figures import Goal, Result, percentile
from coursecove.cli.bench.load import Order
from coursecove.cli.bench.pages import WEEK, this_week
from coursecove.cli.bench.stage import Site

CONTENDERS: Final = 50
QUICK: Final = Goal("p95_ms", 10, at_least=False)
FREE: Final = (2, 5, 7, 10)
"""Half hours after nine that no teacher of the measured school has given away."""


def contended(site: Site, amount: Amount) -> Result:
    """Rounds of fifty bookings at once, each round of another time."""
    teacher = asyncio.run(busy.one_teacher(site.url))
    students = asyncio.run(busy.contenders(site.url, CONTENDERS))
    waits: list[float] = []
    wrong = 0
    for number in range(-1, amount.rounds):
        at = _free_time(number + 1)
        requests = [_request(site, teacher, student, at) for student in students]
        answers = answers_to(Order(site.ports, requests, CONTENDERS, 0.0))
        winners = asyncio.run(busy.lessons_at(site.url, teacher, at))
        wrong += (winners, answers.statuses) != (1, {"201": 1, "409": CONTENDERS - 1})
        if number >= 0:
            waits += answers.milliseconds
    p95 = percentile(waits, 0.95)
    return Result(
        "booking_contended",
        f"{QUICK}, one winner",
        QUICK.is_met(p95) and not wrong,
        amount.rounds,
        "ms (p95)",
        p95,
        wrong,
        CONTENDERS,
        p50_ms=percentile(waits, 0.5),
        p99_ms=percentile(waits, 0.99),
    )


def _free_time(number: int) -> datetime:
    day, place = number // len(FREE) % 5, number % len(FREE)
    return this_week() + WEEK + timedelta(days=day, hours=9, minutes=30 * FREE[place])


def _request(site: Site, teacher: UUID, student: UUID, at: datetime) -> str:
    wanted = {
        "appointment_type_id": busy.LESSON_TYPE,
        "location_id": busy.PLACE,
        "teacher_id": teacher,
        "student_id": student,
        "starts_at": at.isoformat(),
    }
    body = json.dumps(wanted, default=str)
    host = site.root.netloc(f"{site.size.measured}.{site.root.name}")
    lines = ["POST /api/v1/bookings HTTP/1.1", f"Host: {host}", f"Authorization: Bearer cove_bench_{student}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body
