"""The mailbox through the front door: read by anybody on this machine, changed by its own pages only."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from coursecove.kit.db import Database
from coursecove.kit.ids import new_id
from coursecove.notifications.actions import queue_mail
from coursecove.settings import MailSettings, Settings
from coursecove.web.app import create_app
from tests.conftest import Server

AT = "http://mail.coursecove.localhost:8000"
HTML = "<!doctype html><html><head><title>x</title></head><body><script>alert(1)</script><a href='http://musicschool.coursecove.localhost:8000/'>Open</a></body></html>"


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Settings:
    return server.settings.model_copy(update={"data": tmp_path})


@pytest.fixture
async def visitor(database: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(settings, database))
    async with httpx.AsyncClient(transport=transport, base_url=AT) as client:
        yield client


async def queued(
    database: Database, key: str, to: str = "isla@music.example", subject: str = "Hello"
) -> UUID:
    async with database.service() as db:
        await queue_mail(
            db,
            to=to,
            subject=subject,
            text="Open http://musicschool.coursecove.localhost:8000/x?a=1&b=2.",
            html=HTML,
            key=key,
        )
        found: UUID = await db.value("select id from mail_messages where key = $1", key)
        return found


async def many(database: Database, count: int, to: str) -> None:
    """Mails a second apart, which their ids tell."""
    for number in range(count):
        await queued(database, f"k{number}", to.format(number), f"Mail {number}!")
        async with database.service() as db:
            at = UUID(int=(0x0190_0000_0000 + number * 1000) << 80 | 0x7 << 76 | 0x8 << 60)
            await db.value("update mail_messages set id = $2 where key = $1 returning 1", f"k{number}", at)


async def empty(visitor: httpx.AsyncClient, page: str, **headers: str) -> httpx.Response:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    sent = {"origin": AT, "sec-fetch-site": "same-origin"} | headers
    return await visitor.post("/emptyings", data={"csrf_token": token[1] if token else ""}, headers=sent)


async def test_mail_is_listed_newest_first_and_found_by_recipient(
    visitor: httpx.AsyncClient, database: Database
) -> None:
    await many(database, 30, "student{}@music.example")
    first = await visitor.get("/")
    assert first.status_code == 200
    assert re.findall(r"Mail (\d+)!", first.text) == [str(n) for n in range(29, 4, -1)]
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older
    second = await visitor.get(older[1].replace("&amp;", "&"))
    assert re.findall(r"Mail (\d+)!", second.text) == ["4", "3", "2", "1", "0"]
    newer = re.search(r'rel="prev" href="([^"]+)"', second.text)
    assert newer
    assert (await visitor.get(newer[1].replace("&amp;", "&"))).text.count("Mail ") >= 25
    found = await visitor.get("/", params={"to": "STUDENT7@"})
    assert re.findall(r"Mail (\d+)!", found.text) == ["7"]
    assert "No mail to that address" in (await visitor.get("/", params={"to": "%"})).text


async def test_search_keeps_its_words_from_page_to_page(
    visitor: httpx.AsyncClient, database: Database
) -> None:
    await many(database, 27, "isla+a&b@music.example")
    await queued(database, "other", "noah@music.example", "Mail 99!")
    first = await visitor.get("/", params={"to": "isla+a&b"})
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older
    second = await visitor.get(older[1].replace("&amp;", "&"))
    assert re.findall(r"Mail (\d+)!", second.text) == ["1", "0"]


async def test_one_mail_shows_headers_text_and_where_its_html_is(
    visitor: httpx.AsyncClient, database: Database
) -> None:
    mail_id = await queued(database, "code:7", subject="<b>Your code</b>")
    page = await visitor.get(f"/mails/{mail_id}")
    assert page.status_code == 200
    assert "&lt;b&gt;Your code&lt;/b&gt;" in page.text
    assert "CourseCove &lt;no-reply@coursecove.localhost&gt;" in page.text
    assert "code:7" in page.text
    assert 'href="http://musicschool.coursecove.localhost:8000/x?a=1&amp;b=2"' in page.text
    assert f'src="/mails/{mail_id}/html"' in page.text
    assert "<script>alert" not in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_a_mails_html_can_do_nothing(visitor: httpx.AsyncClient, database: Database) -> None:
    mail_id = await queued(database, "k")
    paper = await visitor.get(f"/mails/{mail_id}/html")
    rules = {
        name: value
        for name, _, value in (
            part.strip().partition(" ") for part in paper.headers["content-security-policy"].split(";")
        )
    }
    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules
    assert rules["frame-ancestors"] == "'self'"
    assert rules["form-action"] == "'none'"
    assert "allow-scripts" not in rules["sandbox"]
    assert "allow-same-origin" not in rules["sandbox"]
    assert paper.headers["x-content-type-options"] == "nosniff"
    assert paper.headers["cross-origin-resource-policy"] == "same-origin"
    assert "no-store" in paper.headers["cache-control"]
    assert '<head><base target="_blank">' in paper.text


@pytest.mark.parametrize("path", ["/mails/{}", "/mails/{}/html", "/mails/x", "/mails/x/html"])
async def test_a_mail_that_is_not_there(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path.format(new_id()))).status_code == 404


async def test_clearing_forgets_every_mail(visitor: httpx.AsyncClient, database: Database) -> None:
    await queued(database, "k")
    done = await empty(visitor, (await visitor.get("/")).text)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    after = await visitor.get("/")
    assert "No mail yet" in after.text
    assert "The mailbox is empty." in after.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://musicschool.coursecove.localhost:8000", "sec-fetch-site": "same-site"},
        {"origin": "http://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_nobody_elses_page_clears_it(
    visitor: httpx.AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    await queued(database, "k")
    refused = await empty(visitor, (await visitor.get("/")).text, **headers)
    assert refused.status_code == 403
    assert "Hello" in (await visitor.get("/")).text


async def test_a_form_without_its_token_clears_nothing(
    visitor: httpx.AsyncClient, database: Database
) -> None:
    await queued(database, "k")
    assert (await empty(visitor, "")).status_code == 403
    assert "Hello" in (await visitor.get("/")).text


async def test_no_other_page_may_read_it(visitor: httpx.AsyncClient, database: Database) -> None:
    await queued(database, "k")
    for path in ("/", "/?to=isla"):
        answer = await visitor.get(path, headers={"origin": "http://evil.example"})
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": "production"},
        {"mail": MailSettings(smtp_url=SecretStr("smtp://localhost"))},
        {"mail": MailSettings(resend_api_key=SecretStr("re_x"))},
    ],
    ids=["production", "smtp", "resend"],
)
async def test_where_mail_leaves_there_is_no_mailbox(
    database: Database, settings: Settings, changes: dict[str, object]
) -> None:
    mail_id = await queued(database, "k")
    chosen = settings.model_copy(update={"public_port": 8000, **changes})
    transport = httpx.ASGITransport(app=create_app(chosen, database))
    at = AT if chosen.in_development else AT.replace("http:", "https:")
    async with httpx.AsyncClient(transport=transport, base_url=at) as client:
        nowhere = await client.get(at.replace("mail.", "nobody-here."))
        for path in ("/", f"/mails/{mail_id}", f"/mails/{mail_id}/html"):
            answer = await client.get(path)
            assert (answer.status_code, answer.text) == (nowhere.status_code, nowhere.text)
        assert nowhere.status_code == 404


@pytest.mark.parametrize("host", ["musicschool", "operator", "id"])
async def test_other_hosts_have_no_mailbox(visitor: httpx.AsyncClient, database: Database, host: str) -> None:
    mail_id = await queued(database, "k")
    answer = await visitor.get(f"http://{host}.coursecove.localhost:8000/mails/{mail_id}")
    assert "Hello" not in answer.text
    assert answer.status_code in (401, 404)
