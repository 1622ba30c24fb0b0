"""The JSON API of courses."""

import pytest
from httpx import AsyncClient

from tests.conftest import World
from tests.courses.stage import Site


@pytest.fixture
def api(site: Site, world: World) -> AsyncClient:
    return site.api(world.music.people["hana"])


async def test_a_program_makes_and_publishes_a_course(api: AsyncClient) -> None:
    course = (await api.post("/courses", json={"title": "Scales"})).json()
    module = (await api.post(f"/courses/{course['id']}/modules", json={"title": "Major"})).json()
    lesson = (await api.post(f"/modules/{module['id']}/lessons", json={"title": "C major"})).json()
    early = await api.post(f"/courses/{course['id']}/publication")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/courses/nothing-to-learn")
    draft = f"/lessons/{lesson['id']}/draft"
    tag = (await api.get(draft)).headers["etag"]
    await api.patch(draft, json={"content": "C D E"}, headers={"if-match": tag})
    made = await api.post(f"/lessons/{lesson['id']}/publication", json={"note": "First"})
    assert made.json() == {"number": 1}
    published = (await api.post(f"/courses/{course['id']}/publication")).json()
    assert published["status"] == "published"
    listed = (await api.get("/courses", params={"status": "published"})).json()["items"]
    assert "Scales" in [row["title"] for row in listed]
    (row,) = (await api.get(f"/courses/{course['id']}/lessons")).json()["items"]
    assert (row["title"], row["status"], row["changed"]) == ("C major", "published", False)


async def test_a_change_names_the_version_it_changes(api: AsyncClient) -> None:
    course = await api.post("/courses", json={"title": "Scales", "summary": "Up."})
    path, tag = f"/courses/{course.json()['id']}", course.headers["etag"]
    assert (await api.patch(path, json={"title": "Modes"})).status_code == 428
    changed = await api.patch(path, json={"title": "Modes"}, headers={"if-match": tag})
    assert (changed.json()["title"], changed.json()["summary"]) == ("Modes", "Up.")
    assert (await api.patch(path, json={"title": "Late"}, headers={"if-match": tag})).status_code == 412


async def test_modules_and_lessons_are_changed_by_version_too(api: AsyncClient) -> None:
    course = (await api.post("/courses", json={"title": "Scales"})).json()
    module = (await api.post(f"/courses/{course['id']}/modules", json={"title": "Major"})).json()
    path = f"/modules/{module['id']}"
    tag = (await api.get(path)).headers["etag"]
    assert (await api.patch(path, json={"title": "Minor"}, headers={"if-match": tag})).json()[
        "title"
    ] == "Minor"
    assert (await api.patch(path, json={"title": "Late"}, headers={"if-match": tag})).status_code == 412
    lesson = await api.post(f"/modules/{module['id']}/lessons", json={"title": "A minor"})
    path, tag = f"/lessons/{lesson.json()['id']}", lesson.headers["etag"]
    changed = await api.patch(path, json={"title": "A", "is_preview": True}, headers={"if-match": tag})
    assert (changed.json()["title"], changed.json()["is_preview"]) == ("A", True)


async def test_students_and_teachers_of_other_courses_find_nothing(
    site: Site, api: AsyncClient, world: World
) -> None:
    course = (await api.post("/courses", json={"title": "Scales"})).json()
    marcus, isla = (site.api(world.music.people[key]) for key in ("marcus", "isla"))
    assert (await marcus.get(f"/courses/{course['id']}")).status_code == 404
    assert (await marcus.post(f"/courses/{course['id']}/modules", json={"title": "x"})).status_code == 404
    assert (await isla.get("/courses")).status_code == 403
