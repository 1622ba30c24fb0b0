"""The JSON twins: the school's settings, its names, exports of its data."""

from coursecove.accounts.roles import Role
from coursecove.accounts.scopes import Scope
from tests.pages.stage import Site
from tests.schools.conftest import Town


async def test_settings_change_by_merge_patch(site: Site) -> None:
    owner = site.stage.client(
        "musicschool", site.stage.headers_of(site.world.music.one(Role.SUPER_ADMIN), "musicschool")
    )
    async with owner:
        before = await owner.get("/school")
        wanted = {"serves_minors": True, "profiles_by": "guardians", "joining": "ask"}
        answer = await owner.patch("/school", json=wanted, headers={"if-match": before.headers["etag"]})
        assert answer.status_code == 200, answer.text
        assert {name: answer.json()[name] for name in wanted} == wanted
        stale = await owner.patch("/school", json=wanted, headers={"if-match": before.headers["etag"]})
        assert stale.status_code == 412
        bad = await owner.patch("/school", json={"joining": "open"}, headers={"if-match": "*"})
        assert bad.status_code == 422


async def test_names_of_the_school(site: Site) -> None:
    owner = site.stage.headers_of(site.world.music.one(Role.SUPER_ADMIN), "musicschool")
    teacher = site.stage.headers_of(site.world.music.one(Role.TEACHER), "musicschool")
    async with site.stage.client("musicschool", owner) as client:
        items = (await client.get("/school/hostnames")).json()["items"]
    assert [(item["name"], item["kind"], item["status"]) for item in items] == [
        ("musicschool", "subdomain", "current")
    ]
    async with site.stage.client("musicschool", teacher) as client:
        assert (await client.get("/school/hostnames")).status_code == 403


async def test_exports_are_asked_for_and_followed(town: Town) -> None:
    headers = town.site.stage.headers_of(town.site.world.music.one(Role.SUPER_ADMIN), "musicschool")
    async with town.site.stage.client("musicschool", headers) as client:
        asked = await client.post("/exports")
        assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
        await town.work()
        found = (await client.get(f"/exports/{asked.json()['id']}")).json()
        assert found["state"] == "ready"
        assert found["tables_done"] == found["tables_total"] > 5
        assert [item["id"] for item in (await client.get("/exports")).json()["items"]] == [found["id"]]
        made = await client.post(
            "/tokens", json={"name": "Backup", "scopes": [Scope.READ_SCHOOL], "days": 1, "of_school": True}
        )
    lesser = {"authorization": f"Bearer {made.json()['secret']}"}
    async with town.site.stage.client("musicschool", lesser) as client:
        assert (await client.get("/exports")).status_code == 403
    lena = town.site.stage.headers_of(town.site.world.yoga.one(Role.SUPER_ADMIN), "yogastudio")
    async with town.site.stage.client("yogastudio", lena) as client:
        assert (await client.get(f"/exports/{found['id']}")).status_code == 404
