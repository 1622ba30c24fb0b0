"""People asked to join: one, several after a look, ten thousand; sent again, taken back, accepted."""

import re

import pytest

from coursecove.demo import external_id
from tests.conftest import World
from tests.people.stage import Site, Visitor, has, said

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
def owner(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["amara"])


async def _invite(owner: Visitor, email: str, role: str = "TEACHER") -> str:
    page = await owner.follow("/people/invitations", {"email": email, "role": role})
    found = re.search(r"/people/invitations/([0-9a-f-]{36})/revocation", page.text)
    assert found is not None, said(page)
    return found[1]


async def _list_of(owner: Visitor, text: str, role: str = "STUDENT") -> str:
    answer = await owner.post("/people/lists", {"text": text, "list_role": role})
    assert answer.status_code == 303, said(answer)
    location: str = answer.headers["location"]
    return location


async def test_one_person_is_invited_and_stands_on_the_list(site: Site, owner: Visitor) -> None:
    page = await owner.follow("/people/invitations", {"email": " Mina@Example.com ", "role": "TEACHER"})
    assert "mina@example.com" in page.text
    assert "Invited (1)" in page.text
    (sent,) = site.provider.open_invitations()
    assert (sent["email_address"], sent["role"]) == ("mina@example.com", "org:teacher")
    assert not has(page.text, "id.example/secret")


async def test_an_invitation_is_undone_from_its_toast(site: Site, owner: Visitor) -> None:
    page = await owner.follow("/people/invitations", {"email": "mina@example.com", "role": "TEACHER"})
    undo = re.search(r'action="(/people/changes/[^"]+/undoing)"', page.text)
    assert undo is not None
    page = await owner.follow(undo[1])
    assert "Undone." in page.text
    assert "Nobody is invited" in page.text
    assert site.provider.open_invitations() == []


async def test_an_invitation_is_sent_again_and_taken_back(site: Site, owner: Visitor) -> None:
    invitation = await _invite(owner, "mina@example.com")
    before = site.provider.open_invitations()[0]["expires_at"]
    page = await owner.follow(f"/people/invitations/{invitation}/resending")
    assert "gets a new invitation" in page.text
    assert site.provider.open_invitations()[0]["expires_at"] > before
    page = await owner.follow(f"/people/invitations/{invitation}/revocation")
    assert "no longer works" in page.text
    assert site.provider.open_invitations() == []
    assert (await owner.post(f"/people/invitations/{invitation}/revocation")).status_code == 404


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "This is not an email address."),
        ("mina", "This is not an email address."),
        ("hana@example.com", "This person is a member already."),
        ("HANA@example.com", "This person is a member already."),
        ("refused@example.com", "This does not have the right form."),
    ],
)
async def test_what_cannot_be_invited_is_said_beside_the_field(
    owner: Visitor, email: str, words: str
) -> None:
    answer = await owner.post("/people/invitations", {"email": email, "role": "TEACHER"})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{email}"' in answer.text


async def test_nobody_is_invited_twice(site: Site, owner: Visitor) -> None:
    await _invite(owner, "mina@example.com")
    answer = await owner.post("/people/invitations", {"email": "mina@example.com", "role": "STUDENT"})
    assert "This person has an open invitation already." in answer.text
    assert len(site.provider.open_invitations()) == 1


async def test_an_invitation_past_its_end_is_shown_so_and_may_be_made_anew(
    site: Site, owner: Visitor, admin: Admin
) -> None:
    await _invite(owner, "mina@example.com")
    await admin.execute("update invitations set expires_at = now() - interval '1 minute'")
    assert "Expired" in (await owner.get("/people?status=invited")).text
    for each in site.provider.invitations.values():
        each["status"] = "expired"
    page = await owner.follow("/people/invitations", {"email": "mina@example.com", "role": "STUDENT"})
    assert not has(page.text, "Expired")
    assert "Invited (1)" in page.text


async def test_whoever_joins_has_taken_their_invitation(
    site: Site, owner: Visitor, world: World, admin: Admin
) -> None:
    await _invite(owner, "lena@example.com")
    lena = world.yoga.people["lena"].claims.subject
    assert lena is not None
    membership = await site.port.add_member(external_id("org", "musicschool"), lena, "TEACHER")
    await site.learning.learn("organizationMembership.created", membership.raw)
    await site.work()
    assert await admin.fetchval("select status from invitations") == "accepted"
    assert "Nobody is invited" in (await owner.get("/people?status=invited")).text


