"""Which Host headers lead somewhere, and what becomes of all the others."""

import asyncio
import contextlib
import socket

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse

from coursecove.kit.ttl_cache import TtlCache
from coursecove.kit.web import names
from coursecove.kit.web.host_gate import HostGate, Moved
from coursecove.kit.web.hosts import (
    Apex,
    ForeignHost,
    HostProblem,
    HostRefused,
    IdentityHost,
    MailHost,
    OperatorHost,
    PublicRoot,
    SchoolHost,
    host_name,
    parse_host,
)
from coursecove.kit.web.protocol import OriginFormProtocol
from coursecove.kit.web.redirects import safe_path
from tests.web.web_world import School

LOCAL = PublicRoot.parse("http://coursecove.localhost:8000")
PUBLIC = PublicRoot.parse("https://coursecove.example")


@pytest.mark.parametrize(
    ("value", "host"),
    [
        (b"coursecove.localhost:8000", Apex()),
        (b"CourseCove.LOCALHOST:8000", Apex()),
        (b"musicschool.coursecove.localhost:8000", SchoolHost("musicschool")),
        (b"MusicSchool.coursecove.localhost:8000", SchoolHost("musicschool")),
        (b"my-school.coursecove.localhost:8000", SchoolHost("my-school")),
        (b"id.coursecove.localhost:8000", IdentityHost()),
        (b"operator.coursecove.localhost:8000", OperatorHost()),
        (b"mail.coursecove.localhost:8000", MailHost()),
        (b"learn.music.example:8000", ForeignHost("learn.music.example")),
        (b"evilcoursecove.localhost:8000", ForeignHost("evilcoursecove.localhost")),
        (b"coursecove.localhost.evil.example:8000", ForeignHost("coursecove.localhost.evil.example")),
    ],
)
def test_hosts_that_are_understood(value, host):
    assert parse_host([value], LOCAL) == host
    assert host_name(host, LOCAL) == value.decode().lower().removesuffix(":8000")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([], HostProblem.MISSING),
        ([b"coursecove.localhost:8000", b"coursecove.localhost:8000"], HostProblem.REPEATED),
        ([b""], HostProblem.MALFORMED),
        ([b"coursecove.localhost"], HostProblem.PORT),
        ([b"coursecove.localhost:8001"], HostProblem.PORT),
        ([b"coursecove.localhost:08000"], HostProblem.MALFORMED),
        ([b"coursecove.localhost:"], HostProblem.MALFORMED),
        ([b"coursecove.localhost:80000000"], HostProblem.MALFORMED),
        ([b"coursecove.localhost.:8000"], HostProblem.MALFORMED),
        ([b"musicschool.coursecove.localhost..:8000"], HostProblem.MALFORMED),
        ([b"musicschool..coursecove.localhost:8000"], HostProblem.MALFORMED),
        ([b".coursecove.localhost:8000"], HostProblem.UNKNOWN),
        ([b"a.musicschool.coursecove.localhost:8000"], HostProblem.UNKNOWN),
        ([b"www.coursecove.localhost:8000"], HostProblem.UNKNOWN),
        ([b"api.coursecove.localhost:8000"], HostProblem.UNKNOWN),
        ([b"ab.coursecove.localhost:8000"], HostProblem.UNKNOWN),
        ([b"-ab.coursecove.localhost:8000"], HostProblem.UNKNOWN),
        ([b"xn--mller-kva.coursecove.localhost:8000"], HostProblem.UNKNOWN),
        ([b"music_school.coursecove.localhost:8000"], HostProblem.MALFORMED),
        ([b"m\xc3\xbcsic.coursecove.localhost:8000"], HostProblem.MALFORMED),
        ([b"musicschool.coursecove.localhost:8000@evil.example"], HostProblem.MALFORMED),
        ([b"evil.example@coursecove.localhost:8000"], HostProblem.MALFORMED),
        ([b"musicschool.coursecove.localhost:8000, evil.example"], HostProblem.MALFORMED),
        ([b" coursecove.localhost:8000"], HostProblem.MALFORMED),
        ([b"coursecove.localhost:8000\x00"], HostProblem.MALFORMED),
        ([b"coursecove.localhost:8000\n"], HostProblem.MALFORMED),
        ([b"http://coursecove.localhost:8000"], HostProblem.MALFORMED),
        ([b"127.0.0.1:8000"], HostProblem.UNKNOWN),
        ([b"[::1]:8000"], HostProblem.MALFORMED),
        ([b"2130706433:8000"], HostProblem.UNKNOWN),
        ([b"localhost:8000"], HostProblem.UNKNOWN),
        ([b"a" * 300 + b".coursecove.localhost:8000"], HostProblem.MALFORMED),
    ],
)
def test_hosts_that_are_refused(values, problem):
    with pytest.raises(HostRefused) as refused:
        parse_host(values, LOCAL)
    assert refused.value.problem is problem


