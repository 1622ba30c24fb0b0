"""Files of lessons: what is taken, who may see it, and that nothing in it runs."""

import re
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursecove.courses.file_kinds import KINDS, FileRefused, clean_name, kind_of
from coursecove.courses.functions import _unused
from coursecove.providers.storage.embedded import FolderStorage
from tests.conftest import World
from tests.courses.stage import Author, Site, author

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
SCORE = b'<?xml version="1.0"?>\n<!DOCTYPE score-partwise PUBLIC "x" "y">\n<score-partwise version="4.0"></score-partwise>'
TAKEN = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 ",
    "application/pdf": b"%PDF-1.7",
    "audio/mpeg": b"ID3\x04",
    "audio/mp4": b"\0\0\0\x20ftypM4A ",
    "audio/ogg": b"OggS\0",
    "video/mp4": b"\0\0\0\x20ftypisom",
    "video/webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm",
    "application/vnd.recordare.musicxml+xml": SCORE,
    "text/vnd.abc": b"X:1\nT:Speed the Plough\nM:4/4\nK:G\n|:GABc dedB|",
}
REFUSED = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">',
    "svg after a declaration": b'<?xml version="1.0"?><!-- x --><svg onload="alert(1)">',
    "svg after its doctype": b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "a" "b"><svg>',
    "html": b"\xef\xbb\xbf  <!doctype html><script>alert(1)</script>",
    "html that calls itself a tune": b"<html>\nX:1\nK:G\n<script>alert(1)</script>",
    "a program": b"MZ\x90\0",
    "an archive": b"PK\x03\x04",
    "nothing": b"",
}


@pytest.fixture
def hana(site: Site, world: World) -> Author:
    return author(site, world.music.people["hana"])


async def sent(
    hana: Author, lesson: str, name: str, content: bytes, said: str = "image/png"
) -> httpx.Response:
    return await hana.browser.post(f"{lesson}/files", files={"file": (name, content, said)})


async def address_of_first(hana: Author, lesson: str) -> str:
    text = (await hana.browser.get(f"{lesson}/files")).text
    found = re.search(r'href="(/courses/files/[^"]+)"', text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("kind", TAKEN)
def test_what_is_in_a_file_says_what_it_is(kind: str) -> None:
    assert kind_of(TAKEN[kind]).type == kind


def test_every_kind_is_tried() -> None:
    assert TAKEN.keys() == KINDS.keys()


@pytest.mark.parametrize("what", REFUSED)
def test_what_could_run_is_refused_in_a_sentence(what: str) -> None:
    with pytest.raises(FileRefused, match=r"\.$"):
        kind_of(REFUSED[what])


@given(st.text(max_size=300))
def test_names_from_hell_become_names(given_name: str) -> None:
    name = clean_name(given_name, KINDS["image/png"])
    assert name.endswith(".png")
    assert len(name) <= 160
    assert not set(name) & set('/\\<>:"|?*\0\n\r')
    assert not name.startswith(".")


async def test_a_file_is_sent_and_shown_whole_and_in_parts(hana: Author) -> None:
    _, _, lesson = await hana.made_published_lesson()
    assert (await sent(hana, lesson, "../../hand.exe", PNG)).status_code == 303
    assert "![hand](/courses/files/" in (await hana.browser.get(f"{lesson}/files")).text
    path = await address_of_first(hana, lesson)
    whole = await hana.browser.get(path)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, PNG, "image/png")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert whole.headers["content-disposition"] == "inline; filename*=UTF-8''hand.png"
    part = await hana.browser.get(path, range="bytes=1-3")
    assert (part.status_code, part.content) == (206, b"PNG")
    assert part.headers["content-range"] == f"bytes 1-3/{len(PNG)}"
    assert (await hana.browser.get(path, range="bytes=-2")).content == b"\0\0"
    assert (await hana.browser.get(path, range="bytes=5000-")).status_code == 416
    assert (await hana.browser.get(path, **{"if-none-match": whole.headers["etag"]})).status_code == 304
    assert (await hana.browser.get(path, range="bytes=0-1", **{"if-range": '"old"'})).status_code == 200


