"""Who sent this request: from cookies to a verified session, a round trip to the provider, or nobody."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from coursecove.accounts.handshake import Handshake, Redirect, development_browser
from coursecove.accounts.visit import HANDSHAKE, CookieNames, Visit, is_document, read_visit
from coursecove.kit import clock
from coursecove.kit.web.cookies import clear_planted, expired_cookie, line_name, set_cookie
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.tokens import Refusal, Session, SessionVerifier, TokenRefused
from coursecove.providers.identity import (
    IdentityEndpoints,
    IdentityProvider,
    IdentityUnavailable,
    RefreshRefused,
)

IsRevoked: TypeAlias = Callable[[str], Awaitable[bool]]
SessionEnded: TypeAlias = Callable[[str], Awaitable[None]]


class Reason(StrEnum):
    """Why nobody is signed in; the provider's own words where it has them."""

    NOBODY = "nobody"
    SESSION_WITHOUT_CLIENT = "session-token-but-no-client-uat"
    CLIENT_WITHOUT_SESSION = "client-uat-but-no-session-token"
    OLDER_THAN_CLIENT = "session-token-iat-before-client-uat"
    EXPIRED = "session-token-expired"
    NOT_YET = "session-token-not-active-yet"
    NO_BROWSER = "dev-browser-missing"
    UNUSABLE = "session-token-unusable"
    PENDING = "sign-in-not-finished"
    REVOKED = "session-revoked"
    PLANTED = "cookie-planted"
    CIRCLE = "redirect-loop"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A verified session of this very host; `cookies` are Set-Cookie lines."""

    session: Session
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Nobody; `cookies` are Set-Cookie lines that tidy up."""

    reason: Reason
    cookies: tuple[str, ...] = ()


Outcome: TypeAlias = SignedIn | SignedOut | Redirect


@dataclass(frozen=True, slots=True)
class Challenge:
    """How to ask a stranger to sign in: a redirect for a page, a 401 for everything else."""

    status: int
    headers: dict[str, str]


@dataclass(slots=True)
class RevokedSessions:
    """Sessions that ended before their tokens did, as far as this process was told."""

    kept: timedelta = timedelta(minutes=11)
    _until: dict[str, datetime] = field(default_factory=dict)

    async def add(self, session_id: str) -> None:
        moment = clock.now()
        self._until = {sid: until for sid, until in self._until.items() if until > moment}
        self._until[session_id] = moment + self.kept

    async def holds(self, session_id: str) -> bool:
        until = self._until.get(session_id)
        return until is not None and until > clock.now()


