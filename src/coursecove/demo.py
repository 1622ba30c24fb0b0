"""The cast: a music school and a yoga studio with their people, for newcomers, tests and screenshots."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from coursecove.accounts.events import MemberJoined
from coursecove.accounts.founding import add_member, create_school, create_user, link_guardian
from coursecove.accounts.models import Membership, User
from coursecove.accounts.roles import Role
from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.durable.operations import leave_unheard

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


async def seed(database: Database) -> bool:
    """Put the cast into an empty database; False where schools are there already."""
    async with database.service_read() as db:
        if await db.value("select exists (select from organizations)"):
            return False
    users: dict[str, User] = {}
    async with database.service() as db:
        for person in PEOPLE:
            users[person.key] = await create_user(
                db,
                external_id=person.external_id,
                email=person.email,
                first_name=person.first_name,
                last_name=person.last_name,
            )
        for school in SCHOOLS:
            await create_school(
                db,
                external_id=school.external_id,
                name=school.name,
                slug=school.slug,
                label=school.label,
                time_zone=school.time_zone,
                locale=school.locale,
                brand_color=school.brand_color,
            )
            members: dict[str, Membership] = {}
            for person in people_of(school):
                role = person.role_in(school.label)
                if role is not None:
                    membership_id = external_id("orgmem", f"{school.label}:{person.key}")
                    members[person.key] = await add_member(
                        db, users[person.key], role, external_id=membership_id
                    )
            for person in people_of(school):
                for student in person.guards:
                    await link_guardian(db, members[person.key].id, members[student].id)
            await _greet_only_leads(db, members)
    return True


async def _greet_only_leads(db: ServiceDb, members: dict[str, Membership]) -> None:
    """A mailbox with eighty welcome mails would hide those that matter."""
    leads = {person.key for person in LEADS}
    crowd = [str(member.id) for key, member in members.items() if key not in leads]
    await leave_unheard(db, MemberJoined, crowd)