async def test_what_is_not_shown_is_only_taken_away(hana: Author) -> None:
    _, _, lesson = await hana.made_published_lesson()
    await sent(hana, lesson, "score.html", SCORE, "text/html")
    path = await address_of_first(hana, lesson)
    assert path.endswith("/download")
    answer = await hana.browser.get(path)
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''score.musicxml")
    assert (await hana.browser.get(path.replace("download", "picture"))).status_code == 404


@pytest.mark.parametrize("what", ["svg", "html", "nothing"])
async def test_a_refused_file_says_why_on_its_page(hana: Author, what: str) -> None:
    _, _, lesson = await hana.made_published_lesson()
    refused = await sent(hana, lesson, "picture.png", REFUSED[what])
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert "No files yet" in refused.text


async def test_too_large_a_file_is_refused_before_it_is_read(site: Site, hana: Author) -> None:
    _, _, lesson = await hana.made_published_lesson()
    largest = site.settings.files.largest + 5 * 1024 * 1024

    async def never() -> object:
        yield b"--x"
        raise AssertionError("more of the body was read than its beginning")

    headers = {"origin": hana.browser.origin, "sec-fetch-site": "same-origin", "content-length": str(largest)}
    headers["content-type"] = "multipart/form-data; boundary=x"
    refused = await hana.browser.client.post(f"{lesson}/files", content=never(), headers=headers)  # type: ignore[arg-type]
    assert refused.status_code == 413


async def test_a_file_larger_than_other_forms_is_taken(hana: Author) -> None:
    _, _, lesson = await hana.made_published_lesson()
    assert (await sent(hana, lesson, "film.mp4", TAKEN["video/mp4"] + b"\0" * 6_000_000)).status_code == 303
    assert "5.7 MB" in (await hana.browser.get(f"{lesson}/files")).text


async def test_whoever_may_read_the_lesson_may_see_its_files(site: Site, hana: Author, world: World) -> None:
    course, _, lesson = await hana.made_published_lesson()
    await sent(hana, lesson, "hand.png", PNG)
    path = await address_of_first(hana, lesson)
    isla, marcus = (site.browser(world.music.people[key]) for key in ("isla", "marcus"))
    maya = site.browser(world.yoga.people["maya"])
    await hana.browser.post(f"{course}/publication")
    assert {(await each.get(path)).status_code for each in (isla, marcus, maya)} == {404}
    form = {"title": "In and out", "is_preview": "1", "version": "2"}
    await hana.browser.post(f"{lesson}/settings", form)
    assert [(await each.get(path)).status_code for each in (isla, marcus, maya)] == [200, 200, 404]


async def test_nobody_sends_files_to_lessons_of_others(site: Site, hana: Author, world: World) -> None:
    _, _, lesson = await hana.made_published_lesson()
    marcus = author(site, world.music.people["marcus"])
    assert (await sent(marcus, lesson, "hand.png", PNG)).status_code == 404


async def test_a_deleted_file_is_gone_and_comes_back(hana: Author) -> None:
    _, _, lesson = await hana.made_published_lesson()
    await sent(hana, lesson, "hand.png", PNG)
    path = await address_of_first(hana, lesson)
    file = path.rpartition("/")[0]
    page = await hana.browser.follow(f"{file}/deletion")
    assert f'action="{file}/restoration"' in page.text
    assert (await hana.browser.get(path)).status_code == 404
    await hana.browser.follow(f"{file}/restoration")
    assert (await hana.browser.get(path)).status_code == 200


async def test_only_what_no_lesson_has_leaves_the_storage(site: Site, hana: Author, tmp_path: Path) -> None:
    _, _, lesson = await hana.made_published_lesson()
    await sent(hana, lesson, "hand.png", PNG)
    storage = FolderStorage(tmp_path)
    kept = []
    for content in (PNG, b"nobody's"):
        (tmp_path / "sent").write_bytes(content)
        with (tmp_path / "sent").open("rb") as source:
            kept.append(await storage.keep(source))
    assert await storage.old(60) == []
    assert sorted(await storage.old(-60)) == sorted(kept)
    async with site.database.service() as db:
        unused = await _unused(db, kept)
    assert unused == [kept[1]]
    await storage.remove(unused)
    assert [await storage.has(digest) for digest in kept] == [True, False]
