"""The identity provider behind Clerk's Backend API, wherever that is served: Clerk's own, and the embedded one."""

from collections.abc import Sequence

import httpx

from coursecove.providers.identity import ProviderForgot, ProviderRefused, RefreshRefused, answers
from coursecove.providers.identity.calls import PAGE_DEADLINE, Calls, SessionRefused
from coursecove.providers.identity.inviting import Inviting
from coursecove.providers.identity.listing import Listing
from coursecove.providers.identity.part import EMBEDDED, Dialect, path_of
from coursecove.providers.identity.people import People
from coursecove.providers.identity.schools import Schools


class ClerkIdentity(Schools, People, Inviting, Listing):
    """Speaks the Backend API with a secret key; what a request waits for has the shorter deadline."""

    def __init__(self, client: httpx.AsyncClient, secret_key: str, dialect: Dialect = EMBEDDED) -> None:
        super().__init__(Calls(client, secret_key), dialect)

    async def refresh(
        self, *, session_id: str, expired_token: str, refresh_token: str, origin: str
    ) -> Sequence[str]:
        body = {
            "format": "cookie",
            "expired_token": expired_token,
            "refresh_token": refresh_token,
            "request_origin": origin,
            "request_headers": {},
            "suffixed_cookies": True,
        }
        path = path_of("sessions", session_id, "refresh")
        try:
            raw = await self._calls.send("POST", path, body, deadline=PAGE_DEADLINE, repeatable=True)
        except (ProviderRefused, ProviderForgot, SessionRefused) as refused:
            raise RefreshRefused from refused
        return answers.read(raw, answers.Cookies).cookies

    async def revoke(self, session_id: str) -> None:
        path = path_of("sessions", session_id, "revoke")
        try:
            await self._calls.send("POST", path, {}, deadline=PAGE_DEADLINE, repeatable=True)
        except (ProviderRefused, ProviderForgot):
            return
