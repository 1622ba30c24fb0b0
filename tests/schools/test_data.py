"""Taking the school's data away, closing it, and opening it again."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest

from coursecove.accounts.roles import Role
from coursecove.schools import exporting
from tests.pages.stage import Site, Visitor
from tests.schools.conftest import Town
from tests.schools.test_settings import picture


def owner_of(site: Site, *, at: str | None = None) -> Visitor:
    return site.member(site.world.music.one(Role.SUPER_ADMIN), at=at)


async def newest_export(town: Town) -> str:
    return str(await town.value("select id from school_exports order by id desc limit 1"))


async def exported(town: Town) -> bytes:
    owner = owner_of(town.site)
    assert (await owner.post("/school/exports")).status_code == 303
    await town.work()
    assert town.failures == []
    answer = await owner.post(f"/school/exports/{await newest_export(town)}/downloads")
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''musicschool-")
    assert answer.headers["content-length"] == str(len(answer.content))
    return answer.content


def rows(archive: zipfile.ZipFile, table: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in archive.read(f"data/{table}.jsonl").splitlines()]


async def test_an_export_holds_everything_of_this_school_and_nothing_of_another(town: Town) -> None:
    await owner_of(town.site).post("/school/logo", {}, {"logo": ("l.png", picture("PNG"), "image/png")})
    archive = zipfile.ZipFile(BytesIO(await exported(town)))
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["school"] == "Harbour Music School"
    wanted = {source.name for source in exporting.sources()}
    assert set(manifest["tables"]) == wanted
    music = str(town.site.world.music.id)
    for table in wanted - {"school", "people"}:
        found = rows(archive, table)
        assert {row["organization_id"] for row in found} <= {music}
        assert len(found) == manifest["tables"][table]
    assert {row["id"] for row in rows(archive, "organization_memberships")} == {
        str(person.member_id) for person in town.site.world.music.people.values()
    }
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Stillwater" not in everything
    assert b"secret_hash" not in everything
    assert archive.read("files/logo.png").startswith(b"\x89PNG")


async def test_rows_come_back_as_they_were(town: Town) -> None:
    """What is written is what the database would write: no value is lost on the way."""
    archive = zipfile.ZipFile(BytesIO(await exported(town)))
    for table in ("organization_memberships", "guardianships"):
        same = await town.value(
            f"select count(*) from {table} t where t.organization_id = $1 and to_jsonb(t) = any($2::text[]::jsonb[])",
            town.site.world.music.id,
            [json.dumps(row) for row in rows(archive, table)],
        )
        assert same == len(rows(archive, table)) > 0


async def test_every_table_of_schools_is_exported_or_left_out_for_a_reason() -> None:
    known = {table.name for table in exporting.tables()} | set(exporting.LEFT_OUT)
    from coursecove.accounts.sync.keeping import tables_of_schools

    assert {table.name for table in tables_of_schools()} <= known
    assert all(exporting.LEFT_OUT.values())


async def test_progress_shows_and_a_second_export_waits(town: Town) -> None:
    owner = owner_of(town.site)
    await owner.post("/school/exports")
    page = await owner.get("/school/data")
    assert "Being written" in page.text
    assert (await owner.post("/school/exports")).status_code == 409
    part = await owner.get("/school/data", **{"hx-request": "true"})
    assert part.text.lstrip().startswith('<section id="exports"')
    await town.work()
    assert "Ready" in (await owner.get("/school/data")).text
    assert "wrote an export" in (await owner.get("/activity")).text


async def test_an_export_that_is_not_ready_or_over_is_gone(town: Town) -> None:
    owner = owner_of(town.site)
    await owner.post("/school/exports")
    export = await newest_export(town)
    assert (await owner.post(f"/school/exports/{export}/downloads")).status_code == 410
    await town.work()
    await town.value("update school_exports set expires_at = now() - interval '1 second' returning id")
    assert (await owner.post(f"/school/exports/{export}/downloads")).status_code == 410


async def test_others_cannot_fetch_it(town: Town) -> None:
    await exported(town)
    export = await newest_export(town)
    path = f"/school/exports/{export}/downloads"
    teacher = town.site.member(town.site.world.music.one(Role.TEACHER))
    lena = town.site.member(town.site.world.yoga.one(Role.SUPER_ADMIN))
    assert [(await each.post(path)).status_code for each in (teacher, lena)] == [403, 404]
    assert (await owner_of(town.site).get(path)).status_code == 405


async def test_an_export_cut_short_is_written_anew(town: Town) -> None:
    owner = owner_of(town.site)
    await owner.post("/school/exports")
    export = await newest_export(town)
    await town.value(
        "insert into school_export_parts (organization_id, id, export_id, position, content) "
        "values ($1, gen_random_uuid(), $2, 0, 'half') returning id",
        town.site.world.music.id,
        export,
    )
    await town.value("update school_exports set state = 'running' returning id")
    await town.work()
    answer = await owner.post(f"/school/exports/{export}/downloads")
    assert zipfile.ZipFile(BytesIO(answer.content)).testzip() is None


async def close(site: Site, name: str = "harbour music  SCHOOL") -> None:
    answer = await owner_of(site).post("/school/closing", {"name": name})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "http://coursecove.localhost:8000/schools"


async def test_a_closed_school_is_shut_for_everybody_at_once(town: Town) -> None:
    await close(town.site)
    for role in Role:
        person = town.site.world.music.one(role)
        assert (await town.site.member(person).get("/dashboard")).status_code in (403, 404)
    town.site.forget_hosts()
    assert (await town.site.nobody("musicschool").get("/")).status_code == 404
    assert (
        await town.site.member(town.site.world.yoga.one(Role.SUPER_ADMIN)).get("/dashboard")
    ).status_code == 200
    await town.work()
    assert town.provider.calls == []


async def test_an_owner_opens_it_again_and_nothing_is_lost(town: Town) -> None:
    await close(town.site)
    town.site.forget_hosts()
    amara = town.site.world.music.one(Role.SUPER_ADMIN)
    apex = town.site.member(amara, at="")
    page = await apex.get("/schools")
    assert "Harbour Music School" in page.text
    assert "Open again" in page.text
    path = f"/schools/{town.site.world.music.id}/reopening"
    for stranger in (town.site.world.music.one(Role.TEACHER), town.site.world.yoga.one(Role.SUPER_ADMIN)):
        assert (await town.site.member(stranger, at="").post(path)).status_code == 404
    assert (await apex.post(path)).status_code == 303
    town.site.forget_hosts()
    home = await owner_of(town.site).get("/activity")
    assert home.status_code == 200
    assert "closed the school" in home.text
    assert "opened the school again" in home.text
    assert (await apex.post(path)).status_code == 404


@pytest.mark.parametrize("reopened", [False, True])
async def test_after_the_grace_the_provider_is_told_unless_it_was_opened_again(
    town: Town, *, reopened: bool
) -> None:
    await close(town.site)
    if reopened:
        await town.site.member(town.site.world.music.one(Role.SUPER_ADMIN), at="").post(
            f"/schools/{town.site.world.music.id}/reopening"
        )
    await town.value(
        "update organizations set closes_at = closes_at - $1::interval, closed_at = closed_at - $1::interval "
        "where subdomain = 'musicschool' returning id",
        timedelta(days=31),
    )
    await town.value("update events set not_before = now() where not_before is not null returning 1")
    await town.work()
    assert town.failures == []
    assert town.provider.calls == ([] if reopened else ["delete_organization"])
    status = await town.value("select status from organizations where subdomain = 'musicschool'")
    assert status == ("ACTIVE" if reopened else "DELETED")
    overdue = await town.value(
        "select count(*) from organizations where status = 'DELETED' and closed_at <= now() - interval '30 days'"
    )
    assert overdue == (0 if reopened else 1)


async def test_closing_asks_for_the_name(site: Site) -> None:
    answer = await owner_of(site).post("/school/closing", {"name": "Harbour"})
    assert answer.status_code == 422
    assert "exactly as it stands above" in answer.text
    assert (await owner_of(site).get("/dashboard")).status_code == 200
