"""Guardians and the students they stand for: linked and unlinked by the staff, seen on both pages, and by nobody else."""

import re

import pytest

from tests.conftest import Someone, World
from tests.people.stage import Site, has, path_of, said

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
def grant(world: World) -> Someone:
    return world.music.people["grant"]


@pytest.fixture
def isla(world: World) -> Someone:
    return world.music.people["isla"]


async def test_a_teacher_links_a_guardian_and_undoes_it(
    site: Site, world: World, grant: Someone, isla: Someone
) -> None:
    teacher = site.browser(world.music.people["hana"])
    found = await teacher.get(path_of(isla.member_id, "family") + "?q=whit")
    assert "Grant Whitfield" in found.text
    assert not has(found.text, "Priya")
    form = {"other": str(grant.member_id), "relation": "grandparent"}
    page = await teacher.follow(path_of(isla.member_id, "family"), form)
    assert "Grant Whitfield" in page.text
    assert "Grandparent" in page.text
    assert "Isla Bennett" in (await teacher.get(path_of(grant.member_id))).text
    assert "Isla Bennett" in (await site.browser(grant).get("/family")).text
    undo = re.search(r'action="(/people/guardianships/[^"]+/ending)"[^>]*>.{0,200}Undo', page.text, re.DOTALL)
    assert undo is not None, said(page)
    await teacher.follow(undo[1])
    assert not has((await site.browser(grant).get("/family")).text, "Isla Bennett")


async def test_an_unlinking_is_undone_with_the_same_relation(
    site: Site, world: World, isla: Someone, admin: Admin
) -> None:
    teacher = site.browser(world.music.people["hana"])
    link = await admin.fetchval("select id from guardianships where student_id = $1", isla.member_id)
    await admin.execute("update guardianships set relation = 'mother' where id = $1", link)
    page = await teacher.follow(f"/people/guardianships/{link}/ending")
    undo = re.search(r'action="(/people/[^"]+/family\?[^"]+)"', page.text)
    assert undo is not None, said(page)
    page = await teacher.follow(undo[1].replace("&amp;", "&"))
    assert "Mother" in page.text


async def test_a_guardian_may_stand_for_several_and_a_student_have_several(
    site: Site, world: World, grant: Someone, isla: Someone
) -> None:
    teacher = site.browser(world.music.people["hana"])
    noah = world.music.people["noah"]
    for student in (isla, noah):
        form = {"other": str(student.member_id), "relation": "carer"}
        await teacher.follow(path_of(grant.member_id, "family"), form)
    family = (await site.browser(grant).get("/family")).text
    assert "Isla Bennett" in family
    assert "Noah Adeyemi" in family
    page = (await teacher.get(path_of(isla.member_id))).text
    assert "Grant Whitfield" in page
    assert "Priya Natarajan" in page


async def test_only_a_guardian_and_a_student_are_linked(site: Site, world: World, isla: Someone) -> None:
    teacher = site.browser(world.music.people["hana"])
    people = world.music.people
    for member, other in (
        (isla, people["marcus"]),
        (isla, people["noah"]),
        (people["priya"], people["grant"]),
    ):
        form = {"other": str(other.member_id), "relation": "guardian"}
        assert (await teacher.post(path_of(member.member_id, "family"), form)).status_code == 422
    foreign = {"other": str(world.yoga.people["joel"].member_id), "relation": "guardian"}
    assert (await teacher.post(path_of(isla.member_id, "family"), foreign)).status_code == 404
    again = {"other": str(people["priya"].member_id), "relation": "guardian"}
    assert (await teacher.post(path_of(isla.member_id, "family"), again)).status_code == 409


async def test_a_guardian_sees_their_children_and_nobody_elses(site: Site, world: World) -> None:
    page = (await site.browser(world.music.people["priya"]).get("/family")).text
    assert "Isla Bennett" in page
    assert "Noah Adeyemi" in page
    assert not has(page, "Ada Abara")
    assert "No children linked yet" in (await site.browser(world.music.people["grant"]).get("/family")).text


@pytest.mark.parametrize("key", ["isla", "priya"])
async def test_families_do_not_link_themselves(
    site: Site, world: World, key: str, isla: Someone, admin: Admin
) -> None:
    browser = site.browser(world.music.people[key])
    form = {"other": str(world.music.people["grant"].member_id), "relation": "guardian"}
    link = await admin.fetchval("select id from guardianships where student_id = $1", isla.member_id)
    assert (await browser.post(path_of(isla.member_id, "family"), form)).status_code == 403
    assert (await browser.post(f"/people/guardianships/{link}/ending")).status_code == 403
    assert (await browser.get(path_of(isla.member_id))).status_code == 403
