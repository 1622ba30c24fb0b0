"""Modules and lessons named, moved and put away; two authors at once."""

import asyncio

import pytest

from tests.conftest import World
from tests.courses.stage import Author, Site, author


@pytest.fixture
def hana(site: Site, world: World) -> Author:
    return author(site, world.music.people["hana"])


async def test_lessons_move_up_and_down_within_their_module(hana: Author) -> None:
    course = await hana.begins_course()
    module = await hana.adds_module(course)
    lessons = [await hana.adds_lesson(module, title) for title in ("A", "B", "C")]
    await hana.browser.post(f"{lessons[2]}/place", {"way": "up"})
    assert await hana.outline(course) == ["Week one", "A", "C", "B"]
    await hana.browser.post(f"{lessons[0]}/place", {"way": "down"})
    assert await hana.outline(course) == ["Week one", "C", "A", "B"]
    await hana.browser.post(f"{lessons[1]}/place", {"way": "down"})
    assert await hana.outline(course) == ["Week one", "C", "A", "B"]


async def test_a_lesson_moves_into_another_module(hana: Author) -> None:
    course = await hana.begins_course()
    first, second = await hana.adds_module(course, "One"), await hana.adds_module(course, "Two")
    lesson, other = await hana.adds_lesson(first, "A"), await hana.adds_lesson(second, "B")
    await hana.writes(lesson, "Breathe.", publish=True)
    into = {"module_id": second.rpartition("/")[2]}
    await hana.browser.post(f"{lesson}/place", into)
    assert await hana.outline(course) == ["One", "Two", "B", "A"]
    await hana.browser.post(f"{lesson}/place", into | {"before": other.rpartition("/")[2]})
    assert await hana.outline(course) == ["One", "Two", "A", "B"]


async def test_a_lesson_moves_into_another_course_with_its_versions(hana: Author) -> None:
    _, _, lesson = await hana.made_published_lesson()
    other = await hana.begins_course("Singing")
    module = await hana.adds_module(other, "Before")
    await hana.browser.post(f"{lesson}/place", {"module_id": module.rpartition("/")[2]})
    assert await hana.outline(other) == ["Before", "In and out"]
    assert "Version 1" in (await hana.browser.get(f"{lesson}/versions")).text


async def test_nobody_moves_a_lesson_into_a_course_of_others(site: Site, hana: Author, world: World) -> None:
    course, _, lesson = await hana.made_published_lesson()
    marcus = author(site, world.music.people["marcus"])
    theirs = await marcus.adds_module(await marcus.begins_course("Choir"))
    moved = await hana.browser.post(f"{lesson}/place", {"module_id": theirs.rpartition("/")[2]})
    assert moved.status_code == 404
    assert await hana.outline(course) == ["Week one", "In and out"]


async def test_modules_move_too(hana: Author) -> None:
    course = await hana.begins_course()
    modules = [await hana.adds_module(course, title) for title in ("One", "Two", "Three")]
    await hana.browser.post(f"{modules[2]}/place", {"before": modules[0].rpartition("/")[2]})
    assert await hana.outline(course) == ["Three", "One", "Two"]
    await hana.browser.post(f"{modules[0]}/place", {"way": "down"})
    assert await hana.outline(course) == ["Three", "Two", "One"]


async def test_two_who_move_at_once_both_count(site: Site, hana: Author, world: World) -> None:
    course = await hana.begins_course()
    module = await hana.adds_module(course)
    lessons = [await hana.adds_lesson(module, str(number)) for number in range(8)]
    amara = author(site, world.music.people["amara"])
    moves = [
        (amara if number % 2 else hana).browser.post(
            f"{lesson}/place", {"way": "up" if number % 3 else "down"}
        )
        for number, lesson in enumerate(lessons * 3)
    ]
    answers = await asyncio.gather(*moves)
    assert {answer.status_code for answer in answers} == {303}
    assert sorted(await hana.outline(course)) == ["0", "1", "2", "3", "4", "5", "6", "7", "Week one"]


async def test_many_moves_to_one_place_still_find_room(hana: Author) -> None:
    course = await hana.begins_course()
    module = await hana.adds_module(course)
    lessons = [await hana.adds_lesson(module, title) for title in ("A", "B", "C")]
    ids = [lesson.rpartition("/")[2] for lesson in lessons]
    into = {"module_id": module.rpartition("/")[2]}
    for turn in range(60):
        moved = 1 + turn % 2
        await hana.browser.post(f"{lessons[moved]}/place", into | {"before": ids[3 - moved]})
    assert (await hana.outline(course))[1] == "A"


async def test_a_deleted_module_comes_back_with_its_lessons(hana: Author) -> None:
    course, module, lesson = await hana.made_published_lesson()
    page = await hana.browser.follow(f"{module}/deletion")
    assert "Deleted lately" in page.text
    assert await hana.outline(course) == []
    assert (await hana.browser.get(lesson)).status_code == 404
    await hana.browser.follow(f"{module}/restoration")
    assert await hana.outline(course) == ["Week one", "In and out"]


async def test_a_deleted_lesson_comes_back(hana: Author) -> None:
    course, _, lesson = await hana.made_published_lesson()
    await hana.browser.follow(f"{lesson}/deletion")
    assert await hana.outline(course) == ["Week one"]
    assert (await hana.browser.get(lesson)).status_code == 404
    await hana.browser.follow(f"{lesson}/restoration")
    assert await hana.outline(course) == ["Week one", "In and out"]


async def test_an_empty_title_keeps_what_else_was_typed(hana: Author) -> None:
    course = await hana.begins_course()
    refused = await hana.browser.post(f"{course}/modules", {"title": " "})
    assert (refused.status_code, "Write a title." in refused.text) == (422, True)
    refused = await hana.browser.post("/courses", {"title": "x" * 300, "summary": "Kept"})
    assert refused.status_code == 422
    assert "Kept" in refused.text


async def test_a_module_that_somebody_renamed_is_not_renamed_unseen(hana: Author) -> None:
    course = await hana.begins_course()
    module = await hana.adds_module(course)
    await hana.browser.post(f"{module}/title", {"title": "First", "version": "1"})
    late = await hana.browser.post(f"{module}/title", {"title": "Start", "version": "1"})
    assert late.status_code == 409
    assert "named this module “First”" in late.text
    assert 'value="Start"' in late.text
