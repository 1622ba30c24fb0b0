"""The cast: a music school and a yoga studio with their people, for newcomers, tests and screenshots."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from coursecove.accounts.events import MemberJoined
from coursecove.accounts.founding import link_guardian
from coursecove.accounts.models import Membership, Organization
from coursecove.accounts.roles import Role
from coursecove.accounts.sync.normalising import PROVIDER_ROLES
from coursecove.accounts.sync.synthetic import apply_within, told
from coursecove.accounts.sync.taking import Arrival
from coursecove.courses.sample import add_courses, add_learners
from coursecove.kit import clock
from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.durable.operations import leave_unheard
from coursecove.scheduling.demonstration import furnish
from coursecove.scheduling.demonstration_lessons import add_lessons

LEARNERS = 12
"""How many students of a demo school learn its courses."""
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the cast, in one or more schools."""

    key: str
    first_name: str
    last_name: str
    roles: tuple[tuple[str, Role], ...]
    guards: tuple[str, ...] = ()

    @property
    def external_id(self) -> str:
        return external_id("user", self.key)

    @property
    def email(self) -> str:
        return f"{self.key.replace('_', '.')}@example.com"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def role_in(self, label: str) -> Role | None:
        return dict(self.roles).get(label)


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """One of the two schools."""

    label: str
    slug: str
    name: str
    time_zone: str
    locale: str
    brand_color: str

    @property
    def external_id(self) -> str:
        return external_id("org", self.label)


def external_id(prefix: str, key: str) -> str:
    """An id in Clerk's shape, always the same for the same key."""
    number = int.from_bytes(sha256(f"{prefix}:{key}".encode()).digest(), "big")
    digits = []
    for _ in range(27):
        number, digit = divmod(number, 62)
        digits.append(BASE62[digit])
    return f"{prefix}_{''.join(digits)}"


MUSIC = DemoSchool("musicschool", "music-school", "Harbour Music School", "Europe/London", "en-GB", "#0f766e")
YOGA = DemoSchool(
    "yogastudio", "yoga-studio", "Stillwater Yoga Studio", "America/New_York", "en-US", "#7c3aed"
)
SCHOOLS = (MUSIC, YOGA)


def _one(key: str, name: str, label: str, role: Role, guards: tuple[str, ...] = ()) -> DemoPerson:
    first, last = name.split(" ", 1)
    return DemoPerson(key, first, last, ((label, role),), guards)


LEADS = (
    _one("amara", "Amara Osei", "musicschool", Role.SUPER_ADMIN),
    DemoPerson("tomas", "Tomás", "Varga", (("musicschool", Role.TEACHER), ("yogastudio", Role.STUDENT))),
    _one("hana", "Hana Sato", "musicschool", Role.TEACHER),
    _one("marcus", "Marcus Bell", "musicschool", Role.TEACHER),
    _one("isla", "Isla Bennett", "musicschool", Role.STUDENT),
    _one("noah", "Noah Adeyemi", "musicschool", Role.STUDENT),
    _one("priya", "Priya Natarajan", "musicschool", Role.GUARDIAN, guards=("isla", "noah")),
    _one("grant", "Grant Whitfield", "musicschool", Role.GUARDIAN),
    _one("lena", "Lena Hofmann", "yogastudio", Role.SUPER_ADMIN),
    _one("ravi", "Ravi Menon", "yogastudio", Role.TEACHER),
    _one("maya", "Maya Castillo", "yogastudio", Role.STUDENT),
    _one("joel", "Joel Lindqvist", "yogastudio", Role.GUARDIAN, guards=("maya",)),
)

_FIRST = [
    "Ada",
    "Beatriz",
    "Callum",
    "Dina",
    "Elias",
    "Freya",
    "Gabriel",
    "Hiba",
    "Ines",
    "Jonas",
    "Keiko",
    "Leo",
    "Mara",
    "Nils",
    "Olive",
    "Pavel",
    "Quinn",
    "Rosa",
    "Samir",
    "Thea",
    "Uma",
    "Viktor",
    "Wren",
    "Ximena",
    "Yusuf",
    "Zoe",
]
_LAST = [
    "Abara",
    "Brandt",
    "Costa",
    "Dvořák",
    "Eriksen",
    "Fontaine",
    "Gallo",
    "Haddad",
    "Ivanova",
    "Jensen",
    "Kowalski",
    "López",
]


def _students(label: str, count: int) -> Iterator[DemoPerson]:
    for number in range(count):
        name = f"{_FIRST[number % len(_FIRST)]} {_LAST[(number * 5 + number // 26) % len(_LAST)]}"
        yield _one(f"{label}_{number + 1}", name, label, Role.STUDENT)


