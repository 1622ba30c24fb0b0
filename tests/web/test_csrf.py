"""Who may change something: only a form of ours, of this session, on this host."""

import pytest
from starlette.requests import Request

from coursecove.kit.web.csrf import CsrfGuard, SentFromElsewhere, StaleForm

HERE = "https://musicschool.coursecove.example"
SIBLING = "https://yogastudio.coursecove.example"
GUARD = CsrfGuard(b"0" * 32, exempt=frozenset({"/api/webhooks/clerk"}))


def request(
    method="POST", *, path="/x", headers=None, body=b"", content_type="application/x-www-form-urlencoded"
):
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", content_type.encode()), *raw],
        "state": {"origin": HERE},
        "server": ("musicschool.coursecove.example", 443),
        "scheme": "https",
    }
    return Request(scope, receive)


def good(headers=None, session="sess_1", origin=HERE):
    return {"sec-fetch-site": "same-origin", "x-csrf-token": GUARD.token(session, origin)} | (headers or {})


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_reading_needs_nothing(method):
    await GUARD.check(request(method), "sess_1")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "same-origin", "origin": HERE},
        {"origin": HERE},
    ],
)
async def test_our_own_pages_pass(headers):
    await GUARD.check(request(headers=headers | {"x-csrf-token": GUARD.token("sess_1", HERE)}), "sess_1")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "ANYTHING"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin", "origin": SIBLING},
        {"sec-fetch-site": "same-site", "origin": HERE},
        {"origin": SIBLING},
        {"origin": "null"},
        {"origin": HERE + ":444"},
        {"origin": HERE.replace("https", "http")},
        {"origin": HERE + ".evil.example"},
        {"hx-request": "true"},
        {"referer": HERE + "/"},
    ],
)
async def test_requests_from_elsewhere_are_refused(method, headers):
    headers = headers | {"x-csrf-token": GUARD.token("sess_1", HERE)}
    with pytest.raises(SentFromElsewhere):
        await GUARD.check(request(method, headers=headers), "sess_1")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "ü",
        "=" * 64,
        GUARD.token("sess_2", HERE),
        GUARD.token(None, HERE),
        GUARD.token("sess_1", SIBLING),
        GUARD.token("sess_1", HERE)[:-4],
        CsrfGuard(b"1" * 32).token("sess_1", HERE),
    ],
    ids=[
        "empty",
        "short",
        "not ascii",
        "no base64",
        "other session",
        "nobody",
        "sibling",
        "cut",
        "other key",
    ],
)
async def test_forms_of_another_session_host_or_installation_are_stale(token):
    body = f"csrf_token={token}".encode()
    with pytest.raises(StaleForm):
        await GUARD.check(request(headers={"sec-fetch-site": "same-origin"}, body=body), "sess_1")


async def test_the_token_may_be_a_field_of_either_kind_of_form():
    token = GUARD.token("sess_1", HERE)
    headers = {"sec-fetch-site": "same-origin"}
    await GUARD.check(request(headers=headers, body=b"csrf_token=" + token.encode()), "sess_1")
    part = f'--b\r\ncontent-disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n--b--\r\n'.encode()
    await GUARD.check(
        request(headers=headers, body=part, content_type="multipart/form-data; boundary=b"), "sess_1"
    )


@pytest.mark.parametrize("kind", ["text/plain", "application/json", ""])
async def test_no_other_body_is_searched_for_a_token(kind):
    body = b"csrf_token=" + GUARD.token("sess_1", HERE).encode()
    with pytest.raises(StaleForm):
        await GUARD.check(
            request(headers={"sec-fetch-site": "same-origin"}, body=body, content_type=kind), "sess_1"
        )


async def test_strangers_have_forms_too():
    await GUARD.check(request(headers=good(session=None)), None)


async def test_only_listed_paths_are_exempt():
    await GUARD.check(request(path="/api/webhooks/clerk"), None)
    for path in ("/api/webhooks/clerk/", "/api/webhooks", "/api/webhooks/clerk/../x"):
        with pytest.raises(SentFromElsewhere):
            await GUARD.check(request(path=path), None)


def test_tokens_differ_each_time():
    assert GUARD.token("sess_1", HERE) != GUARD.token("sess_1", HERE)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        CsrfGuard(b"short")


def test_a_refusal_says_what_to_do():
    assert SentFromElsewhere().status == StaleForm().status == 403
    assert "Load the page again" in StaleForm().message
