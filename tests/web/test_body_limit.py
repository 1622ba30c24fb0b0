"""A body has a limit, whether it says how long it is or not."""

from collections.abc import AsyncIterator

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from coursecove.kit.web.body_limit import BodyLimit


async def _length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def _client() -> httpx.AsyncClient:
    site = BodyLimit(Starlette(routes=[Route("/", _length, methods=["POST"])]), 100)
    return httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://here")


async def test_a_body_within_its_limit_is_read() -> None:
    async with _client() as client:
        assert (await client.post("/", content=b"x" * 100)).text == "100"


async def test_an_announced_body_beyond_it_is_refused() -> None:
    async with _client() as client:
        assert (await client.post("/", content=b"x" * 101)).status_code == 413


async def test_a_body_that_grows_beyond_it_is_refused() -> None:
    async def growing() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 10

    async with _client() as client:
        assert (await client.post("/", content=growing())).status_code == 413
