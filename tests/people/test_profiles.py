"""Children's profiles: made with little, consented to with evidence, let in, suspended, and grown up."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from coursecove.accounts.audit_check import broken_links
from coursecove.people.profile_actions import _years_before
from tests.conftest import Someone, World
from tests.people.stage import Site, Visitor, has, said

Admin = "asyncpg.Connection[asyncpg.Record]"
TODAY = datetime.now(UTC).date()
NINE = _years_before(TODAY, 9)
CHILD = {"first_name": "Leo", "birth_date": NINE.isoformat(), "username": "leo"}
PIN = {"pin": "830517", "pin_again": "830517"}
CHILD_S_NAME = """
    select u.clerk_user_id from managed_profiles p
      join organization_memberships m on m.id = p.member_id join users u on u.id = m.user_id"""


@pytest.fixture
def grant(world: World) -> Someone:
    return world.music.people["grant"]


@pytest.fixture
def guardian(site: Site, grant: Someone) -> Visitor:
    return site.browser(grant)


@pytest.fixture
def teacher(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["hana"])


async def _made(visitor: Visitor, **more: str) -> str:
    answer = await visitor.post("/profiles", CHILD | more)
    assert answer.status_code == 303, said(answer)
    path: str = answer.headers["location"]
    return path


async def _let_in(site: Site, guardian: Visitor, *, pin: str = "830517") -> str:
    path = await _made(guardian)
    await guardian.follow(f"{path}/consents", {"purposes": ["profile"], "signature": "grant whitfield"})
    page = await guardian.follow(
        f"{path}/activation", {"last_name": "Whitfield", "pin": pin, "pin_again": pin}
    )
    assert "Leo can sign in now." in page.text, said(page)
    return path


async def test_before_consent_no_more_is_kept_than_is_needed(
    site: Site, guardian: Visitor, admin: Admin
) -> None:
    page = await guardian.get(await _made(guardian))
    assert "Needs consent" in page.text
    row = await admin.fetchrow(
        "select first_name, last_name, username, birth_date, status, member_id from managed_profiles"
    )
    assert row is not None
    assert tuple(row) == ("Leo", None, "leo", NINE, "pending", None)
    assert site.provider.calls == []
    with pytest.raises(asyncpg.CheckViolationError):
        await admin.execute("update managed_profiles set last_name = 'Whitfield'")


async def test_nothing_goes_without_consent(site: Site, guardian: Visitor) -> None:
    path = await _made(guardian)
    refused = await guardian.post(f"{path}/activation", PIN)
    assert refused.status_code == 409
    assert "A guardian has to consent" in refused.text
    refused = await guardian.post(
        f"{path}/consents", {"purposes": ["third_parties"], "signature": "Grant Whitfield"}
    )
    assert refused.status_code == 422
    refused = await guardian.post(f"{path}/consents", {"purposes": ["profile"], "signature": "Somebody Else"})
    assert "Type your name as the school knows it" in refused.text
    assert site.provider.calls == []


async def test_a_consent_is_kept_with_its_evidence(
    site: Site, guardian: Visitor, grant: Someone, admin: Admin
) -> None:
    path = await _made(guardian)
    form = {
        "purposes": ["profile", "third_parties"],
        "signature": "Grant Whitfield",
        "at": "2001-01-01",
        "version": "0",
    }
    page = await guardian.follow(f"{path}/consents", form)
    assert "The consent is recorded." in page.text
    rows = await admin.fetch("select * from consent_records order by purpose")
    assert [(row["purpose"], row["action"], row["version"], row["method"]) for row in rows] == [
        ("profile", "given", "2026-11", "online"),
        ("third_parties", "given", "2026-11", "online"),
    ]
    record = rows[0]
    assert record["guardian_id"] == record["recorded_by"] == grant.member_id
    assert record["address"] == "127.0.0.1"
    assert len(record["text_digest"]) == 32
    assert abs(record["at"] - datetime.now(UTC)) < timedelta(minutes=1)


async def test_records_of_consent_are_changed_by_nobody(
    site: Site, guardian: Visitor, grant: Someone
) -> None:
    path = await _made(guardian)
    await guardian.follow(f"{path}/consents", {"purposes": ["profile"], "signature": "Grant Whitfield"})
    for opened in (site.database.write(grant.claims), site.database.service(grant.school.id)):
        async with opened as db:
            connection = await db.connection()
            for statement in (
                "update consent_records set action = 'withdrawn'",
                "delete from consent_records",
                "truncate consent_records",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.execute(statement)


async def test_a_child_is_let_in_and_is_a_student_with_a_guardian(
    site: Site, guardian: Visitor, grant: Someone, admin: Admin
) -> None:
    await _let_in(site, guardian)
    row = await admin.fetchrow(
        "select p.status, p.last_name, m.role, m.status as member, m.display_name, u.email from managed_profiles p"
        " join organization_memberships m on m.id = p.member_id join users u on u.id = m.user_id"
    )
    assert row is not None
    assert tuple(row) == ("active", "Whitfield", "STUDENT", "ACTIVE", "Leo Whitfield", None)
    assert list(site.provider.pins.values()) == ["830517"]
    assert "Leo" in (await guardian.get("/family")).text
    assert (
        await admin.fetchval("select relation from guardianships where guardian_id = $1", grant.member_id)
        == "guardian"
    )


@pytest.mark.parametrize(
    ("pin", "again", "words"),
    [
        ("12345", "12345", "A number of 6 to 8 digits."),
        ("123456789", "123456789", "A number of 6 to 8 digits."),
        ("12a456", "12a456", "A number of 6 to 8 digits."),
        ("٨٣٠٥١٧", "٨٣٠٥١٧", "A number of 6 to 8 digits."),
        ("123456", "123456", "guessed too easily"),
        ("98765432", "98765432", "guessed too easily"),
        ("787878", "787878", "guessed too easily"),
        ("847847", "847847", "guessed too easily"),
        ("147258", "147258", "guessed too easily"),
        (NINE.strftime("%d%m%y"), NINE.strftime("%d%m%y"), "guessed too easily"),
        (NINE.strftime("%Y%m%d"), NINE.strftime("%Y%m%d"), "guessed too easily"),
        ("830517", "830518", "This is not the same number."),
    ],
)
async def test_weak_numbers_are_refused(
    site: Site, guardian: Visitor, pin: str, again: str, words: str
) -> None:
    path = await _made(guardian)
    await guardian.follow(f"{path}/consents", {"purposes": ["profile"], "signature": "Grant Whitfield"})
    refused = await guardian.post(f"{path}/activation", {"last_name": "", "pin": pin, "pin_again": again})
    assert refused.status_code == 422
    assert words in refused.text
    assert not has(refused.text, f'value="{pin}"')
    assert site.provider.calls == []


async def test_a_number_stands_nowhere_but_at_the_provider(
    site: Site, guardian: Visitor, admin: Admin
) -> None:
    path = await _let_in(site, guardian, pin="83051724")
    await guardian.follow(f"{path}/pin", {"pin": "40719386", "pin_again": "40719386"})
    assert list(site.provider.pins.values()) == ["40719386"]
    tables = await admin.fetch("select tablename from pg_tables where schemaname in ('public', 'app')")
    for table in tables:
        text = await admin.fetchval(
            f"select coalesce(string_agg(t::text, ' '), '') from {table['tablename']} t"
            if table["tablename"] not in ("alembic_version", "seal_keys")
            else "select ''"
        )
        assert not has(text, "83051724")
        assert not has(text, "40719386")


async def test_withdrawing_shuts_the_child_out_with_the_next_request(
    site: Site, guardian: Visitor, admin: Admin
) -> None:
    path = await _let_in(site, guardian)
    child = await _child(site, admin)
    assert (await child.get("/dashboard")).status_code == 200
    page = await guardian.follow(f"{path}/withdrawals", {"purpose": "profile"})
    assert "The consent is withdrawn." in page.text
    assert (await child.get("/dashboard")).status_code == 403
    assert [row["action"] for row in await admin.fetch("select action from consent_records order by id")] == [
        "given",
        "withdrawn",
    ]
    assert (await guardian.post(f"{path}/resumption")).status_code in (403, 409)


async def test_withdrawing_the_second_consent_leaves_the_profile(
    site: Site, guardian: Visitor, admin: Admin
) -> None:
    path = await _made(guardian)
    both = {"purposes": ["profile", "third_parties"], "signature": "Grant Whitfield"}
    await guardian.follow(f"{path}/consents", both)
    await guardian.follow(f"{path}/activation", PIN)
    await guardian.follow(f"{path}/withdrawals", {"purpose": "third_parties"})
    assert await admin.fetchval("select status from managed_profiles") == "active"


async def test_the_staff_suspend_and_resume_and_the_guardian_only_suspends(
    site: Site, guardian: Visitor, teacher: Visitor, admin: Admin
) -> None:
    path = await _let_in(site, guardian)
    child = await _child(site, admin)
    await teacher.follow(f"{path}/suspension")
    assert (await child.get("/dashboard")).status_code == 403
    refused = await guardian.post(f"{path}/resumption")
    assert refused.status_code == 403
    assert "the school has to resume it" in refused.text
    await teacher.follow(f"{path}/resumption")
    assert (await child.get("/dashboard")).status_code == 200
    await guardian.follow(f"{path}/suspension")
    assert (await child.get("/dashboard")).status_code == 403


async def test_the_staff_record_a_consent_on_paper(
    site: Site, teacher: Visitor, grant: Someone, admin: Admin
) -> None:
    path = await _made(teacher, guardian_id=str(grant.member_id))
    form = {"purposes": ["profile"], "signature": "Grant Whitfield", "guardian_id": str(grant.member_id)}
    refused = await teacher.post(f"{path}/consents", form)
    assert "Say where the signed paper is kept." in refused.text
    await teacher.follow(f"{path}/consents", form | {"note": "Folder 3, office"})
    row = await admin.fetchrow("select method, note, guardian_id, recorded_by from consent_records")
    assert row is not None
    assert (row["method"], row["note"]) == ("paper", "Folder 3, office")
    assert row["guardian_id"] == grant.member_id
    assert row["recorded_by"] != grant.member_id
    page = await teacher.follow(f"{path}/activation", {"last_name": "", **PIN})
    assert "Leo can sign in now." in page.text


async def test_only_this_childs_guardian_consents(
    site: Site, guardian: Visitor, teacher: Visitor, world: World
) -> None:
    path = await _made(guardian)
    priya = site.browser(world.music.people["priya"])
    assert (await priya.get(path)).status_code == 404
    consent = {"purposes": ["profile"], "signature": "Priya Natarajan"}
    assert (await priya.post(f"{path}/consents", consent)).status_code == 404
    on_paper = consent | {"guardian_id": str(world.music.people["priya"].member_id), "note": "x"}
    refused = await teacher.post(f"{path}/consents", on_paper)
    assert refused.status_code == 403
    assert "Only a guardian of this child can consent." in refused.text


async def test_a_sign_in_name_is_taken_once_in_a_school(
    site: Site, guardian: Visitor, teacher: Visitor, world: World
) -> None:
    await _made(guardian)
    priya = site.browser(world.music.people["priya"])
    refused = await priya.post("/profiles", CHILD | {"username": "LEO"})
    assert refused.status_code == 409
    assert "has this sign-in name already" in refused.text
    joel = site.browser(world.yoga.people["joel"])
    assert (await joel.post("/profiles", CHILD)).status_code == 303


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"first_name": " "}, "first name"),
        ({"username": "L"}, "2 to 30 letters"),
        ({"username": "leo adams"}, "2 to 30 letters"),
        ({"birth_date": "soon"}, "Give a day"),
        ({"birth_date": (TODAY + timedelta(days=2)).isoformat()}, "under 18"),
        ({"birth_date": _years_before(TODAY, 18).isoformat()}, "under 18"),
    ],
)
async def test_what_a_profile_cannot_be_made_of_is_said(
    guardian: Visitor, given: dict[str, str], words: str
) -> None:
    refused = await guardian.post("/profiles", CHILD | given)
    assert refused.status_code == 422
    assert words in refused.text


async def test_a_profile_nobody_consents_to_is_forgotten_after_thirty_days(
    site: Site, guardian: Visitor, admin: Admin
) -> None:
    await _made(guardian)
    consented = await _made(guardian, username="mia")
    await guardian.follow(f"{consented}/consents", {"purposes": ["profile"], "signature": "Grant Whitfield"})
    await admin.execute("update managed_profiles set created_at = now() - interval '31 days'")
    async with site.database.service() as db:
        from coursecove.people.functions import _forget_pending

        assert await _forget_pending(db) == 1
    assert await admin.fetchval("select username from managed_profiles") == "mia"


async def test_every_look_at_a_child_is_noted_in_the_chain(  # noqa: PLR0917 - everybody who looks
    site: Site, guardian: Visitor, teacher: Visitor, world: World, grant: Someone, admin: Admin
) -> None:
    path = await _let_in(site, guardian)
    before = await admin.fetchval("select count(*) from audit_log where action = 'read'")
    await teacher.get(path)
    await teacher.get("/profiles")
    await guardian.get("/family")
    member_id = await admin.fetchval("select member_id from managed_profiles")
    await teacher.get(f"/people/{member_id}")
    rows = await admin.fetch(
        "select actor_id, table_name, row_id, after from audit_log where action = 'read' order by position"
    )
    assert [row["actor_id"] for row in rows[before:]] == [
        world.music.people["hana"].member_id,
        world.music.people["hana"].member_id,
        grant.member_id,
        world.music.people["hana"].member_id,
    ]
    assert rows[before]["row_id"] == UUID(path.rpartition("/")[2])
    async with site.database.service_read() as db:
        assert await broken_links(db) == []


async def test_a_page_that_cannot_be_noted_is_not_shown(site: Site, guardian: Visitor, admin: Admin) -> None:
    path = await _made(guardian)
    await admin.execute("revoke execute on function app.note_read(text, uuid, jsonb) from authenticated")
    answer = await guardian.get(path)
    assert answer.status_code == 500
    assert not has(answer.text, "Leo")


async def test_a_managed_child_does_not_leave_by_themselves(
    site: Site, guardian: Visitor, admin: Admin
) -> None:
    await _let_in(site, guardian)
    child = await _child(site, admin)
    assert "Your school and your guardian decide" in (await child.get("/account/leaving")).text
    assert (await child.post("/account/leaving")).status_code == 403


async def test_students_see_no_profiles(site: Site, world: World, guardian: Visitor) -> None:
    path = await _made(guardian)
    student = site.browser(world.music.people["isla"])
    for each in ("/profiles", "/profiles/new", path, "/family"):
        assert (await student.get(each)).status_code == 403


async def _child(site: Site, admin: Admin) -> Visitor:
    """The child's own browser."""
    return site.browser_of(await admin.fetchval(CHILD_S_NAME), "musicschool")
