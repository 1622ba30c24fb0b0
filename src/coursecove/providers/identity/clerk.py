"""The identity provider behind Clerk's Backend API, wherever that is served."""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from coursecove.providers.identity import IdentityEndpoints, IdentityUnavailable, RefreshRefused

API = "https://api.clerk.com"
DEADLINE = httpx.Timeout(3, connect=1.5)


class ClerkIdentity:
    """Speaks the Backend API with a secret key."""

    def __init__(self, client: httpx.AsyncClient, secret_key: str) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {secret_key}"}

    async def refresh(
        self, *, session_id: str, expired_token: str, refresh_token: str, origin: str
    ) -> Sequence[str]:
        answer = await self._post(
            f"/v1/sessions/{quote(session_id, safe='')}/refresh",
            {
                "format": "cookie",
                "expired_token": expired_token,
                "refresh_token": refresh_token,
                "request_origin": origin,
                "request_headers": {},
                "suffixed_cookies": True,
            },
            refused=(400, 401, 404, 410, 422),
        )
        cookies = answer.get("cookies")
        if not isinstance(cookies, list):
            raise IdentityUnavailable
        return [line for line in cookies if isinstance(line, str)]

    async def revoke(self, session_id: str) -> None:
        try:
            await self._post(f"/v1/sessions/{quote(session_id, safe='')}/revoke", {})
        except RefreshRefused:
            return

    async def _post(
        self, path: str, body: Mapping[str, Any], *, refused: Sequence[int] = (400, 404, 410, 422)
    ) -> Mapping[str, Any]:
        try:
            answer = await self._client.post(path, json=body, headers=self._headers)
            if answer.status_code in refused:
                raise RefreshRefused
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as problem:
            raise IdentityUnavailable from problem
        return found if isinstance(found, dict) else {}


def clerk_client(api: str = API) -> httpx.AsyncClient:
    """One client per process; closed by whoever opened it."""
    return httpx.AsyncClient(base_url=api, timeout=DEADLINE, follow_redirects=False)


def clerk_endpoints(key: str, sign_in: str | None = None, sign_up: str | None = None) -> IdentityEndpoints:
    """Everything the publishable key says: it is the frontend's host in base64."""
    kind, _, encoded = key.partition("_")[2].partition("_")
    try:
        host = base64.b64decode(encoded + "==").decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("CLERK_PUBLISHABLE_KEY is not one of Clerk's keys") from None
    if kind not in ("test", "live") or not host.endswith("$"):
        raise ValueError("CLERK_PUBLISHABLE_KEY is not one of Clerk's keys")
    frontend = f"https://{host.removesuffix('$')}"
    accounts = frontend.replace("https://clerk.", "https://accounts.").replace(
        ".clerk.accounts.", ".accounts."
    )
    return IdentityEndpoints(
        issuer=frontend,
        frontend=frontend,
        sign_in=sign_in or f"{accounts}/sign-in",
        sign_up=sign_up or f"{accounts}/sign-up",
        cookie_suffix=cookie_suffix(key),
        development_browser=kind == "test",
    )


def publishable_key(frontend: str) -> str:
    """The key that names a frontend origin, as Clerk writes it."""
    host = frontend.partition("://")[2]
    return "pk_live_" + base64.b64encode(f"{host}$".encode()).decode()


def cookie_suffix(key: str) -> str:
    """What the cookies of the instance with this publishable key end in."""
    digest = hashlib.sha1(key.encode(), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest)[:8].decode()
