"""Everything the provider has, page by page, for whoever compares it with ours."""

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec

from coursecove.providers.identity import ProviderMembership, ProviderOrganization, ProviderUser, answers
from coursecove.providers.identity.part import Part, path_of

PAGE, OVERLAP = 200, 20
T = TypeVar("T")


class Listing(Part):
    """Walks through people, schools and members, the oldest first: what is added meanwhile comes at the end."""

    async def users(self) -> AsyncIterator[ProviderUser]:
        """By cursor, so that an account that is deleted meanwhile hides no other."""
        after: str | None = None
        while True:
            query: list[tuple[str, str | int]] = [("order_by", "+created_at"), ("limit", PAGE)]
            if after is not None:
                query.append(("starting_after", after))
            found = answers.read(await self._calls.get("/v1/users", query), list[msgspec.Raw])
            for each in found:
                user = answers.user(bytes(each))
                after = user.id
                yield user
            if len(found) < PAGE:
                return

    async def organizations(self) -> AsyncIterator[ProviderOrganization]:
        async for each in self._pages("/v1/organizations", answers.organization):
            yield each

    async def memberships(self, organization_id: str) -> AsyncIterator[ProviderMembership]:
        path = path_of("organizations", organization_id, "memberships")
        async for each in self._pages(path, answers.membership):
            yield each

    async def _pages(self, path: str, read: Callable[[bytes], T]) -> AsyncIterator[T]:
        """By offset, each page beginning within the one before, so that a few that are deleted meanwhile hide none."""
        offset, seen = 0, set[bytes]()
        while True:
            query = [("order_by", "+created_at"), ("limit", str(PAGE)), ("offset", str(offset))]
            found = answers.read(await self._calls.get(path, query), answers.Page).data
            for raw in map(bytes, found):
                if raw not in seen:
                    seen.add(raw)
                    yield read(raw)
            if len(found) < PAGE:
                return
            offset += PAGE - OVERLAP