PEOPLE: tuple[DemoPerson, ...] = (*LEADS, *_students("musicschool", 48), *_students("yogastudio", 30))


OPERATOR = DemoPerson("operator", "Robin", "Castellane", ())
"""Runs the installation and belongs to no school."""


def people_of(school: DemoSchool) -> list[DemoPerson]:
    return [person for person in PEOPLE if person.role_in(school.label)]


async def seed(database: Database, *, lively: bool = False) -> bool:
    """Put the cast into an empty database, as its provider would tell of it; False where schools are there already.

    Lively, the schools have lessons in their calendars and learners in their courses, around today.
    """
    async with database.service_read() as db:
        if await db.value("select exists (select from organizations)"):
            return False
    async with database.service() as db:
        await apply_within(db, list(told_of_the_cast()))
        for school in SCHOOLS:
            await _furnish(db, school)
            if lively:
                await _enliven(db, school)
    return True


def told_of_the_cast() -> Iterator[Arrival]:
    """Schools, people and memberships in the provider's shapes, under their own ids."""
    now = int(clock.real_now().timestamp() * 1000)
    times = {"created_at": now, "updated_at": now}
    schools = {school.label: _organization(school) | times for school in SCHOOLS}
    for organization in schools.values():
        yield _told("organization.created", organization)
    for person in PEOPLE:
        yield _told("user.created", _user(person) | times)
        for label, role in person.roles:
            membership = _membership(person, label, role, schools[label]) | times
            yield _told("organizationMembership.created", membership)


def _told(event_type: str, data: dict[str, Any]) -> Arrival:
    return told(event_type, msgspec.json.encode(data), path="seed", webhook_id=f"seed_{data['id']}")


def _organization(school: DemoSchool) -> dict[str, Any]:
    return {"object": "organization", "id": school.external_id, "name": school.name, "slug": school.slug}


def _user(person: DemoPerson) -> dict[str, Any]:
    address_id = external_id("idn", person.key)
    address = {
        "id": address_id,
        "object": "email_address",
        "email_address": person.email,
        "verification": {"status": "verified"},
    }
    return {
        "object": "user",
        "id": person.external_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "primary_email_address_id": address_id,
        "email_addresses": [address],
    }


def _membership(person: DemoPerson, label: str, role: Role, organization: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "organization_membership",
        "id": external_id("orgmem", f"{label}:{person.key}"),
        "role": PROVIDER_ROLES[role],
        "organization": organization,
        "public_user_data": {
            "user_id": person.external_id,
            "first_name": person.first_name,
            "last_name": person.last_name,
        },
    }


async def _furnish(db: ServiceDb, school: DemoSchool) -> None:
    """What a school and its guardians set up themselves."""
    row = (
        await db.execute(select(Organization).filter_by(clerk_organization_id=school.external_id))
    ).scalar_one()
    row.time_zone, row.locale, row.brand_color = school.time_zone, school.locale, school.brand_color
    row.serves_minors, row.profiles_by = True, "guardians"
    db.belongs_to(row.id)
    found = await db.execute(select(Membership).filter_by(organization_id=row.id))
    members = {member.clerk_membership_id: member.id for member in found.scalars()}
    for person in people_of(school):
        for student in person.guards:
            guardian_id, student_id = (
                members[external_id("orgmem", f"{school.label}:{key}")] for key in (person.key, student)
            )
            await link_guardian(db, guardian_id, student_id)
    by_key = {
        person.key: members[external_id("orgmem", f"{school.label}:{person.key}")]
        for person in people_of(school)
    }
    leads = {person.key: by_key[person.key] for person in LEADS if person.key in by_key}
    await furnish(db, school.label, school.time_zone, leads)
    await add_courses(db, school.label, by_key)
    await _greet_only_leads(db, members)


async def _enliven(db: ServiceDb, school: DemoSchool) -> None:
    """Who has a name in the cast comes first, so that newcomers who sign in as one find something to do."""
    found = await db.execute(select(Membership).filter_by(organization_id=db.organization_id))
    members = {member.clerk_membership_id: member.id for member in found.scalars()}
    students = [
        members[external_id("orgmem", f"{school.label}:{person.key}")]
        for person in people_of(school)
        if person.role_in(school.label) is Role.STUDENT
    ]
    await add_lessons(db, school.time_zone, students)
    await add_learners(db, students[:LEARNERS])


async def _greet_only_leads(db: ServiceDb, members: dict[str, UUID]) -> None:
    """A mailbox with eighty welcome mails would hide those that matter."""
    leads = {external_id("orgmem", f"{label}:{person.key}") for person in LEADS for label, _ in person.roles}
    await leave_unheard(db, MemberJoined, [str(one) for key, one in members.items() if key not in leads])
