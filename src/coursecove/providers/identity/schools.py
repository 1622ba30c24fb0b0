"""Schools and who belongs to them, at the provider."""

from collections.abc import Mapping
from typing import Any

import msgspec

from coursecove.kit import clock
from coursecove.providers.identity import (
    ProviderForgot,
    ProviderMembership,
    ProviderOrganization,
    ProviderRefused,
    answers,
)
from coursecove.providers.identity.calls import Uncertain
from coursecove.providers.identity.part import Part, given, path_of
from coursecove.providers.identity.roles import provider_role, role_metadata, says_otherwise

_JUST_NOW_MS = 120_000


class Schools(Part):
    """Founds, changes and ends schools; adds, changes and removes members."""

    async def create_organization(
        self, *, name: str, slug: str, created_by: str, public_metadata: Mapping[str, Any] | None = None
    ) -> ProviderOrganization:
        body = {
            "name": name,
            "slug": slug,
            "created_by": created_by,
            "public_metadata": dict(public_metadata or {}),
        }
        try:
            return answers.organization(await self._calls.send("POST", "/v1/organizations", body))
        except (Uncertain, ProviderRefused) as problem:
            made = await self._lately_made(slug, created_by)
            if made is None:
                raise problem from None
            return made

    async def update_organization(
        self,
        organization_id: str,
        *,
        name: str | None = None,
        slug: str | None = None,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderOrganization:
        path, raw = path_of("organizations", organization_id), b""
        if public_metadata is not None:
            raw = await self._calls.send("PATCH", f"{path}/metadata", {"public_metadata": public_metadata})
        if name is not None or slug is not None or not raw:
            raw = await self._calls.send("PATCH", path, given(name=name, slug=slug))
        return answers.organization(raw)

    async def delete_organization(self, organization_id: str) -> None:
        await self._gone(path_of("organizations", organization_id))

    async def add_member(
        self,
        organization_id: str,
        user_id: str,
        role: str,
        *,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderMembership:
        custom = self._dialect.custom_roles
        beside = {
            name: value for name, value in role_metadata(role, custom=custom).items() if value is not None
        }
        body = {
            "user_id": user_id,
            "role": provider_role(role, custom=custom),
            "public_metadata": {**(public_metadata or {}), **beside},
        }
        try:
            raw = await self._calls.send(
                "POST", path_of("organizations", organization_id, "memberships"), body
            )
        except (Uncertain, ProviderRefused) as problem:
            found = await self._membership(organization_id, user_id)
            if found is None:
                raise problem from None
            return await self.change_role(organization_id, user_id, role, public_metadata=public_metadata)
        return answers.membership(raw)

    async def change_role(
        self,
        organization_id: str,
        user_id: str,
        role: str,
        *,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderMembership:
        """What stands beside the role goes first where it says the role, so that nobody is less for a moment."""
        path = path_of("organizations", organization_id, "memberships", user_id)
        beside = role_metadata(role, custom=self._dialect.custom_roles)
        if any(beside.values()):
            metadata = {**(public_metadata or {}), **beside}
            await self._calls.send("PATCH", f"{path}/metadata", {"public_metadata": metadata})
            return answers.membership(await self._calls.send("PATCH", path, self._role(role)))
        changed = answers.membership(await self._calls.send("PATCH", path, self._role(role)))
        if public_metadata or says_otherwise(changed.public_metadata, beside):
            metadata = {**(public_metadata or {}), **beside}
            raw = await self._calls.send("PATCH", f"{path}/metadata", {"public_metadata": metadata})
            changed = answers.membership(raw)
        return changed

    async def remove_member(self, organization_id: str, user_id: str) -> None:
        await self._gone(path_of("organizations", organization_id, "memberships", user_id))

    def _role(self, role: str) -> dict[str, str]:
        return {"role": provider_role(role, custom=self._dialect.custom_roles)}

    async def _lately_made(self, slug: str, created_by: str) -> ProviderOrganization | None:
        """The school that an earlier try of the same person has made a moment ago, though its answer was lost."""
        try:
            raw = await self._calls.get(path_of("organizations", slug))
        except ProviderForgot:
            return None
        found = answers.organization(raw)
        age = clock.now().timestamp() * 1000 - answers.read(raw, _Made).created_at
        return found if found.created_by == created_by and age < _JUST_NOW_MS else None

    async def _membership(self, organization_id: str, user_id: str) -> ProviderMembership | None:
        path = path_of("organizations", organization_id, "memberships")
        raw = await self._calls.get(path, [("user_id", user_id), ("limit", 1)])
        found = answers.read(raw, answers.Page).data
        return answers.membership(bytes(found[0])) if found else None


class _Made(msgspec.Struct):
    created_at: int
