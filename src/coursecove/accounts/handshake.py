"""The round trip to the identity provider that fills a host's own session cookie."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from coursecove.accounts.visit import DEVELOPMENT_BROWSER, HANDSHAKE, HANDSHAKE_STATE, Visit
from coursecove.kit.web.cookies import expired_cookie, line_domain, line_name, own_name, set_cookie
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.tokens import SessionVerifier, TokenRefused
from coursecove.providers.identity import IdentityEndpoints

_COUNT = "__clerk_redirect_count"
_MOST_ROUNDS = 3
_API_VERSION = "2026-05-12"
_PASSED_ON = ("__session", "__client_uat", "__refresh", "__clerk_")
_HOST_ONLY = ("__session", "__refresh")


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser on; `cookies` are Set-Cookie lines."""

    location: str
    cookies: tuple[str, ...]
    status: int = 307


class Handshake:
    """Begins and ends handshakes; only those that this browser began here, so no link signs anybody in."""

    def __init__(self, verifier: SessionVerifier, endpoints: IdentityEndpoints, root: PublicRoot) -> None:
        self._verifier, self._endpoints, self._root = verifier, endpoints, root
        self._state_cookie = own_name("handshake", secure=root.secure)

    def begin(self, visit: Visit, reason: str) -> Redirect | None:
        """Off to the provider, or nothing when the browser is going in circles."""
        count = visit.cookies.get(_COUNT)
        rounds = int(count) if count.isdecimal() and count.isascii() and len(count) < 3 else 0
        if rounds >= _MOST_ROUNDS:
            return None
        secret = visit.cookies.get(self._state_cookie) or secrets.token_urlsafe(16)
        query = {
            "redirect_url": _with_state(visit.clean_url, secret),
            "__clerk_api_version": _API_VERSION,
            "suffixed_cookies": "true" if self._endpoints.cookie_suffix else "false",
            "__clerk_hs_reason": reason,
        }
        if self._endpoints.development_browser:
            query[DEVELOPMENT_BROWSER] = development_browser(visit)
        secure = self._root.secure
        cookies = (
            set_cookie(_COUNT, str(rounds + 1), secure=secure, max_age=10),
            set_cookie(self._state_cookie, secret, secure=secure, max_age=600),
        )
        return Redirect(f"{self._endpoints.handshake}?{urlencode(query)}", cookies)

    async def end(self, visit: Visit) -> Redirect | None:
        """Back from the provider: its cookies, and the clean address; nothing if this proves nothing."""
        token = visit.parameter(HANDSHAKE) or visit.cookies.get(HANDSHAKE)
        secret = visit.cookies.get(self._state_cookie)
        if not token or not secret or visit.parameter(HANDSHAKE_STATE) != _state(secret):
            return None
        try:
            lines = await self._verifier.verify_handshake(token)
        except TokenRefused:
            return None
        done = (
            expired_cookie(_COUNT, secure=self._root.secure),
            expired_cookie(HANDSHAKE, secure=self._root.secure),
            expired_cookie(HANDSHAKE, domain=self._root.name, secure=self._root.secure),
        )
        return Redirect(visit.clean_url, self.allowed(lines) + done)

    def allowed(self, lines: Iterable[str]) -> tuple[str, ...]:
        """Those of the provider's Set-Cookie lines that a host of ours passes on."""
        return tuple(line for line in lines if self._may_pass(line))

    def _may_pass(self, line: str) -> bool:
        name = line_name(line)
        if name is None or not name.startswith(_PASSED_ON):
            return False
        domain = line_domain(line)
        return domain is None or (domain == self._root.name and not name.startswith(_HOST_ONLY))


def development_browser(visit: Visit) -> str:
    """The token that stands for the browser while a Clerk development instance is used."""
    return visit.parameter(DEVELOPMENT_BROWSER) or visit.cookies.get(DEVELOPMENT_BROWSER)


def _with_state(url: str, secret: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{HANDSHAKE_STATE}={_state(secret)}"


def _state(secret: str) -> str:
    return hashlib.sha256(b"handshake:" + secret.encode()).hexdigest()[:32]