class Sessions:
    """The session state machine of one installation; what a session may do is not decided here."""

    def __init__(
        self,
        verifier: SessionVerifier,
        provider: IdentityProvider,
        endpoints: IdentityEndpoints,
        root: PublicRoot,
        *,
        is_revoked: IsRevoked,
        ended: SessionEnded,
    ) -> None:
        self._verifier, self._provider, self._endpoints, self._root = verifier, provider, endpoints, root
        self._is_revoked, self._ended = is_revoked, ended
        self._handshake = Handshake(verifier, endpoints, root)

    async def read(self, request: Request) -> Outcome:
        """Who sent this request, once it came through the host gate."""
        visit = read_visit(request, self._endpoints.cookie_suffix)
        if visit.method == "GET" and (visit.parameter(HANDSHAKE) or HANDSHAKE in visit.cookies):
            ended = await self._handshake.end(visit)
            if ended is not None:
                return ended
        planted = visit.cookies.repeated(*visit.names.all)
        if planted:
            return SignedOut(Reason.PLANTED, clear_planted(planted, visit.path, self._root))
        if self._endpoints.development_browser and not development_browser(visit):
            return self._ask(visit, Reason.NO_BROWSER)
        if not visit.session:
            return (
                self._ask(visit, Reason.CLIENT_WITHOUT_SESSION)
                if visit.client_uat
                else SignedOut(Reason.NOBODY)
            )
        if not visit.client_uat:
            return self._ask(visit, Reason.SESSION_WITHOUT_CLIENT)
        return await self._judge(visit)

    async def refresh(self, request: Request) -> SignedIn | SignedOut:
        """A fresh token for a page that stays open, before the old one ends."""
        visit = read_visit(request, self._endpoints.cookie_suffix)
        if visit.cookies.repeated(*visit.names.all) or not (
            visit.session and visit.refresh and visit.client_uat
        ):
            return SignedOut(Reason.NOBODY)
        session: Session | None
        try:
            session = await self._verifier.verify(visit.session, visit.origin)
        except TokenRefused as refused:
            session = refused.session
        return await self._renew(visit, session) or SignedOut(Reason.EXPIRED)

    async def end(self, session: Session) -> tuple[str, ...]:
        """End the session at the provider, then here; the lines sign this browser out on every host."""
        await self._provider.revoke(session.session_id)
        await self._ended(session.session_id)
        return self.forgotten()

    def forgotten(self) -> tuple[str, ...]:
        """Set-Cookie lines after which this browser is nobody."""
        names = {CookieNames.with_suffix(suffix) for suffix in (None, self._endpoints.cookie_suffix)}
        secure, domain = self._root.secure, self._root.name
        gone = [
            expired_cookie(name, secure=secure) for each in names for name in (each.session, each.refresh)
        ]
        zero = [
            set_cookie(
                each.client_uat, "0", secure=secure, domain=domain, http_only=False, max_age=31_536_000
            )
            for each in names
        ]
        return (*gone, *zero)

    def sign_in_url(self, request: Request, *, joins: bool = False) -> str:
        """The provider's page for signing in, or up, which leads back to the page the visitor is on."""
        origin: str = request.state.origin
        current = request.headers.get("hx-current-url") or request.headers.get("referer", "")
        if request.method == "GET" and "hx-request" not in request.headers:
            back = read_visit(request, None).clean_url
        else:
            back = current if current.startswith(origin + "/") else origin + "/"
        place = self._endpoints.sign_up if joins else self._endpoints.sign_in
        return f"{place}?{urlencode({'redirect_url': back})}"

    def challenge(self, request: Request, *, joins: bool = False) -> Challenge:
        """The answer to a visitor who has to sign in before this; who `joins` has no account yet."""
        headers = {"cache-control": "no-store"}
        if is_document(request):
            return Challenge(303, headers | {"location": self.sign_in_url(request, joins=joins)})
        if "hx-request" in request.headers:
            headers["hx-redirect"] = self.sign_in_url(request, joins=joins)
        return Challenge(401, headers)

    async def _judge(self, visit: Visit) -> Outcome:
        try:
            session = await self._verifier.verify(visit.session, visit.origin)
        except TokenRefused as refused:
            return await self._without(visit, refused)
        if await self._is_revoked(session.session_id):
            return SignedOut(Reason.REVOKED, self._forget(visit))
        if _is_older(session, visit):
            return self._ask(visit, Reason.OLDER_THAN_CLIENT)
        return SignedIn(session)

    async def _without(self, visit: Visit, refused: TokenRefused) -> Outcome:
        match refused.reason:
            case Refusal.EXPIRED:
                return await self._prolong(visit, refused.session, Reason.EXPIRED)
            case Refusal.NOT_YET:
                return await self._prolong(visit, refused.session, Reason.NOT_YET)
            case Refusal.PENDING:
                return self._unfinished(visit, refused.session)
        # Clerk's script would repair a broken cookie; without it the handshake must, or nobody gets in again.
        return self._ask(visit, Reason.UNUSABLE)

    def _unfinished(self, visit: Visit, session: Session | None) -> Outcome:
        """The sign-in may have been finished since this token was made: then the provider has a better one."""
        if session is not None and _is_older(session, visit):
            return self._ask(visit, Reason.OLDER_THAN_CLIENT)
        return SignedOut(Reason.PENDING)

    async def _prolong(self, visit: Visit, session: Session | None, reason: Reason) -> Outcome:
        try:
            renewed = await self._renew(visit, session)
        except IdentityUnavailable:
            if not visit.document:
                raise
            renewed = None
        return renewed or self._ask(visit, reason)

    async def _renew(self, visit: Visit, session: Session | None) -> SignedIn | None:
        """A new token through the refresh cookie, so that a form that took long is not lost."""
        if not visit.refresh or session is None or _is_older(session, visit):
            return None
        if await self._is_revoked(session.session_id):
            return None
        try:
            lines = await self._provider.refresh(
                session_id=session.session_id,
                expired_token=visit.session,
                refresh_token=visit.refresh,
                origin=visit.origin,
            )
            cookies = self._handshake.allowed(lines)
            renewed = await self._verifier.verify(_session_value(cookies), visit.origin)
        except (RefreshRefused, TokenRefused):
            return None
        return SignedIn(renewed, cookies)

    def _ask(self, visit: Visit, reason: Reason) -> Redirect | SignedOut:
        if not visit.document:
            return SignedOut(reason)
        return self._handshake.begin(visit, reason) or SignedOut(Reason.CIRCLE)

    def _forget(self, visit: Visit) -> tuple[str, ...]:
        names = (visit.names.session, visit.names.refresh)
        return tuple(expired_cookie(name, secure=self._root.secure) for name in names)


def add_cookies(response: Response, lines: Iterable[str]) -> None:
    """Put an outcome's Set-Cookie lines on whatever answers the request."""
    for line in lines:
        response.headers.append("set-cookie", line)


def _is_older(session: Session, visit: Visit) -> bool:
    """Somebody signed in or out on another host since: only the provider knows who it is now."""
    return session.issued_at.timestamp() < visit.client_uat


def _session_value(lines: Iterable[str]) -> str:
    for line in lines:
        if (line_name(line) or "").startswith("__session"):
            return line.partition("=")[2].partition(";")[0]
    return ""
