"""A small installation for tests of the web edge: two schools, an issuer, a page that says who is there."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from coursecove.accounts.handshake import Redirect
from coursecove.accounts.sessions import RevokedSessions, Sessions, SignedIn, add_cookies
from coursecove.kit.errors import ProblemError
from coursecove.kit.web.csrf import CsrfGuard, check_origin
from coursecove.kit.web.headers import HeaderPolicy, SecurityHeaders
from coursecove.kit.web.host_gate import HostGate, Labelled, Moved
from coursecove.kit.web.hosts import ForeignHost, IdentityHost, PublicRoot, SchoolHost
from coursecove.kit.web.keys import JwksKeys
from coursecove.kit.web.tokens import SessionVerifier
from coursecove.providers.identity.clerk import ClerkIdentity
from coursecove.providers.identity.embedded import embedded_client, embedded_endpoints
from coursecove_identity import accounts, clients, memberships, organizations, sessions, users
from coursecove_identity.accounts import NewAccount
from coursecove_identity.backend import backend_routes
from coursecove_identity.clock import DAY, now_ms
from coursecove_identity.mail import Mail
from coursecove_identity.provider import Provider, Surroundings
from coursecove_identity.sessions import Session
from coursecove_identity.signing import SigningKey
from coursecove_identity.site import Site
from coursecove_identity.store import Store
from coursecove_identity.vault import Vault
from coursecove_identity.web import identity_app

ROOT = PublicRoot.parse("http://coursecove.localhost:8000")
MUSIC, YOGA, APEX, IDENTITY = (
    ROOT.origin("musicschool"),
    ROOT.origin("yogastudio"),
    ROOT.origin(),
    ROOT.origin("id"),
)


@dataclass(frozen=True)
class Somebody:
    """A person whom the provider knows."""

    id: str
    first_name: str
    last_name: str
    places: tuple[tuple[str, str], ...]


MARA = Somebody(
    "user_2mara00000000000000000000000",
    "Mara",
    "Lindqvist",
    (("org_2music", "org:admin"), ("org_2yoga", "org:student")),
)
NOAH = Somebody("user_2noah00000000000000000000000", "Noah", "Okafor", (("org_2music", "org:teacher"),))
LABELS = {"musicschool": "org_2music", "yogastudio": "org_2yoga"}


@dataclass(frozen=True)
class School:
    label: str


async def populate(provider: Provider) -> None:
    """Two schools and two people."""
    async with provider.store.transaction() as db:
        for each in (MARA, NOAH):
            new = NewAccount(each.first_name, each.last_name, user_id=each.id)
            await accounts.open_account(db, new)
        for number, (label, organization_id) in enumerate(LABELS.items()):
            slug = ("music-school", "yoga-studio")[number]
            await organizations.create(db, name=label, slug=slug, organization_id=organization_id)
        for each in (MARA, NOAH):
            for organization_id, role in each.places:
                await memberships.create(db, organization_id, each.id, role=role)


async def organization_at(label: str) -> str | None:
    return LABELS.get(label)


async def no_mail(mail: Mail) -> None:
    """Nobody reads it."""


class Installation:
    """Everything between the socket and the pages, wired as composition does it."""

    def __init__(self, store: Store, secret: bytes) -> None:
        around = Surroundings(send_mail=no_mail, organization_at=organization_at, one_click=True)
        self.provider = Provider(Site.parse(APEX), store, Vault(secret), around)
        self.site, self.issuer = self.provider.site, self.provider.issuer
        self.revoked = RevokedSessions()
        self.csrf = CsrfGuard(b"k" * 32)
        identity = identity_app(self.provider, backend_routes(self.provider))
        provider = ClerkIdentity(embedded_client(identity, ROOT), self.provider.secret_key)
        self.endpoints = embedded_endpoints(ROOT)
        self.verifier = SessionVerifier(self.endpoints.issuer, JwksKeys(self._jwks))
        self.sessions = Sessions(
            self.verifier,
            provider,
            self.endpoints,
            ROOT,
            is_revoked=self.revoked.holds,
            ended=self.revoked.add,
        )
        pages = Starlette(
            routes=[
                Route("/auth/refresh", self.refresh, methods=["POST"]),
                Route("/session/end", self.sign_out, methods=["POST"]),
                Route("/{path:path}", self.page, methods=["GET", "POST"]),
            ],
            exception_handlers={ProblemError: _problem},
        )

        async def by_host(scope: Scope, receive: Receive, send: Send) -> None:
            inside = identity if isinstance(scope["state"].get("host"), IdentityHost) else pages
            await inside(scope, receive, send)

        self.app = SecurityHeaders(
            HostGate(by_host, root=ROOT, resolve=self.resolve), policy=HeaderPolicy(https=False)
        )

    async def _jwks(self) -> dict:
        return await self.provider.keys.jwks()

    async def key(self) -> SigningKey:
        return await self.provider.keys.current()

    def sign_in_link(self, person: Somebody, url: str) -> str:
        return f"{self.issuer}/sign-in/{person.id}?{urlencode({'redirect_url': url})}"

    async def session(self, user_id: str) -> Session:
        """An open session, as a sign-in leaves it."""
        async with self.provider.store.transaction() as db:
            client = await clients.start(db)
            now = now_ms()
            return await sessions.start(db, user_id, client.id, lifetime_ms=DAY, second_factor_at=now)

    async def ban(self, user_id: str, *, banned: bool = True) -> None:
        async with self.provider.store.transaction() as db:
            await users.change(db, user_id, banned=banned)

    async def end(self, session_id: str) -> None:
        async with self.provider.store.transaction() as db:
            await sessions.end(db, session_id, "revoked")

    async def resolve(self, host: SchoolHost | ForeignHost) -> Labelled | Moved | None:
        match host:
            case SchoolHost("oldname"):
                return Moved("musicschool")
            case SchoolHost("musicschool" | "yogastudio" as label):
                return School(label)
            case ForeignHost("learn.music.example"):
                return School("musicschool")
        return None

    async def refresh(self, request: Request) -> Response:
        check_origin(request)
        outcome = await self.sessions.refresh(request)
        response = Response(status_code=204 if isinstance(outcome, SignedIn) else 401)
        add_cookies(response, outcome.cookies)
        return response

    async def sign_out(self, request: Request) -> Response:
        outcome = await self.sessions.read(request)
        assert isinstance(outcome, SignedIn)
        await self.csrf.check(request, outcome.session.session_id)
        response = RedirectResponse(APEX + "/", 303)
        add_cookies(response, await self.sessions.end(outcome.session))
        return response

    async def page(self, request: Request) -> Response:
        """Says who is there; a POST changes something, so it needs a form of ours."""
        outcome = await self.sessions.read(request)
        if isinstance(outcome, Redirect):
            response: Response = RedirectResponse(outcome.location, outcome.status)
        elif isinstance(outcome, SignedIn):
            session = outcome.session
            await self.csrf.check(request, session.session_id)
            response = JSONResponse(
                {
                    "subject": session.subject,
                    "sid": session.session_id,
                    "organization": session.organization_claim and session.organization_claim.id,
                    "csrf": self.csrf.token(session.session_id, request.state.origin),
                    "x-subdomain": request.headers.getlist("x-subdomain"),
                }
            )
        else:
            challenge = self.sessions.challenge(request)
            response = JSONResponse({"reason": outcome.reason}, challenge.status, challenge.headers)
        add_cookies(response, outcome.cookies)
        return response


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, ProblemError)
    return JSONResponse({"problem": type(problem).__name__}, problem.status)


@dataclass
class Browser:
    """Keeps cookies as a browser does: for one host, or for everything below a domain."""

    app: SecurityHeaders
    jar: dict[tuple[str, str, bool], str] = field(default_factory=dict)
    trail: list[str] = field(default_factory=list)

    async def send(self, method: str, url: str, *, headers: dict[str, str] | None = None, data=None):
        """One request, without following where it leads."""
        parts = urlsplit(url)
        sent = {"host": parts.netloc, "accept": "text/html,*/*", **self._fetch(method)}
        sent.update(headers or {})
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies(parts.hostname or ""))
        if cookie:
            sent.setdefault("cookie", cookie)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
            answer = await client.request(method, url, headers=sent, data=data)
        for line in answer.headers.get_list("set-cookie"):
            self._keep(parts.hostname or "", line)
        self.trail.append(url)
        return answer

    async def visit(self, url: str, *, method: str = "GET", **kwargs):
        """Follow redirects to the end, as a person does."""
        answer = await self.send(method, url, **kwargs)
        for _ in range(10):
            if not answer.is_redirect:
                return answer
            url = str(httpx.URL(url).join(answer.headers["location"]))
            answer = await self.send("GET", url)
        raise AssertionError(f"no end of redirects: {self.trail}")

    def cookies(self, host: str) -> list[tuple[str, str]]:
        return [
            (name, value)
            for (name, domain, host_only), value in self.jar.items()
            if host == domain or (not host_only and host.endswith("." + domain))
        ]

    def value(self, host_url: str, prefix: str) -> str:
        host = urlsplit(host_url).hostname or ""
        return next((value for name, value in self.cookies(host) if name.startswith(prefix)), "")

    @staticmethod
    def _fetch(method: str) -> dict[str, str]:
        if method == "GET":
            return {"sec-fetch-dest": "document", "sec-fetch-site": "none"}
        return {"sec-fetch-dest": "document", "sec-fetch-site": "same-origin"}

    def _keep(self, host: str, line: str) -> None:
        pair, *attributes = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        named = {key.lower(): val for key, _, val in (attribute.partition("=") for attribute in attributes)}
        key = (name, named.get("domain", host), "domain" not in named)
        if named.get("max-age") == "0":
            self.jar.pop(key, None)
        else:
            self.jar[key] = value


def body(answer: httpx.Response) -> dict:
    return json.loads(answer.text)