class TestALookFirst:
    LINES = (
        "mina@example.com\n"
        "Ann Lee <ann@example.com>, teacher\n"
        "not an address\n"
        "hana@example.com\n"
        "mina@example.com\n"
        "zoe@example.com, king\n"
        "refused@example.com, guardian\n"
    )

    async def test_every_line_is_shown_with_what_is_wrong_and_nothing_is_sent(
        self, site: Site, owner: Visitor
    ) -> None:
        page = await owner.get(await _list_of(owner, self.LINES))
        for words in (
            "3 lines can be carried out.",
            "4 lines have a problem and are left out.",
            "There is no address in this line.",
            "This person is a member already.",
            "This address stands further up already.",
            "We do not know this role.",
            "Send 3 invitations",
        ):
            assert words in page.text, words
        assert site.provider.calls == []

    async def test_it_is_carried_out_in_the_background_and_tells_of_each_line(
        self, site: Site, owner: Visitor
    ) -> None:
        path = await _list_of(owner, self.LINES)
        page = await owner.follow(f"{path}/start")
        assert "Under way" in page.text
        assert 'hx-trigger="every 2s"' in page.text
        await site.work()
        page = await owner.get(path)
        assert "2 carried out" in page.text
        assert "This does not have the right form." in page.text
        roles = {each["email_address"]: each["role"] for each in site.provider.open_invitations()}
        assert roles == {"mina@example.com": "org:student", "ann@example.com": "org:teacher"}
        lines = (await owner.get(f"{path}/export")).text.splitlines()
        assert lines[0].startswith("\ufeffLine,Given,Email")
        assert len(lines) == 8
        assert "Not done" in (await owner.get(f"{path}?state=refused")).text

    async def test_it_starts_once(self, site: Site, owner: Visitor) -> None:
        path = await _list_of(owner, "mina@example.com")
        assert (await owner.post(f"{path}/start")).status_code == 303
        assert (await owner.post(f"{path}/start")).status_code == 409
        assert (await owner.post(f"{path}/discarding")).status_code == 409

    async def test_it_is_put_away(self, site: Site, owner: Visitor) -> None:
        path = await _list_of(owner, "mina@example.com")
        page = await owner.follow(f"{path}/discarding")
        assert "Nothing was sent." in page.text
        assert (await owner.post(f"{path}/start")).status_code == 409

    async def test_it_is_taken_back_as_a_whole(self, site: Site, owner: Visitor) -> None:
        path = await _list_of(owner, "mina@example.com\nann@example.com")
        await owner.post(f"{path}/start")
        await site.work()
        page = await owner.follow(f"{path}/undoing")
        assert "are being taken back" in page.text
        await site.work()
        assert site.provider.open_invitations() == []

    async def test_a_file_is_read_like_a_pasted_list(self, site: Site, owner: Visitor) -> None:
        raw = "\ufeffName;Email;Role\r\nMina;mina@example.com;Parent\r\n".encode()
        answer = await owner.post(
            "/people/lists",
            {"text": "", "list_role": "STUDENT"},
            files={"file": ("families.csv", raw, "text/csv")},
        )
        page = await owner.get(answer.headers["location"])
        assert "families.csv" in page.text
        assert "Guardian" in page.text

    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b"", "There is no address in this list."),
            (b"\x00\x01\x02PK", "This file is not text."),
            (b"a@example.com\n" * 10_001, "A list may have 10,000 lines."),
        ],
    )
    async def test_a_file_that_cannot_be_used_is_said_so(
        self, owner: Visitor, raw: bytes, words: str
    ) -> None:
        answer = await owner.post(
            "/people/lists", {"text": "", "list_role": "STUDENT"}, files={"file": ("x.csv", raw, "text/csv")}
        )
        assert answer.status_code == 422
        assert words in answer.text

    async def test_a_provider_that_takes_no_more_is_waited_for(
        self, site: Site, owner: Visitor, admin: Admin
    ) -> None:
        site.provider.too_many = True
        path = await _list_of(owner, "mina@example.com\nann@example.com")
        await owner.post(f"{path}/start")
        await site.work()
        assert "Under way" in (await owner.get(path)).text
        assert await admin.fetchval(
            "select max(due_at) > now() + interval '9 minutes' from function_runs where status = 'waiting'"
        )
        site.provider.too_many = False
        await admin.execute("update function_runs set due_at = now() where status = 'waiting'")
        await site.work()
        assert "2 carried out" in (await owner.get(path)).text

    async def test_an_answer_that_was_lost_invites_nobody_twice(self, site: Site, owner: Visitor) -> None:
        site.provider.deaf = True
        path = await _list_of(owner, "mina@example.com\nann@example.com")
        await owner.post(f"{path}/start")
        await site.work()
        assert "2 carried out" in (await owner.get(path)).text
        assert len(site.provider.open_invitations()) == 2


async def _ten_thousand(owner: Visitor) -> str:
    raw = "email,role\n" + "\n".join(f"person{number}@example.com,student" for number in range(10_000))
    answer = await owner.post(
        "/people/lists",
        {"text": "", "list_role": "STUDENT"},
        files={"file": ("all.csv", raw.encode(), "text/csv")},
    )
    assert answer.status_code == 303, said(answer)
    path: str = answer.headers["location"]
    return path


async def test_ten_thousand_lines_are_looked_at_page_by_page(site: Site, owner: Visitor) -> None:
    page = await owner.get(await _ten_thousand(owner))
    assert "10000 lines can be carried out." in page.text
    assert page.text.count("<tr>") == 51
    assert site.provider.calls == []


@pytest.mark.deep
async def test_ten_thousand_lines_are_carried_out_in_portions(
    site: Site, owner: Visitor, admin: Admin
) -> None:
    path = await _ten_thousand(owner)
    await owner.post(f"{path}/start")
    await site.work()
    assert await admin.fetchval("select count(*) from team_changes where status = 'done'") == 10_000
    assert await admin.fetchval("select count(*) from invitations where status = 'pending'") == 10_000
    assert "10000 carried out" in (await owner.get(path)).text


@pytest.mark.parametrize("key", ["hana", "isla", "priya"])
async def test_only_owners_invite(site: Site, world: World, key: str) -> None:
    browser = site.browser(world.music.people[key])
    form = {"email": "mina@example.com", "role": "SUPER_ADMIN"}
    assert (await browser.get("/people/invite")).status_code == 403
    assert (await browser.post("/people/invitations", form)).status_code == 403
    assert (
        await browser.post("/people/lists", {"text": "a@example.com", "list_role": "STUDENT"})
    ).status_code == 403
    assert site.provider.calls == []
