"""An identity provider in memory, for what founding and settings ask of it; it answers in the provider's own shapes."""

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from coursecove.kit import clock
from coursecove.providers.identity import (
    IdentityUnavailable,
    ProviderForgot,
    ProviderMembership,
    ProviderOrganization,
    ProviderRefused,
    ProviderSession,
)

_numbers = itertools.count(1)


class MemoryProvider:
    """Keeps organisations and memberships; `away` makes the next calls fail, `lost` loses the next answers."""

    def __init__(self) -> None:
        self.organizations_by_id: dict[str, dict[str, Any]] = {}
        self.members: dict[tuple[str, str], dict[str, Any]] = {}
        self.sessions_of: list[tuple[str, ProviderSession]] = []
        self.calls: list[str] = []
        self.away = 0
        self.lost = 0

    async def revoke(self, session_id: str) -> None:
        self.calls.append("revoke")

    async def sessions(self, user_id: str) -> list[ProviderSession]:
        self._answer("sessions")
        return [each for owner, each in self.sessions_of if owner == user_id]

    async def create_organization(
        self, *, name: str, slug: str, created_by: str, public_metadata: Mapping[str, Any] | None = None
    ) -> ProviderOrganization:
        self._answer("create_organization")
        if any(each["slug"] == slug for each in self.organizations_by_id.values()):
            raise ProviderRefused("This is taken already.", fields={"slug": "This is taken already."})
        made = {"id": f"org_made{next(_numbers):020}", "name": name, "slug": slug, "created_by": created_by}
        self.organizations_by_id[made["id"]] = made | {"public_metadata": dict(public_metadata or {})}
        self.give(made["id"], created_by, "org:admin")
        if self.lost:
            self.lost -= 1
            raise IdentityUnavailable
        return self._organization(made["id"])

    async def update_organization(
        self,
        organization_id: str,
        *,
        name: str | None = None,
        slug: str | None = None,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderOrganization:
        self._answer("update_organization")
        known = self.organizations_by_id.setdefault(
            organization_id, {"id": organization_id, "name": name, "slug": slug or "", "created_by": None}
        )
        known.update({key: value for key, value in (("name", name), ("slug", slug)) if value is not None})
        return self._organization(organization_id)

    async def delete_organization(self, organization_id: str) -> None:
        self._answer("delete_organization")
        self.organizations_by_id.pop(organization_id, None)

    async def add_member(
        self,
        organization_id: str,
        user_id: str,
        role: str,
        *,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderMembership:
        self._answer("add_member")
        word = "admin" if role == "SUPER_ADMIN" else role.lower()
        self.give(organization_id, user_id, f"org:{word}")
        return self._membership(organization_id, user_id)

    async def memberships(self, organization_id: str) -> AsyncIterator[ProviderMembership]:
        self._answer("memberships")
        for school, person in list(self.members):
            if school == organization_id:
                yield self._membership(school, person)

    def give(self, organization_id: str, user_id: str, role: str) -> None:
        self.members[organization_id, user_id] = {"id": f"orgmem_made{next(_numbers):020}", "role": role}

    def raw_organization(self, organization_id: str) -> bytes:
        known = self.organizations_by_id[organization_id]
        return json.dumps(known | {"object": "organization", "updated_at": self._now()}).encode()

    def raw_membership(self, organization_id: str, user_id: str) -> bytes:
        known = self.members[organization_id, user_id]
        school = self.organizations_by_id.get(organization_id, {"id": organization_id})
        return json.dumps(
            {
                **known,
                "object": "organization_membership",
                "organization": school,
                "public_user_data": {"user_id": user_id},
                "public_metadata": {},
                "created_at": self._now(),
                "updated_at": self._now(),
            }
        ).encode()

    def _organization(self, organization_id: str) -> ProviderOrganization:
        known = self.organizations_by_id.get(organization_id)
        if known is None:
            raise ProviderForgot
        raw = self.raw_organization(organization_id)
        return ProviderOrganization(
            organization_id, known["name"], known["slug"], None, known["created_by"], self._now(), raw
        )

    def _membership(self, organization_id: str, user_id: str) -> ProviderMembership:
        known = self.members[organization_id, user_id]
        raw = self.raw_membership(organization_id, user_id)
        return ProviderMembership(known["id"], organization_id, user_id, known["role"], {}, self._now(), raw)

    def _answer(self, call: str) -> None:
        self.calls.append(call)
        if self.away:
            self.away -= 1
            raise IdentityUnavailable

    def _now(self) -> int:
        return int(clock.now().timestamp() * 1000) + next(_numbers)
