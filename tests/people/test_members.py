"""Roles changed, people removed and restored, and how soon that counts."""

import asyncio
import re

import pytest

from tests.conftest import Someone, World
from tests.people.stage import Site, has, path_of, said

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
def amara(world: World) -> Someone:
    return world.music.people["amara"]


@pytest.fixture
def hana(world: World) -> Someone:
    return world.music.people["hana"]


def _undo_in(text: str) -> str:
    found = re.search(r'<footer role="presentation"><form method="post" action="([^"]+)"', text)
    assert found is not None, text[-2000:]
    return found[1]


async def test_a_role_is_changed_shown_and_undone(site: Site, amara: Someone, hana: Someone) -> None:
    owner = site.browser(amara)
    page = await owner.follow(path_of(hana.member_id, "role"), {"role": "STUDENT"})
    assert "Hana Sato is now student." in page.text
    assert site.provider.role_of(*_refs(hana)) == "org:student"
    undone = await owner.follow(_undo_in(page.text))
    assert "Undone." in undone.text
    assert site.provider.role_of(*_refs(hana)) == "org:teacher"


async def test_a_demotion_counts_from_the_next_request(site: Site, amara: Someone, hana: Someone) -> None:
    teacher = site.browser(hana)
    assert (await teacher.get("/people")).status_code == 200
    await site.browser(amara).follow(path_of(hana.member_id, "role"), {"role": "STUDENT"})
    assert (await teacher.get("/people")).status_code == 403
    assert (await site.api(hana).get("/members")).status_code == 403


async def test_an_owners_role_is_asked_about_once_more(site: Site, amara: Someone, hana: Someone) -> None:
    owner = site.browser(amara)
    asked = await owner.post(path_of(hana.member_id, "role"), {"role": "SUPER_ADMIN"})
    assert asked.status_code == 200
    assert "Yes, change the role" in asked.text
    assert site.provider.calls == []
    page = await owner.follow(path_of(hana.member_id, "role"), {"role": "SUPER_ADMIN", "confirmed": "1"})
    assert "Hana Sato is now owner or admin." in page.text
    assert not has(page.text, "Undo")


async def test_a_removed_person_is_refused_on_every_host_with_the_next_request(
    site: Site, amara: Someone, world: World
) -> None:
    tomas = world.music.people["tomas"]
    here, there = site.browser(tomas), site.browser(tomas, "yogastudio")
    api = site.api(tomas)
    assert [(await each.get("/dashboard")).status_code for each in (here, there)] == [200, 200]
    page = await site.browser(amara).follow(path_of(tomas.member_id, "removal"))
    assert "They can be restored for 30 days." in page.text
    assert (await here.get("/dashboard")).status_code == 403
    assert (
        await here.post("/account/preferences", {"time_zone": "UTC", "locale": "en-GB"})
    ).status_code == 403
    assert (await api.get("/me")).status_code == 403
    assert (await there.get("/dashboard")).status_code == 200


async def test_the_last_owner_cannot_be_removed_or_demoted(site: Site, amara: Someone, hana: Someone) -> None:
    owner = site.browser(amara)
    demoted = await owner.post(path_of(amara.member_id, "role"), {"role": "TEACHER", "confirmed": "1"})
    assert demoted.status_code == 409
    assert "A school keeps at least one owner." in demoted.text
    assert (await owner.post("/account/leaving")).status_code == 422
    assert site.provider.calls == []
    assert (await owner.get("/people")).status_code == 200


async def test_of_two_owners_who_remove_each_other_one_stays(
    site: Site, amara: Someone, hana: Someone, admin: Admin
) -> None:
    await site.browser(amara).follow(
        path_of(hana.member_id, "role"), {"role": "SUPER_ADMIN", "confirmed": "1"}
    )
    answers = await asyncio.gather(
        site.browser(amara).post(path_of(hana.member_id, "removal")),
        site.browser(hana).post(path_of(amara.member_id, "removal")),
    )
    assert min(answer.status_code for answer in answers) == 303
    left = await admin.fetchval(
        "select count(*) from organization_memberships where organization_id = $1 and role = 'SUPER_ADMIN'"
        " and status = 'ACTIVE'",
        amara.school.id,
    )
    assert left == 1


async def test_the_database_keeps_the_last_owner_whatever_asks(site: Site, amara: Someone) -> None:
    async with site.database.write(amara.claims) as db:
        connection = await db.connection()
        with pytest.raises(Exception, match="a school keeps an owner"):
            await connection.execute(
                "insert into team_changes (id, kind, member_id, status) values (gen_random_uuid(), 'removal', $1, 'asked')",
                amara.member_id,
            )


async def test_somebody_removed_is_restored_as_they_were(site: Site, amara: Someone, hana: Someone) -> None:
    owner = site.browser(amara)
    await owner.follow(path_of(hana.member_id, "removal"))
    listed = await owner.get("/people?status=removed")
    assert "Hana Sato" in listed.text
    assert "30 days to restore" in listed.text
    page = await owner.follow(path_of(hana.member_id, "restoration"))
    assert "Hana Sato is a member again." in page.text
    assert site.provider.role_of(*_refs(hana)) == "org:teacher"
    assert (await site.browser(hana).get("/people")).status_code == 200


