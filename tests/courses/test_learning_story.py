"""From an empty course to a guardian who sees that it is finished, through the front door."""

import re
from uuid import UUID

import httpx

from coursecove.accounts.roles import Role
from tests.conftest import World
from tests.courses.stage import Author
from tests.courses.test_learning import LINKED
from tests.people.stage import Site, Visitor, has, said

Admin = "asyncpg.Connection[asyncpg.Record]"
TEXTS = ("# Ears\n\nListen to $440$ hertz.", "# Voice\n\n- [ ] hum\n- [ ] sing")


async def written(teacher: Visitor) -> tuple[str, list[str]]:
    """A published course of two lessons: its path for its authors, and its lessons' ids."""
    author = Author(teacher)
    course = await author.begins_course("Singing from the start", "Two lessons.")
    module = await author.adds_module(course, "Week one")
    lessons = []
    for title, text in zip(("Hearing", "Humming"), TEXTS, strict=True):
        lesson = await author.adds_lesson(module, title)
        answer = await author.writes(lesson, text, publish=True)
        assert answer.status_code == 303, said(answer)
        lessons.append(lesson.rpartition("/")[2])
    answer = await teacher.post(f"{course}/publication")
    assert answer.status_code == 303, said(answer)
    return course, lessons


async def done(student: Visitor, lesson: str) -> httpx.Response:
    """Press the button of the lesson's page, with what its form holds."""
    page = await student.get(f"/learning/lessons/{lesson}")
    form = re.search(
        r'action="([^"]+/completion)".*?name="version" value="([^"]*)".*?name="following" value="([^"]*)"',
        page.text,
        re.DOTALL,
    )
    assert form is not None, said(page)
    return await student.follow(form[1], {"version": form[2], "following": form[3]})


async def test_a_course_is_made_learned_and_seen_to_be_finished(
    site: Site, world: World, admin: Admin
) -> None:
    people = world.music.people
    teacher, student = site.browser(people["hana"]), site.browser(people["isla"])
    course, lessons = await written(teacher)
    course_id = UUID(course.rpartition("/")[2])
    assert not has((await student.get("/learning")).text, "Singing from the start")
    assert has((await student.get(f"/learning/lessons/{lessons[0]}")).text, "This lesson is closed")

    page = await teacher.follow(f"{course}/learners", {"member": str(people["isla"].member_id)})
    assert has(page.text, "1 student enrolled."), said(page)
    assert has((await student.get("/learning")).text, "Begin: Hearing")
    page = await done(student, lessons[0])
    assert has(page.text, "☐"), said(page)
    assert has((await teacher.get(f"{course}/progress")).text, "1 of 2")
    page = await done(student, lessons[1])
    assert has(page.text, "2 of 2 lessons done")

    await admin.execute(LINKED, world.music.id, people["priya"].member_id, people["isla"].member_id)
    guardian = site.browser(people["priya"])
    seen = await guardian.get("/learning")
    assert has(seen.text, "Singing from the start")
    assert has(seen.text, "Finished")
    for role in Role:
        stranger = site.browser(world.yoga.one(role))
        for path in (f"/learning/{course_id}", f"/learning/lessons/{lessons[0]}"):
            assert (await stranger.get(path)).status_code == 404, (role, path)
    told = await admin.fetch(
        "select name from events where data->>'course_id' = $1 order by id", str(course_id)
    )
    names = [row["name"].partition("/")[2] for row in told]
    assert names.count("lesson.finished") == 2
    assert names.count("course.finished") == 1
