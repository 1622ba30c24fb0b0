"""People, at the provider."""

from collections.abc import Mapping
from typing import Any

import msgspec

from coursecove.providers.identity import NotOffered, ProviderRefused, ProviderSession, ProviderUser, answers
from coursecove.providers.identity.calls import Uncertain
from coursecove.providers.identity.part import Part, given, path_of


class People(Part):
    """Makes, changes and ends accounts."""

    async def create_user(
        self,
        *,
        email: str | None = None,
        username: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        public_metadata: Mapping[str, Any] | None = None,
        external_id: str | None = None,
    ) -> ProviderUser:
        body = given(
            username=username,
            first_name=first_name,
            last_name=last_name,
            external_id=external_id,
            email_address=[email] if email else None,
            public_metadata=dict(public_metadata) if public_metadata else None,
        )
        body |= {"skip_password_requirement": True}
        try:
            return answers.user(await self._calls.send("POST", "/v1/users", body))
        except (Uncertain, ProviderRefused) as problem:
            made = None if external_id is None else await self._user_by(external_id)
            if made is None:
                raise problem from None
            return made

    async def update_user(
        self,
        user_id: str,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderUser:
        path, raw = path_of("users", user_id), b""
        if public_metadata is not None:
            raw = await self._calls.send("PATCH", f"{path}/metadata", {"public_metadata": public_metadata})
        if first_name is not None or last_name is not None or not raw:
            raw = await self._calls.send("PATCH", path, given(first_name=first_name, last_name=last_name))
        return answers.user(raw)

    async def delete_user(self, user_id: str) -> None:
        await self._gone(path_of("users", user_id))

    async def sessions(self, user_id: str) -> list[ProviderSession]:
        query = [("user_id", user_id), ("status", "active"), ("limit", "100")]
        return answers.sessions(await self._calls.get("/v1/sessions", query))

    async def create_managed(
        self,
        organization_id: str,
        *,
        username: str,
        pin: str,
        first_name: str,
        last_name: str | None = None,
        created_by: str | None = None,
    ) -> ProviderUser:
        if not self._dialect.manages:
            raise NotOffered
        body = given(
            username=username, pin=pin, first_name=first_name, last_name=last_name, created_by=created_by
        )
        path = path_of("organizations", organization_id, "managed_profiles")
        return answers.user(await self._calls.send("POST", path, body))

    async def set_pin(self, user_id: str, pin: str, *, by: str | None = None) -> None:
        if not self._dialect.manages:
            raise NotOffered
        await self._calls.send(
            "POST", path_of("users", user_id, "pin"), given(pin=pin, set_by=by), repeatable=True
        )

    async def rename_managed(self, user_id: str, username: str, *, by: str | None = None) -> None:
        if not self._dialect.manages:
            raise NotOffered
        body = given(username=username, set_by=by)
        await self._calls.send("POST", path_of("users", user_id, "managed_username"), body, repeatable=True)

    async def offer_conversion(self, user_id: str, email: str, *, school: str, by: str | None = None) -> None:
        if not self._dialect.manages:
            raise NotOffered
        body = given(email_address=email, school=school, offered_by=by)
        await self._calls.send("POST", path_of("users", user_id, "conversion"), body, repeatable=True)

    async def _user_by(self, external_id: str) -> ProviderUser | None:
        raw = await self._calls.get("/v1/users", [("external_id", external_id), ("limit", 1)])
        found = answers.read(raw, list[msgspec.Raw])
        return answers.user(bytes(found[0])) if found else None