@pytest.mark.parametrize("value", [b"musicschool.coursecove.example", b"musicschool.coursecove.example:443"])
def test_the_default_port_may_be_left_out(value):
    assert parse_host([value], PUBLIC) == SchoolHost("musicschool")


@given(st.lists(st.binary(max_size=80), max_size=3))
def test_no_header_makes_the_parser_fail(values):
    with contextlib.suppress(HostRefused):
        parse_host(values, LOCAL)


@pytest.mark.parametrize(
    "origin", ["ftp://x", "https://", "https://x/path", "https://u@x", "https://x?q", "coursecove.example"]
)
def test_a_root_must_be_an_origin(origin):
    with pytest.raises(ValueError, match="not an origin"):
        PublicRoot.parse(origin)


def test_origins_leave_the_default_port_out():
    assert PUBLIC.origin("yoga") == "https://yoga.coursecove.example"
    assert LOCAL.origin() == "http://coursecove.localhost:8000"


# Labels


@pytest.mark.parametrize("label", ["musicschool", "abc", "a1-b2", "a" * 63, "2fast"])
def test_labels_that_a_school_may_have(label):
    assert names.label_problem(label) is None


@pytest.mark.parametrize(
    "label",
    [
        "",
        "ab",
        "a" * 64,
        "-abc",
        "abc-",
        "a_bc",
        "Abc",
        "xn--abc",
        "www",
        "api",
        "ns1",
        "mx20",
        "müsic",
        "abc\n",
    ],
)
def test_labels_that_nobody_may_have(label):
    assert names.label_problem(label)


@pytest.mark.parametrize(
    ("slug", "label"),
    [("music-school", "musicschool"), ("w-w-w", "www"), ("Ünder-ground", "nderground"), ("---", "")],
)
def test_a_slug_loses_its_hyphens(slug, label):
    assert names.label_from_slug(slug) == label


@pytest.mark.parametrize(
    ("wanted", "taken", "free"),
    [
        ("musicschool", set(), "musicschool"),
        ("musicschool", {"musicschool"}, "musicschool2"),
        ("musicschool", {"musicschool", "musicschool2", "musicschool3"}, "musicschool4"),
        ("admin", set(), "admin2"),
        ("www", set(), "school2"),
        ("", set(), "school2"),
        ("ab", set(), "ab2"),
        ("a" * 63, {"a" * 63}, "a" * 62 + "2"),
    ],
)
def test_the_shortest_free_variant(wanted, taken, free):
    assert names.free_label(wanted, taken) == free


@given(st.text(max_size=80))
def test_any_slug_ends_in_a_label(slug):
    assert names.label_problem(names.free_label(names.label_from_slug(slug), {"school2", "abc"})) is None


# The gate


async def resolve(host):
    match host:
        case SchoolHost("musicschool") | ForeignHost("learn.music.example"):
            return School("musicschool")
        case SchoolHost("oldname"):
            return Moved("musicschool")
    return None


async def whoami(scope, receive, send):
    if scope["type"] != "http":
        return
    request = Request(scope, receive)
    found = {"subdomain": request.headers.getlist("x-subdomain"), "origin": scope["state"].get("origin")}
    await JSONResponse(found)(scope, receive, send)


async def through(gate, *, path="/", headers, type="http"):  # noqa: A002 -- the name in the scope
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": type,
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"a=1",
        "headers": headers,
    }
    await gate(scope, receive, send)
    return sent


@pytest.fixture
def gate():
    return HostGate(whoami, root=LOCAL, resolve=resolve, any_host=frozenset({"/healthz"}))


async def test_only_our_own_subdomain_header_reaches_the_app(gate):
    spellings = [(name, b"evil") for name in (b"x-subdomain", b"X-Subdomain", b"x_subdomain", b"X_SUBDOMAIN")]
    sent = await through(gate, headers=[(b"host", b"musicschool.coursecove.localhost:8000"), *spellings])
    assert (
        sent[1]["body"]
        == b'{"subdomain":["musicschool"],"origin":"http://musicschool.coursecove.localhost:8000"}'
    )


