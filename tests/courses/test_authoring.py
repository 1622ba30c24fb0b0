"""Courses made, published, put away and brought back, by those who may."""

import re

import pytest

from coursecove.courses.functions import _purge
from tests.conftest import Someone, World
from tests.courses.stage import Author, Site, author


@pytest.fixture
def hana(site: Site, world: World) -> Author:
    return author(site, world.music.people["hana"])


async def test_a_teacher_begins_a_course_and_teaches_it(hana: Author) -> None:
    course = await hana.begins_course("Breathing", "Slowly.")
    assert (await hana.browser.get(course)).status_code == 200
    assert "Hana Sato" in (await hana.browser.get(f"{course}/settings")).text
    assert "Breathing" in (await hana.browser.get("/courses?q=breath")).text


async def test_another_teacher_neither_sees_nor_changes_it(site: Site, hana: Author, world: World) -> None:
    course, module, lesson = await hana.made_published_lesson()
    await hana.browser.post(f"{course}/publication")
    marcus = author(site, world.music.people["marcus"])
    for path in (course, f"{course}/settings", lesson, f"{lesson}/preview", f"{lesson}/versions"):
        assert (await marcus.browser.get(path)).status_code == 404, path
    for path in (f"{course}/deletion", f"{module}/title", f"{lesson}/draft", f"{lesson}/deletion"):
        form = {"title": "Mine", "content": "Mine", "version": "1"}
        assert (await marcus.browser.post(path, form)).status_code == 404, path
    assert "Breathing" not in (await marcus.browser.get("/courses")).text


async def test_an_owner_may_change_every_course(site: Site, hana: Author, world: World) -> None:
    course = await hana.begins_course()
    amara = author(site, world.music.people["amara"])
    assert (await amara.browser.get(course)).status_code == 200
    assert (await amara.browser.post(f"{course}/modules", {"title": "Week one"})).status_code == 303


async def test_the_other_school_knows_nothing_of_it(site: Site, hana: Author, world: World) -> None:
    course, _, lesson = await hana.made_published_lesson()
    lena = Author(site.browser(world.yoga.people["lena"], "yogastudio"))
    assert {(await lena.browser.get(path)).status_code for path in (course, lesson)} == {404}


async def test_a_course_needs_a_published_lesson_to_be_published(hana: Author) -> None:
    course = await hana.begins_course()
    refused = await hana.browser.post(f"{course}/publication")
    assert refused.status_code == 409
    assert "needs a published lesson" in refused.text
    module = await hana.adds_module(course)
    await hana.writes(await hana.adds_lesson(module), "Breathe.", publish=True)
    page = await hana.browser.follow(f"{course}/publication")
    assert "Everybody in the school can see it." in page.text


async def test_a_course_is_withdrawn_archived_and_opened_again(hana: Author) -> None:
    course, _, _ = await hana.made_published_lesson()
    for step, words in (("publication", "Published"), ("archive", "Archived"), ("withdrawal", "Draft")):
        assert words in (await hana.browser.follow(f"{course}/{step}")).text
    assert (await hana.browser.post(f"{course}/withdrawal")).status_code == 409


async def test_a_course_publishes_itself_at_its_moment(site: Site, hana: Author) -> None:
    course, _, _ = await hana.made_published_lesson()
    past = await hana.browser.post(f"{course}/schedule", {"at": "2020-01-01T10:00"})
    assert (past.status_code, "still to come" in past.text) == (422, True)
    page = await hana.browser.follow(f"{course}/schedule", {"at": "2199-01-01T10:00"})
    assert "Scheduled" in page.text
    async with site.database.service() as db:
        connection = await db.connection()
        await connection.execute(
            "update courses set publish_at = now() - interval '1 minute' where publish_at is not null"
        )
    await site.work(everything=True)
    assert "Published" in (await hana.browser.get(course)).text


async def test_a_moment_that_was_taken_back_publishes_nothing(site: Site, hana: Author) -> None:
    course, _, _ = await hana.made_published_lesson()
    await hana.browser.post(f"{course}/schedule", {"at": "2199-01-01T10:00"})
    await hana.browser.follow(f"{course}/schedule/ending")
    await site.work(everything=True)
    text = (await hana.browser.get(course)).text
    assert "Scheduled" not in text
    assert f'action="{course}/publication"' in text


async def test_a_deleted_course_is_restored_as_it_was(hana: Author) -> None:
    course, _, _ = await hana.made_published_lesson()
    await hana.browser.post(f"{course}/publication")
    page = await hana.browser.follow(f"{course}/deletion")
    undo = re.search(r'action="([^"]+/restoration)"', page.text)
    assert undo is not None
    assert "Breathing" in (await hana.browser.get("/courses?status=deleted")).text
    restored = await hana.browser.follow(undo[1])
    assert "The course is back." in restored.text
    assert "Published" in restored.text


async def test_what_was_deleted_thirty_days_ago_is_gone(site: Site, hana: Author) -> None:
    course, _, lesson = await hana.made_published_lesson()
    await hana.browser.post(f"{course}/deletion")
    async with site.database.service() as db:
        connection = await db.connection()
        await connection.execute(
            "update courses set deleted_at = now() - interval '31 days' where deleted_at is not null"
        )
    assert (await hana.browser.get(course)).status_code == 404
    async with site.database.service() as db:
        assert await _purge(db) == 1
        left = await db.value(
            "select count(*) from course_lessons where id = $1::uuid", lesson.rpartition("/")[2]
        )
    assert left == 0


async def test_a_copy_has_the_same_outline_and_nobody_in_it(hana: Author) -> None:
    course, _, _ = await hana.made_published_lesson()
    await hana.adds_module(course, "Week two")
    answer = await hana.browser.post(f"{course}/copies")
    copy = answer.headers["location"]
    assert await hana.outline(copy) == await hana.outline(course) == ["Week one", "In and out", "Week two"]
    assert "Copy of Breathing" in (await hana.browser.get(copy)).text


async def test_teachers_come_and_go(site: Site, hana: Author, world: World) -> None:
    course = await hana.begins_course()
    marcus: Someone = world.music.people["marcus"]
    page = await hana.browser.follow(f"{course}/teachers", {"member_id": str(marcus.member_id)})
    assert "Marcus Bell teaches this course now." in page.text
    assert (await author(site, marcus).browser.get(course)).status_code == 200
    await hana.browser.follow(f"{course}/teachers/{marcus.member_id}/removal")
    assert (await author(site, marcus).browser.get(course)).status_code == 404
    isla = world.music.people["isla"].member_id
    assert (await hana.browser.post(f"{course}/teachers", {"member_id": str(isla)})).status_code == 422
    own = world.music.people["hana"].member_id
    assert (await hana.browser.post(f"{course}/teachers/{own}/removal")).status_code == 409


async def test_two_who_change_the_settings_lose_nothing(hana: Author) -> None:
    course = await hana.begins_course()
    form = {"title": "Breath", "summary": "", "version": "1"}
    assert (await hana.browser.post(f"{course}/settings", form)).status_code == 303
    late = await hana.browser.post(f"{course}/settings", {**form, "title": "Air"})
    assert late.status_code == 409
    assert "Saved now:" in late.text
    assert 'value="Air"' in late.text
    assert "Breath" in (await hana.browser.get(course)).text
