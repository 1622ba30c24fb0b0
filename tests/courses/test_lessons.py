"""Lessons written: drafts apart from what learners read, versions that stay, two authors who lose nothing."""

import asyncio

import pytest

from tests.conftest import World
from tests.courses.stage import Author, Site, author


@pytest.fixture
def hana(site: Site, world: World) -> Author:
    return author(site, world.music.people["hana"])


async def test_a_draft_is_saved_shown_and_published(hana: Author) -> None:
    lesson = await hana.adds_lesson(await hana.adds_module(await hana.begins_course()))
    await hana.writes(lesson, "Breathe *in*.")
    assert "Breathe *in*." in (await hana.browser.get(lesson)).text
    assert "<em>in</em>" in (await hana.browser.get(f"{lesson}/preview")).text
    page = await hana.browser.follow(f"{lesson}/publication")
    assert "Version 1 is published." in page.text


async def test_a_later_draft_leaves_what_learners_read(site: Site, hana: Author) -> None:
    _, _, lesson = await hana.made_published_lesson("One.")
    await hana.writes(lesson, "Two.", version=2)
    assert "Newer draft" in (await hana.browser.get(lesson)).text
    async with site.database.service() as db:
        read = await db.value(
            "select v.content from lesson_versions v join course_lessons l on l.current_version_id = v.id"
            " where l.id = $1::uuid",
            lesson.rpartition("/")[2],
        )
    assert read == "One."


async def test_who_saves_later_sees_both_texts(site: Site, hana: Author, world: World) -> None:
    lesson = await hana.adds_lesson(await hana.adds_module(await hana.begins_course()))
    amara = author(site, world.music.people["amara"])
    await hana.writes(lesson, "Hana's text.")
    late = await amara.writes(lesson, "Amara's text.")
    assert late.status_code == 409
    assert "Hana Sato saved this lesson while you were writing" in late.text
    assert "<del>Hana&#39;s text.</del>" in late.text
    assert "Amara&#39;s text.</textarea>" in late.text
    assert "Hana&#39;s text." in (await hana.browser.get(lesson)).text
    assert (await amara.writes(lesson, "Both.", version=2)).status_code == 303


async def test_of_many_who_save_at_once_one_is_first_and_nobody_is_lost(site: Site, hana: Author) -> None:
    lesson = await hana.adds_lesson(await hana.adds_module(await hana.begins_course()))
    answers = await asyncio.gather(*(hana.writes(lesson, f"Text {number}") for number in range(6)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [303, 409, 409, 409, 409, 409]
    assert all(f"Text {n}</textarea>" in a.text for n, a in enumerate(answers) if a.status_code == 409)


async def test_the_same_text_twice_is_no_conflict(hana: Author) -> None:
    lesson = await hana.adds_lesson(await hana.adds_module(await hana.begins_course()))
    assert (await hana.writes(lesson, "Same.")).status_code == 303
    assert (await hana.writes(lesson, "Same.")).status_code == 303


async def test_a_version_comes_back_into_the_draft(hana: Author) -> None:
    _, _, lesson = await hana.made_published_lesson("One.")
    await hana.writes(lesson, "Two.", version=2, publish=True)
    compared = await hana.browser.get(f"{lesson}/versions/comparison?from=1&to=2")
    assert "<del>One.</del>" in compared.text
    assert "<ins>Two.</ins>" in compared.text
    page = await hana.browser.follow(f"{lesson}/versions/restoration", {"number": "1", "version": "3"})
    assert "One.</textarea>" in page.text
    assert "Version 3 is published." in (await hana.browser.follow(f"{lesson}/publication")).text


async def test_a_draft_that_no_version_holds_is_not_replaced_unasked(hana: Author) -> None:
    _, _, lesson = await hana.made_published_lesson("One.")
    await hana.writes(lesson, "Unpublished.", version=2)
    form = {"number": "1", "version": "3"}
    asked = await hana.browser.post(f"{lesson}/versions/restoration", form)
    assert asked.status_code == 200
    assert "never published" in asked.text
    assert "Unpublished.</textarea>" in (await hana.browser.get(lesson)).text
    page = await hana.browser.follow(f"{lesson}/versions/restoration", form | {"confirmed": "1"})
    assert "One.</textarea>" in page.text


async def test_a_published_version_is_changed_by_nobody(site: Site, hana: Author, world: World) -> None:
    await hana.made_published_lesson()
    claims = world.music.people["amara"].claims
    for sql in ("update lesson_versions set content = 'x'", "delete from lesson_versions"):
        with pytest.raises(Exception, match="permission denied"):
            async with site.database.write(claims) as db:
                await (await db.connection()).execute(sql)


async def test_a_lesson_that_is_too_long_keeps_its_text_in_the_form(hana: Author) -> None:
    lesson = await hana.adds_lesson(await hana.adds_module(await hana.begins_course()))
    refused = await hana.writes(lesson, "x" * 100_001)
    assert refused.status_code == 422
    assert "longer than a lesson may be" in refused.text
    assert "x" * 100_001 in refused.text


async def test_a_students_database_session_reads_previews_and_no_draft(
    site: Site, hana: Author, world: World
) -> None:
    course, _, lesson = await hana.made_published_lesson("Everybody.")
    await hana.browser.post(f"{course}/publication")
    row_id = lesson.rpartition("/")[2]
    read = "select content from lesson_versions where lesson_id = $1::uuid"
    drafts = "select count(*) from lesson_drafts where lesson_id = $1::uuid"
    isla = world.music.people["isla"].claims
    async with site.database.read(isla) as db:
        assert await db.value(read, row_id) is None
        assert await db.value(drafts, row_id) == 0
    form = {"title": "In and out", "is_preview": "1", "version": "2"}
    assert (await hana.browser.post(f"{lesson}/settings", form)).status_code == 303
    async with site.database.read(isla) as db:
        assert await db.value(read, row_id) == "Everybody."
        assert await db.value(drafts, row_id) == 0


async def test_a_draft_is_saved_as_it_is_typed(site: Site, hana: Author, world: World) -> None:
    lesson = await hana.adds_lesson(await hana.adds_module(await hana.begins_course()))
    path = f"/lessons/{lesson.rpartition('/')[2]}/draft"
    api = site.api(world.music.people["hana"])
    tag = (await api.get(path)).headers["etag"]
    assert tag.replace('"', "&#34;") in (await hana.browser.get(lesson)).text
    saved = await api.patch(path, json={"content": "Typed."}, headers={"if-match": tag})
    assert (saved.status_code, saved.json()["version"]) == (200, 2)
    late = await api.patch(path, json={"content": "Late."}, headers={"if-match": tag})
    assert late.status_code == 412
    assert "Typed." in (await hana.browser.get(lesson)).text
