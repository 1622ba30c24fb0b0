"""What every answer forbids the browser, and how long it may be kept."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from coursecove.kit.web.headers import HeaderPolicy, SecurityHeaders

BASE = "https://musicschool.coursecove.example"
CSP = (
    "default-src 'none'; script-src 'nonce-{}' 'strict-dynamic'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "form-action 'self' https://id.coursecove.example; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'; frame-src https://video.example"
)


async def page(request: Request):
    return PlainTextResponse(request.state.csp_nonce)


async def own(request: Request):
    return PlainTextResponse(
        "x", headers={"cache-control": "public, max-age=5", "content-security-policy": "sandbox"}
    )


async def missing(request: Request):
    return PlainTextResponse("x", 404)


def app(*, https=True):
    routes = [
        Route("/own", own),
        Route("/static/gone.0123456789ab.css", missing),
        Route("/{path:path}", page),
    ]
    sources = {"form-action": ("https://id.coursecove.example",), "frame-src": ("https://video.example",)}
    return SecurityHeaders(Starlette(routes=routes), policy=HeaderPolicy(https=https, sources=sources))


async def get(path, **options):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app(**options)), base_url=BASE) as client:
        return await client.get(path)


async def test_every_answer_carries_the_headers():
    answer = await get("/")
    assert {
        name: answer.headers.get(name)
        for name in (
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "cross-origin-opener-policy",
            "cross-origin-resource-policy",
            "strict-transport-security",
            "cache-control",
        )
    } == {
        "content-security-policy": CSP.format(answer.text),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "cache-control": "private, no-store",
    }
    assert "camera=()" in answer.headers["permissions-policy"]


async def test_the_nonce_is_new_each_time_and_long_enough():
    nonces = {(await get("/")).text for _ in range(5)}
    assert len(nonces) == 5
    assert all(len(nonce) >= 22 for nonce in nonces)


async def test_plain_http_promises_no_https():
    assert "strict-transport-security" not in (await get("/", https=False)).headers


@pytest.mark.parametrize(
    ("path", "freshness"),
    [
        ("/static/app.css?v=0123456789ab", "public, max-age=31536000, immutable"),
        ("/static/vendor/htmx-4.0.1.js", "public, max-age=31536000, immutable"),
        ("/static/app.css", "public, no-cache"),
        ("/static/app.css?v=", "public, no-cache"),
        ("/static/gone.0123456789ab.css", "private, no-store"),
        ("/courses/app.css?v=0123456789ab", "private, no-store"),
        ("/own", "public, max-age=5"),
    ],
)
async def test_only_versioned_files_are_kept_for_ever(path, freshness):
    assert (await get(path)).headers["cache-control"] == freshness


async def test_a_page_may_be_stricter():
    assert (await get("/own")).headers["content-security-policy"] == "sandbox"
