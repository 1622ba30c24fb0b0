"""Every route as everybody from the other school: what exists and what does not are told apart by nobody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from coursecove.accounts.roles import Role
from coursecove.accounts.scopes import Scope
from coursecove.kit.db import Database
from coursecove.kit.ids import NIL, new_id
from coursecove.web.api import api_document
from tests.api.conftest import ClientFor, KeyOf
from tests.conftest import Someone, World

BODIES: dict[str, dict[str, Any]] = {
    "change_me": {"locale": "en-US"},
    "change_school_settings": {"locale": "en-US"},
    "make_token": {"name": "Stranger", "scopes": ["people:read"]},
    "invite_person": {"email": "stranger@example.com", "role": "STUDENT"},
    "change_member": {"role": "GUARDIAN"},
    "make_guardianship": {"guardian_id": str(NIL), "student_id": str(NIL)},
    "make_location": {"name": "Attic"},
    "change_location": {"name": "Attic"},
    "make_room": {"name": "Attic", "location_id": str(NIL)},
    "change_room": {"name": "Attic"},
    "make_closure": {"name": "Snow", "first_day": "2030-01-01", "last_day": "2030-01-01"},
    "change_closure": {"name": "Snow"},
    "make_appointment_type": {"name": "Lute", "duration_minutes": 30},
    "change_appointment_type": {"name": "Lute"},
    "make_qualification": {"teacher_id": str(NIL), "appointment_type_id": str(NIL)},
    "change_availability": {"hours": []},
    "make_availability_exception": {"date": "2030-01-01"},
    "make_course": {"title": "Lute"},
    "patch_course": {"title": "Lute"},
    "make_module": {"title": "Strings"},
    "patch_module": {"title": "Strings"},
    "make_lesson": {"title": "Tuning"},
    "patch_lesson": {"title": "Tuning", "is_preview": False},
    "patch_draft": {"content": "Turn the peg."},
    "make_lesson_publication": {"note": "First"},
    "enrol_students": {"course_id": str(NIL), "member_ids": [str(NIL)]},
    "make_booking": {
        "appointment_type_id": str(NIL),
        "location_id": str(NIL),
        "student_id": str(NIL),
        "starts_at": "2030-01-01T15:00:00Z",
    },
    "make_series": {
        "appointment_type_id": str(NIL),
        "location_id": str(NIL),
        "student_id": str(NIL),
        "teacher_id": str(NIL),
        "starts_at": "2030-01-01T15:00:00Z",
        "every": 1,
        "count": 2,
    },
    "move_lesson": {"version": 1, "starts_at": "2030-01-01T15:00:00Z"},
    "cancel_lesson": {"version": 1},
    "note_attendance": {"status": "present"},
}


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str

    @property
    def takes_id(self) -> bool:
        return "{" in self.path

    async def ask(self, client: httpx.AsyncClient, row: UUID | None = None) -> httpx.Response:
        path = re.sub(r"\{\w+\}", str(row), self.path)
        return await client.request(self.method, path, json=BODIES.get(self.name), headers={"if-match": "*"})


def _operations() -> Iterator[Operation]:
    for path, methods in api_document()["paths"].items():
        for method, facts in methods.items():
            assert ("requestBody" in facts) == (facts["operationId"] in BODIES)
            yield Operation(facts["operationId"], method.upper(), path)


OPERATIONS = tuple(_operations())
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


@pytest.fixture
def database(module_database: Database) -> Database:
    return module_database


async def _rows(world: World, database: Database) -> list[UUID]:
    """Ids of the music school: a member of each role and every key."""
    async with database.service_read() as db:
        connection = await db.connection()
        found = await connection.fetch(
            "select id from api_tokens where organization_id = $1 limit 1", world.music.id
        )
    return [world.music.one(role).member_id for role in Role] + [row["id"] for row in found]


def _stranger(world: World, role: Role) -> Someone:
    """Somebody with this role in the yoga studio who is nothing in the music school."""
    return next(
        person
        for key, person in world.yoga.people.items()
        if person.role == role and key not in world.music.people
    )


def _said(answer: httpx.Response) -> tuple[int, dict[str, object]]:
    problem = answer.json()
    problem.pop("request_id")
    return answer.status_code, problem


@each_operation
async def test_a_session_of_the_other_school(
    client_for: ClientFor, world: World, key_of: KeyOf, database: Database, operation: Operation
) -> None:
    await key_of(world.music.people["hana"], Scope.READ_PEOPLE)
    rows = [*await _rows(world, database), new_id()]
    clients = [client_for(_stranger(world, role), at="musicschool") for role in Role]
    answers = [await operation.ask(client, row) for client in clients for row in rows]
    assert {answer.status_code for answer in answers} == {403}
    assert all(_said(answer) == _said(answers[0]) for answer in answers)


@each_operation
async def test_a_key_of_the_other_school(
    client_for: ClientFor, world: World, key_of: KeyOf, database: Database, operation: Operation
) -> None:
    keys = [
        await key_of(world.yoga.people["lena"], *Scope),
        await key_of(world.yoga.people["lena"], *Scope, of_school=True),
        await key_of(world.yoga.people["ravi"], *Scope),
        "cove_nobody",
    ]
    rows = [*await _rows(world, database), new_id()]
    clients = [client_for(key=key, at="musicschool") for key in keys]
    answers = [await operation.ask(client, row) for client in clients for row in rows]
    assert {answer.status_code for answer in answers} == {401}
    assert all(_said(answer) == _said(answers[0]) for answer in answers)


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.takes_id], ids=lambda each: each.name
)
async def test_ids_of_the_other_school_are_ids_of_nothing(
    client_for: ClientFor, world: World, key_of: KeyOf, database: Database, operation: Operation
) -> None:
    await key_of(world.music.people["hana"], Scope.READ_PEOPLE)
    rows = await _rows(world, database)
    for role in Role:
        client = client_for(_stranger(world, role))
        absent = _said(await operation.ask(client, new_id()))
        assert absent[0] in (403, 404)
        for row in rows:
            assert _said(await operation.ask(client, row)) == absent