async def test_the_apex_has_no_subdomain(gate):
    sent = await through(gate, headers=[(b"host", b"coursecove.localhost:8000"), (b"x-subdomain", b"evil")])
    assert b'"subdomain":[]' in sent[1]["body"]


async def test_a_school_answers_at_its_own_domain(gate):
    sent = await through(gate, headers=[(b"host", b"learn.music.example:8000")])
    assert sent[1]["body"] == b'{"subdomain":["musicschool"],"origin":"http://learn.music.example:8000"}'


@pytest.mark.parametrize(
    ("host", "status"),
    [(b"nobody.coursecove.localhost:8000", 404), (b"evil.example:8000", 404), (b"bad host", 400)],
)
async def test_unknown_hosts_see_nothing(gate, host, status):
    sent = await through(gate, headers=[(b"host", host)])
    assert sent[0]["status"] == status


async def test_an_absolute_target_is_refused(gate):
    headers = [(b"host", b"coursecove.localhost:8000")]
    sent = await through(gate, path="http://evil.example/", headers=headers)
    assert sent[0]["status"] == 400


async def test_an_old_name_leads_to_the_new_one(gate):
    sent = await through(gate, path="/a", headers=[(b"host", b"oldname.coursecove.localhost:8000")])
    assert sent[0]["status"] == 308
    assert (b"location", b"http://musicschool.coursecove.localhost:8000/a?a=1") in sent[0]["headers"]


async def test_health_is_answered_at_any_address(gate):
    assert (await through(gate, path="/healthz", headers=[(b"host", b"10.0.0.7")]))[0]["status"] == 200


async def test_a_websocket_of_an_unknown_host_is_closed(gate):
    sent = await through(gate, headers=[(b"host", b"evil.example:8000")], type="websocket")
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_the_server_refuses_a_target_that_names_another_host():
    """Through the real parser, which would otherwise drop the host in the target unseen."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(whoami, http=OriginFormProtocol, loop="asyncio", log_config=None, lifespan="off")
        )
        serving = asyncio.create_task(server.serve([listener]))
        try:
            while not server.started:  # noqa: ASYNC110 -- the server offers no event to wait for
                await asyncio.sleep(0.01)
            answers = [await ask(port, target) for target in (b"http://evil.example/", b"*", b"/")]
        finally:
            server.should_exit = True
            await serving
    assert [answer.split()[1] for answer in answers] == [b"400", b"400", b"200"]


async def ask(port, target):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    method = b"OPTIONS" if target == b"*" else b"GET"
    writer.write(method + b" " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


# The memory of the gate


async def test_answers_are_remembered_and_absences_shortly():
    asked, moment = [], [0.0]

    async def load(key):
        asked.append(key)
        return None if key == "nobody" else key.upper()

    cache = TtlCache(load, seconds=60, absent_seconds=5, size=2, clock=lambda: moment[0])
    assert [await cache.get("a"), await cache.get("a"), await cache.get("nobody")] == ["A", "A", None]
    moment[0] = 6
    assert [await cache.get("a"), await cache.get("nobody")] == ["A", None]
    moment[0] = 61
    await cache.get("a")
    cache.forget("a")
    await cache.get("a")
    assert asked == ["a", "nobody", "nobody", "a", "a"]
    for key in "bcd":
        await cache.get(key)
    assert len(cache._kept) == 2


# Redirects on the same host


@pytest.mark.parametrize("path", ["/", "/dashboard", "/a/b?c=/d//e&f=%2F#g", "/caf%C3%A9", "/a:b@c"])
def test_paths_of_this_host(path):
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "dashboard",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "http://own@evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\t/evil.example",
        "/%09/evil.example",
        "/%2f%2fevil.example",
        "%2f%2fevil.example",
        "/%5cevil.example",
        "/a\r\nset-cookie: x=1",
        "/a%0d%0aset-cookie:x",
        " /a",
        "/a b",
        "/\x00",
        "/ü",
        "/a//b",
        "/" + "a" * 3000,
        "http://musicschool.coursecove.localhost:8000/",
    ],
)
def test_everything_else_leads_home(path):
    assert safe_path(path, "/home") == "/home"
