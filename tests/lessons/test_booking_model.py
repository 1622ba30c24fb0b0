"""Many people book, move and cancel at once, for as long as the test lasts: nobody is ever at two places."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

import pytest
import pytest_asyncio

from coursecove.accounts.roles import Role
from coursecove.kit.db import Database
from tests.conftest import Server, World
from tests.lessons.stage import Piano, overlaps, set_up
from tests.people.stage import Site, Visitor

Admin = "asyncpg.Connection[asyncpg.Record]"
CLOCKS = [f"{hour:02}:{minute:02}" for hour in (9, 10, 11, 12) for minute in (0, 15, 30, 45)]
EXPECTED = {303, 409}


@dataclass
class Model:
    """What the people know who act: the lessons that they were told are theirs, at which version, and where."""

    rng: Random
    people: list[tuple[UUID, Visitor]]
    piano: Piano
    teachers: list[UUID]
    held: dict[str, tuple[UUID, int, str]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)

    async def act(self) -> None:
        """One thing that somebody does; their own lesson, or any free time."""
        mine, (student, visitor) = sorted(self.held), self.rng.choice(self.people)
        path = self.rng.choice(mine) if mine and self.rng.random() < 0.5 else None
        if path is None:
            await self._book(student, visitor)
        elif self.rng.random() < 0.6:
            await self._move(path)
        else:
            await self._cancel(path)

    async def _book(self, student: UUID, visitor: Visitor) -> None:
        clock = self.rng.choice(CLOCKS)
        teacher = self.rng.choice([*self.teachers, ""])
        answer = await visitor.post("/lessons", self.piano.form(clock, teacher=teacher))
        self._note("book", answer.status_code)
        if answer.status_code == 303:
            self.held[answer.headers["location"]] = (student, 1, clock)

    async def _move(self, path: str) -> None:
        student, version, _clock = self.held[path]
        clock = self.rng.choice(CLOCKS)
        form = {"at": self.piano.at(clock).isoformat(), "version": str(version)}
        answer = await self._of(student).post(f"{path}/move", form)
        self._note("move", answer.status_code)
        if answer.status_code == 303:
            self.held[path] = (student, version + 1, clock)

    async def _cancel(self, path: str) -> None:
        student, version, _clock = self.held[path]
        answer = await self._of(student).post(f"{path}/cancellation", {"version": str(version), "late": "0"})
        self._note("cancel", answer.status_code)
        if answer.status_code == 303:
            self.held.pop(path, None)

    def _of(self, student: UUID) -> Visitor:
        return next(visitor for key, visitor in self.people if key == student)

    def _note(self, what: str, status: int) -> None:
        assert status in EXPECTED, (what, status)
        self.told[f"{what} {status}"] += 1


@pytest_asyncio.fixture
async def patient(url: str, server: Server) -> AsyncIterator[Site]:
    config = replace(server.settings.database_config(url), connections=8, connect_timeout=120)
    database = await Database.open(config)
    made = Site(server.settings, database)
    yield made
    await made.close()
    await database.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_nobody_is_ever_at_two_places_and_no_lesson_is_lost(
    patient: Site, world: World, admin: Admin, seed: int
) -> None:
    piano = await set_up(admin, world, "hana", "tomas", "marcus")
    students = [each for each in world.music.people.values() if each.role == Role.STUDENT][:8]
    model = Model(
        Random(seed),  # noqa: S311 - not a secret
        [(each.member_id, patient.browser(each)) for each in students],
        piano,
        [world.music.people[key].member_id for key in ("hana", "tomas", "marcus")],
    )
    for _ in range(8):
        await asyncio.gather(*(model.act() for _ in range(8)))
        assert await overlaps(admin) == []
        kept = {
            f"/lessons/{row['id']}": (row["student_id"], row["starts_at"])
            for row in await admin.fetch(
                "select id, student_id, starts_at from bookings where status = 'booked'"
            )
        }
        assert kept.keys() == model.held.keys()
        assert all(kept[path][0] == student for path, (student, _, _) in model.held.items())
    assert min(model.told[what] for what in ("book 303", "book 409", "move 303", "cancel 303")) > 0, (
        model.told
    )
