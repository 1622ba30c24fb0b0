"""The welcome mail: once for a person, in the first school's name, whatever people call themselves."""

import html
import re
from dataclasses import replace
from email import message_from_bytes, policy
from html.parser import HTMLParser
from uuid import UUID

import pytest

from coursecove.accounts.events import MemberJoined
from coursecove.accounts.founding import add_member, create_user
from coursecove.accounts.models import Membership, User
from coursecove.accounts.roles import Role
from coursecove.kit.db import Database
from coursecove.kit.mail import Address
from coursecove.notifications.functions import PersonUnknown, welcome_letter, write_welcome
from coursecove.notifications.queries import Newcomer
from coursecove.notifications.rendering import Letterhead
from coursecove.providers.mail import Message
from coursecove.providers.mail.smtp import mime
from tests.conftest import World
from tests.notifications.postroom import Postroom, origin
from tests.providers.resend_server import ResendServer
from tests.providers.test_message import GOOD

PERSON = Newcomer(
    user_id=UUID(int=1),
    email="isla@music.example",
    first_name="Isla",
    display_name="Isla Bennett",
    provisional=False,
    role="STUDENT",
    school_id=UUID(int=2),
    school_name="Harbour Music School",
    label="musicschool",
    brand_color="#0f766e",
    locale="en-GB",
    time_zone="Europe/London",
)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "%(school)s %s %",
    "a\r\nBcc: victim@bank.example\r\n\r\nhello",
    "</title><script>alert(1)</script>",
    "\u202egnp.exe",
    "x" * 500,
]


async def person(database: Database, email: str | None = "new@music.example") -> User:
    async with database.service() as db:
        return await create_user(
            db, external_id="user_new", email=email, first_name="Niamh", last_name="O'Brien"
        )


async def join(database: Database, school_id: UUID, user: User, role: Role, number: int = 1) -> Membership:
    async with database.service(school_id) as db:
        return await add_member(db, user, role, external_id=f"orgmem_new_{number}")


async def test_a_person_is_welcomed_once_though_they_join_two_schools(
    postroom: Postroom, resend: ResendServer, world: World
) -> None:
    user = await person(postroom.database)
    await join(postroom.database, world.music.id, user, Role.TEACHER, 1)
    await join(postroom.database, world.yoga.id, user, Role.STUDENT, 2)
    await postroom.deliver()
    [row] = await postroom.mails()
    assert row["key"] == f"welcome:{user.id}"
    assert row["school_id"] in (world.music.id, world.yoga.id)
    [mail] = resend.mails
    assert mail["to"] == ["new@music.example"]


async def test_it_speaks_in_the_schools_name(postroom: Postroom, resend: ResendServer, world: World) -> None:
    await join(postroom.database, world.music.id, await person(postroom.database), Role.TEACHER)
    await postroom.deliver()
    [mail] = resend.mails
    color = await postroom.value("select brand_color from organizations where id = $1", world.music.id)
    assert mail["from"] == "Harbour Music School <no-reply@coursecove.example>"
    assert mail["subject"] == "Welcome to Harbour Music School"
    for body in (html.unescape(mail["html"]), mail["text"]):
        assert "Welcome, Niamh" in body
        assert "https://musicschool.coursecove.example" in body
        assert "as teacher" in body
    assert f"background:{color}" in mail["html"]


async def test_somebody_without_an_address_is_not_written_to(
    postroom: Postroom, resend: ResendServer, world: World
) -> None:
    await join(postroom.database, world.music.id, await person(postroom.database, None), Role.STUDENT)
    await postroom.deliver()
    assert await postroom.mails() == []
    assert await postroom.value("select count(*) from function_runs where status <> 'done'") == 0


async def test_an_address_that_the_provider_tells_later_is_waited_for(
    postroom: Postroom, world: World
) -> None:
    user = await person(postroom.database, None)
    await postroom.value("update users set provisional = true where id = $1 returning 1", user.id)
    member = await join(postroom.database, world.music.id, user, Role.STUDENT)
    await postroom.deliver()  # every try comes to nothing, and nobody is alarmed
    assert await postroom.mails() == []
    assert await postroom.value("select status from function_runs") == "done"

    async with postroom.database.service(world.music.id) as db:
        with pytest.raises(PersonUnknown):
            await write_welcome(db, member.id, origin, patient=True)
        await db.value("update users set email = 'late@music.example' where id = $1 returning 1", user.id)
        assert await write_welcome(db, member.id, origin, patient=True)
    assert [mail["recipient"] for mail in await postroom.mails()] == ["late@music.example"]


async def test_who_left_before_is_not_welcomed(postroom: Postroom, world: World) -> None:
    member = await join(postroom.database, world.music.id, await person(postroom.database), Role.STUDENT)
    await postroom.value(
        "update organization_memberships set status = 'INACTIVE' where id = $1 returning 1", member.id
    )
    await postroom.deliver()
    assert await postroom.mails() == []


async def test_a_fact_of_one_school_greets_nobody_of_another(postroom: Postroom, world: World) -> None:
    async with postroom.database.service(world.yoga.id) as db:
        await db.emit(MemberJoined(world.music.one(Role.STUDENT).member_id, Role.STUDENT))
    await postroom.deliver()
    assert await postroom.mails() == []


class _Seen(HTMLParser):
    """Tags and the text between them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:16])
@pytest.mark.parametrize("place", ["first_name", "school_name", "display_name"])
def test_hostile_names_stay_names(place: str, name: str) -> None:
    changes = {place: name} | ({"first_name": None} if place == "display_name" else {})
    letter = welcome_letter(replace(PERSON, **changes), origin("musicschool"))
    seen, calm = _Seen(letter.html), _Seen(welcome_letter(PERSON, origin("musicschool")).html)
    shown = " ".join(name.split())
    assert seen.tags == calm.tags
    assert not [key for key, _ in seen.attributes if key.startswith("on")]
    assert shown in seen.text
    assert shown in letter.text
    assert "\n" not in letter.subject
    sender = Address("no-reply@coursecove.example").named(replace(PERSON, **changes).school_name[:200])
    message = Message("isla@music.example", letter.subject[:200], letter.text, letter.html, sender, GOOD.date)
    read = message_from_bytes(mime(message, "key").as_bytes(), policy=policy.default)
    assert read["Bcc"] is None
    assert len(read["To"].addresses) == 1


def test_text_and_html_say_the_same() -> None:
    letter = welcome_letter(PERSON, origin("musicschool"))
    said = " ".join(_Seen(letter.html).text.split())
    for line in filter(None, map(str.strip, letter.text.splitlines())):
        assert line in said or line in ("--", origin("musicschool")) or "Keep this address" in line
    assert f'href="{origin("musicschool")}"' in letter.html


def test_every_colour_can_be_read_on() -> None:
    for color in ("#ffffff", "#000000", "#fde047", "#0f766e", "#767676", "#777777", "#ff0000", "#00ff00"):
        head = Letterhead("A", "https://a.example", color)
        assert contrast(color, head.on_color) >= 4.5, color


def contrast(one: str, other: str) -> float:
    def light(color: str) -> float:
        channels = [int(pair, 16) / 255 for pair in re.findall("[0-9a-f]{2}", color)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_right_to_left_languages_turn_the_mail() -> None:
    letter = welcome_letter(replace(PERSON, locale="ar"), origin("musicschool"))
    assert 'lang="ar" dir="rtl"' in letter.html
