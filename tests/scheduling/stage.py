"""The music school's people at their browsers, and what they do there again and again."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import httpx

from tests.pages.stage import Site, Visitor

TYPE = {
    "name": "Cello, 30 minutes",
    "description": "One to one.",
    "duration_minutes": "30",
    "buffer_before_minutes": "0",
    "buffer_after_minutes": "5",
    "notice_hours": "12",
    "horizon_days": "60",
    "daily_limit": "",
    "price": "28.50",
    "currency": "GBP",
    "colour": "#0f766e",
    "cancel_notice_hours": "24",
}
LOCATION = {
    "name": "Mill Lane",
    "kind": "in_person",
    "address": "3 Mill Lane",
    "time_zone": "Europe/London",
    "meeting_link": "",
}


@dataclass
class School:
    """Who does what in the music school."""

    site: Site

    def browser(self, key: str) -> Visitor:
        return self.site.member(self.site.world.music.people[key])

    @property
    def owner(self) -> Visitor:
        return self.browser("amara")

    def member_id(self, key: str) -> UUID:
        return self.site.world.music.people[key].member_id

    async def value(self, sql: Any, *args: object) -> Any:
        async with self.site.stage.database.service() as db:
            return await db.value(sql, *args)

    async def make_location(self, **changes: str) -> str:
        """The address of a new location."""
        answer = await self.owner.post("/schedule/locations", {**LOCATION, **changes})
        assert answer.status_code == 303, words(answer)
        return answer.headers["location"]

    async def make_type(self, *, at: str | None = None, **changes: str) -> str:
        """The address of a new draft."""
        form: dict[str, str | list[str]] = {**TYPE, **changes}
        if at is not None:
            form["location_ids"] = [at.rpartition("/")[2]]
        answer = await self.owner.post("/schedule/types", form)
        assert answer.status_code == 303, words(answer)
        return answer.headers["location"]

    async def publish(self, path: str, *teachers: str) -> httpx.Response:
        """Say who teaches it, then publish it."""
        ids = [str(self.member_id(key)) for key in teachers]
        await self.owner.post(f"{path}/teachers", {"teacher_ids": ids})
        return await self.owner.post(f"{path}/publication")


def today() -> date:
    return datetime.now(UTC).date()


def words(answer: httpx.Response) -> str:
    """The page's words, for a failing test."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())[-2000:]


def version_in(answer: httpx.Response) -> str:
    found = re.search(r'name="version" value="(\d+)"', answer.text)
    assert found is not None
    return found[1]


def undo_of(answer: httpx.Response) -> str:
    """The address that the toast's way back posts to."""
    cookie = next(value for name, value in answer.cookies.items() if "toast" in name)
    undo = unquote(cookie.strip('"').partition("&")[2])
    assert undo, cookie
    return undo
