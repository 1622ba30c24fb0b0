"""What the installation of the browser tests holds beside the two demo schools: extremes, and beginnings."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from coursecove import demo
from coursecove.accounts.founding import add_member, create_school, link_guardian
from coursecove.accounts.models import Membership, User
from coursecove.accounts.names import sortable
from coursecove.accounts.roles import Role
from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.ids import new_id
from coursecove.notifications.actions import queue_mail
from tests.conftest import World, read_world
from tests.pages import booking_addresses, scheduling_addresses
from tests.pages.addresses import MADE, MADE_IDS
from tests.pages.course_addresses import course_made
from tests.pages.learning_addresses import learning_made

LONG, NEW = "gesellschaft", "newschool"
LONG_SCHOOL = (
    "Internationale Gesellschaft für frühmusikalische Erziehung und Klangforschung zu Wolkenburg-Hohenstein"
)
LONG_NAMES = {
    Role.SUPER_ADMIN: "Maximiliane-Alexandrina von Hohenstein-Wolkenburg zu Donaudampfschifffahrtsgesellschaft",
    Role.TEACHER: "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe",
    Role.STUDENT: "Adhurimi-Përparimi Krasniqi-Gjonbalaj de los Ángeles y Santísima Trinidad Fernández",
    Role.GUARDIAN: "พระเจ้าวรวงศ์เธอกรมหมื่นพิทยลาภพฤฒิยากรณ์และสมเด็จพระราชปิตุลาบรมพงศาภิมุข",
}
PLAYERS = {
    LONG: {role: f"yogastudio_{number}" for number, role in enumerate(Role, 1)},
    NEW: {role: f"yogastudio_{number}" for number, role in enumerate(Role, 5)},
}
"""Who of the yoga studio is in these schools too, so that the cast's own are left alone."""

ADD_DEAD = """
    insert into function_runs (organization_id, id, function, dedup_value, event_id, status, error, attempt, finished_at)
    select organization_id, $1, 'accounts-send-a-very-long-welcome-to-everybody', id::text, id, 'dead',
           'Unavailable: https://mail.example.com/v1/messages/01933f0e7c1a7b6e9f answered 503 to five attempts in a row', 6, now()
      from events where organization_id = $2 limit 1"""
CERTIFICATE = """
    select id from certificates where organization_id = $1 and course_id = $2 and member_id = $3"""


@dataclass(frozen=True)
class Scenes:
    """The rows that addresses are made of."""

    world: World
    mail: UUID
    made: Mapping[str, UUID]

    def filled(self, path: str) -> str:
        """`/people/{priya}` with the id of Priya's membership in the music school."""
        music = self.world.music
        members = {key: person.member_id for key, person in music.people.items()}
        others = {"mail": self.mail, "school": music.id, "user": music.people["amara"].user_id}
        return path.format_map({**members, **others, **self.made})


async def set_up(database: Database) -> Scenes:
    """Found the two further schools and let one run give up; then read who is where."""
    world = await read_world(database)
    for label, name, brand in ((LONG, LONG_SCHOOL, "#facc15"), (NEW, "Kettle Hill Tutoring", None)):
        async with database.service() as db:
            await _found(db, label, name, brand)
    async with database.service() as db:
        await (await db.connection()).execute(ADD_DEAD, new_id(), world.music.id)
    return Scenes(world, await _letter(database), await _rows(database, world))


async def _rows(database: Database, world: World) -> Mapping[str, UUID]:
    """One of everything that an owner meets: a list, a child's profile, a domain, somebody at the door, an export."""
    school = world.music
    async with database.service(school.id) as db:
        connection = await db.connection()
        guardian, operator = school.one(Role.GUARDIAN).member_id, demo.OPERATOR.external_id
        row = await connection.fetchrow(MADE, school.id, guardian, operator)
        lessons = await connection.fetchrow(
            scheduling_addresses.MADE, school.id, school.people["hana"].member_id
        )
        assert row is not None
        assert lessons is not None
        made = (*zip(MADE_IDS, row, strict=True), *zip(scheduling_addresses.MADE_IDS, lessons, strict=True))
        found = dict(made) | await course_made(connection, school.id)
        learned = await learning_made(connection, school.id)
        found |= {"learned_course": learned["course_id"], "learned_lesson": learned["lesson_id"]}
        certificate = await connection.fetchval(
            CERTIFICATE, school.id, learned["course_id"], school.people["isla"].member_id
        )
        found |= {"certificate": certificate}
        rows = {name.removesuffix("_id"): row_id for name, row_id in found.items()}
    return rows | await booking_addresses.scene(database, school)


async def _letter(database: Database) -> UUID:
    """A mail whose subject and addresses are as long as they come."""
    async with database.service() as db:
        subject = " ".join(LONG_NAMES.values())
        text = f"Open https://example.com/{'a' * 200}?b=1 before it is too late."
        html = (
            f"<!doctype html><html><head><title>{LONG_SCHOOL}</title></head><body><p>{text}</p></body></html>"
        )
        await queue_mail(
            db, to=f"{'a' * 60}@{'b' * 60}.example", subject=subject, text=text, html=html, key="long"
        )
        found: UUID = await db.value("select id from mail_messages where key = 'long'")
        return found


async def _found(db: ServiceDb, label: str, name: str, brand: str | None) -> None:
    external = demo.external_id("org", label)
    school = await create_school(
        db,
        external_id=external,
        name=name,
        slug=label,
        label=label,
        time_zone="Europe/Berlin",
        locale="en-GB",
        brand_color=brand or "#0f766e",
    )
    school.brand_color = brand
    school.serves_minors, school.profiles_by = True, "guardians"
    members: dict[Role, UUID] = {}
    for role, key in PLAYERS[label].items():
        user = (await db.execute(select(User).where(User.email == _email(key)))).scalar_one()
        member = await add_member(db, user, role, external_id=demo.external_id("orgmem", f"{label}:{key}"))
        if label == LONG:
            _rename(member, LONG_NAMES[role])
        members[role] = member.id
    if label == LONG:
        await link_guardian(db, members[Role.GUARDIAN], members[Role.STUDENT])


def _email(key: str) -> str:
    return next(person.email for person in demo.PEOPLE if person.key == key)


def _rename(member: Membership, name: str) -> None:
    member.display_name, member.sort_name = name, sortable(name)
