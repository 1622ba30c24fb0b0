"""What a page gets that calls the identity provider: short transactions as the caller, the provider between them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal, TypeAlias

from starlette.requests import Request

from coursecove.accounts.access import OPEN_MEMBER, Answer, Member, PageRoute, member_from, require
from coursecove.accounts.permissions import Permission
from coursecove.kit.db import Claims, Database, ReadDb, UserDb
from coursecove.providers.identity import IdentityProvider

Learn: TypeAlias = Callable[[str, bytes], Awaitable[None]]
"""Applies an answer of the provider at once, as if its webhook of this type had come already."""


class CalledInsideTransaction(RuntimeError):
    """A page asked for the provider, or for a second transaction, while one is open: locks would wait for a network."""


class Outside:
    """Transactions of the user client as the caller, each of which looks anew whether they still may come here."""

    def __init__(
        self,
        database: Database,
        claims: Claims,
        *,
        allow: Permission,
        identity: IdentityProvider,
        learn: Learn,
    ) -> None:
        self._database, self._claims, self._allow = database, claims, allow
        self._identity, self._learn = identity, learn
        self._open = False

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadDb]:
        """A READ ONLY transaction; it ends with the block."""
        with self._turn():
            async with self._database.read(self._claims, OPEN_MEMBER) as db:
                require(member_from(db.opened), self._allow)
                yield db

    @asynccontextmanager
    async def write(self, *, allow: Permission | None = None) -> AsyncIterator[UserDb]:
        """A unit of work, committed when the block ends without an error.

        `allow` asks for less than the page does: to note what somebody did who may not do it again.
        """
        with self._turn():
            async with self._database.write(self._claims, OPEN_MEMBER) as db:
                require(member_from(db.opened), allow or self._allow)
                yield db

    @property
    def identity(self) -> IdentityProvider:
        """The provider, outside every transaction of this page."""
        if self._open:
            raise CalledInsideTransaction
        return self._identity

    async def learn(self, event_type: str, answer: bytes) -> None:
        """Let our rows show what the provider just answered, before its webhook comes."""
        if self._open:
            raise CalledInsideTransaction
        await self._learn(event_type, answer)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._open:
            raise CalledInsideTransaction
        self._open = True
        try:
            yield
        finally:
            self._open = False


ProviderHandler: TypeAlias = Callable[[Request, Outside, Member], Awaitable[Answer]]


def provider_page(
    method: Literal["GET", "POST"], path: str, *, allow: Permission
) -> Callable[[ProviderHandler], PageRoute]:
    """Declare a page that calls the identity provider: check under row security, call, then keep what came of it."""
    return lambda handler: PageRoute(method, path, allow, handler, handler.__name__, outside=True)
