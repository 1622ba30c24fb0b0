"""The port against the embedded provider, in this process."""

import httpx
import pytest_asyncio

from coursecove.providers.identity.clerk import ClerkIdentity
from tests.identity.conftest import backend, postbox, provider, store

__all__ = ["backend", "postbox", "provider", "store"]


@pytest_asyncio.fixture
async def port(provider, backend) -> ClerkIdentity:
    return ClerkIdentity(backend, provider.secret_key)


class Losing(httpx.AsyncBaseTransport):
    """Does what it is asked, and loses so many of the answers to a method."""

    def __init__(self, inner: httpx.AsyncBaseTransport, method: str, times: int = 1) -> None:
        self._inner, self._method, self.left = inner, method, times

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        if request.method == self._method and self.left:
            self.left -= 1
            raise httpx.ReadTimeout("lost", request=request)
        return answer


@pytest_asyncio.fixture
async def losing_port(provider, backend):
    """A port whose first answers to a method are lost on the way back."""
    opened = []

    def make(method: str, times: int = 1) -> ClerkIdentity:
        transport = Losing(backend._transport, method, times)
        opened.append(httpx.AsyncClient(transport=transport, base_url=provider.issuer))
        return ClerkIdentity(opened[-1], provider.secret_key)

    yield make
    for client in opened:
        await client.aclose()