async def test_after_thirty_days_nobody_is_restored_and_the_name_is_forgotten(
    site: Site, amara: Someone, hana: Someone, admin: Admin
) -> None:
    owner = site.browser(amara)
    await owner.follow(path_of(hana.member_id, "removal"))
    await admin.execute(
        "update organization_memberships set removed_at = now() - interval '30 days 1 minute' where id = $1",
        hana.member_id,
    )
    assert not has((await owner.get("/people?status=removed")).text, "Hana Sato")
    assert (await owner.post(path_of(hana.member_id, "restoration"))).status_code == 409
    async with site.database.service() as db:
        from coursecove.people.functions import _forget_removed

        await _forget_removed(db)
    assert "Former member" in (await owner.get(path_of(hana.member_id))).text


async def test_what_is_known_of_somebody_removed_can_go_at_once(
    site: Site, amara: Someone, world: World, admin: Admin
) -> None:
    priya = world.music.people["priya"]
    owner = site.browser(amara)
    await owner.follow(path_of(priya.member_id, "removal"))
    await owner.follow(path_of(priya.member_id, "erasure"))
    await site.work()
    row = await admin.fetchrow(
        "select display_name, sort_name, forgotten_at is not null as forgotten from organization_memberships where id = $1",
        priya.member_id,
    )
    assert row is not None
    assert tuple(row) == ("Former member", "former member", True)
    assert not await admin.fetchval(
        "select count(*) from guardianships where guardian_id = $1", priya.member_id
    )
    assert (await owner.post(path_of(priya.member_id, "restoration"))).status_code == 409


async def test_nobody_removes_themselves_from_the_list(site: Site, amara: Someone) -> None:
    refused = await site.browser(amara).post(path_of(amara.member_id, "removal"))
    assert refused.status_code == 409
    assert "Leave the school from your own account." in refused.text


async def test_everybody_may_leave_and_is_gone_with_the_next_request(site: Site, hana: Someone) -> None:
    teacher = site.browser(hana)
    assert "You lose access at once" in (await teacher.get("/account/leaving")).text
    answer = await teacher.post("/account/leaving")
    assert answer.status_code == 303, said(answer)
    assert (await teacher.get("/dashboard")).status_code == 403
    assert site.provider.role_of(*_refs(hana)) is None


async def test_a_school_is_handed_over(site: Site, amara: Someone, hana: Someone) -> None:
    owner = site.browser(amara)
    form = {"member_id": str(hana.member_id), "then": "TEACHER"}
    refused = await owner.post("/people/ownership", form)
    assert refused.status_code == 422
    assert "Tick this" in refused.text
    answer = await owner.post("/people/ownership", form | {"agreed": "1"})
    assert answer.status_code == 303, said(answer)
    assert site.provider.role_of(*_refs(hana)) == "org:admin"
    assert site.provider.role_of(*_refs(amara)) == "org:teacher"
    assert (await site.browser(hana).get("/people/invite")).status_code == 200
    assert (await owner.get("/people/invite")).status_code == 403


async def test_what_the_provider_does_not_answer_is_finished_later(
    site: Site, amara: Someone, hana: Someone
) -> None:
    site.provider.down = True
    page = await site.browser(amara).follow(path_of(hana.member_id, "role"), {"role": "STUDENT"})
    assert "We keep trying" in page.text
    assert "under way" in page.text
    site.provider.down = False
    await site.work(everything=True)
    assert site.provider.role_of(*_refs(hana)) == "org:student"
    assert not has((await site.browser(amara).get(path_of(hana.member_id))).text, "under way")


async def test_a_change_that_was_finished_by_its_page_is_not_done_again(
    site: Site, amara: Someone, hana: Someone
) -> None:
    await site.browser(amara).follow(path_of(hana.member_id, "role"), {"role": "STUDENT"})
    calls = len(site.provider.calls)
    await site.work(everything=True)
    assert len(site.provider.calls) == calls


async def test_a_change_that_came_too_late_changes_nothing(site: Site, amara: Someone, hana: Someone) -> None:
    """Asked while the provider was away, and meanwhile somebody changed the role otherwise."""
    owner = site.browser(amara)
    site.provider.down = True
    await owner.follow(path_of(hana.member_id, "role"), {"role": "STUDENT"})
    site.provider.down = False
    await owner.follow(path_of(hana.member_id, "role"), {"role": "GUARDIAN"})
    await site.work(everything=True)
    assert site.provider.role_of(*_refs(hana)) == "org:guardian"


@pytest.mark.parametrize("key", ["hana", "isla", "priya"])
async def test_only_owners_change_members(site: Site, world: World, key: str) -> None:
    browser, target = site.browser(world.music.people[key]), world.music.people["marcus"].member_id
    for path, form in (("role", {"role": "STUDENT"}), ("removal", {}), ("restoration", {}), ("erasure", {})):
        assert (await browser.post(path_of(target, path), form)).status_code == 403
    assert site.provider.calls == []


def _refs(person: Someone) -> tuple[str, str]:
    from coursecove.demo import external_id

    assert person.claims.subject is not None
    return external_id("org", person.school.label), person.claims.subject
