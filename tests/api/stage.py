"""An installation reduced to its API: hosts, sessions and the application, wired as composition does it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from starlette.types import ASGIApp

from coursecove.accounts.sessions import RevokedSessions, Sessions
from coursecove.kit.db import Database
from coursecove.kit.rate_limit import RateLimit
from coursecove.kit.web.csrf import HEADER, CsrfGuard
from coursecove.kit.web.headers import HeaderPolicy, SecurityHeaders
from coursecove.kit.web.host_gate import HostGate, Labelled, Moved
from coursecove.kit.web.hosts import ForeignHost, PublicRoot, SchoolHost
from coursecove.kit.web.keys import JwksKeys
from coursecove.kit.web.tokens import SessionVerifier
from coursecove.providers.identity.clerk import ClerkIdentity
from coursecove.providers.identity.embedded import embedded_client, embedded_endpoints
from coursecove.web.api import PREFIX, create_api
from coursecove_identity.development import DevelopmentIssuer
from coursecove_identity.people import Person
from coursecove_identity.web import development_app
from tests.conftest import Someone

ROOT = PublicRoot.parse("http://coursecove.localhost:8000")
BROWSER = {"sec-fetch-site": "same-origin", "sec-fetch-dest": "empty"}


@dataclass(frozen=True)
class OpenSchool:
    id: UUID
    label: str


@dataclass
class Stage:
    """Makes clients: of a person's browser, of a program with a key, of a stranger."""

    database: Database
    folder: Path
    rate: RateLimit = field(default_factory=lambda: RateLimit(1_000_000, 1))

    def __post_init__(self) -> None:
        self.issuer = DevelopmentIssuer(self.folder, ROOT.origin(), _nobody)
        self.csrf = CsrfGuard(b"k" * 32)
        endpoints = embedded_endpoints(ROOT)
        provider = ClerkIdentity(embedded_client(development_app(self.issuer), ROOT), self.issuer.secret_key)
        revoked = RevokedSessions()
        self.sessions = Sessions(
            SessionVerifier(endpoints.issuer, JwksKeys(self._jwks)),
            provider,
            endpoints,
            ROOT,
            is_revoked=revoked.holds,
            ended=revoked.add,
        )
        self.api = create_api(
            database=self.database,
            sessions=self.sessions,
            csrf=self.csrf,
            school_of=_school_of,
            answer_key=b"a" * 32,
            rate=self.rate,
        )
        mounted = Starlette(routes=[Mount(PREFIX, self.api)])
        gate = HostGate(mounted, root=ROOT, resolve=self._resolve)
        self.app: ASGIApp = SecurityHeaders(gate, policy=HeaderPolicy(https=False))

    def headers_of(self, person: Someone, label: str) -> dict[str, str]:
        """What the person's browser sends from a page of the school with this label."""
        subject = person.claims.subject
        assert subject is not None
        origin = ROOT.origin(label)
        cookies = self.issuer.session_cookies(subject, origin)
        token = next(value for name, value in cookies.items() if name.startswith("__session"))
        session_id = _claims(token)["sid"]
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return BROWSER | {"cookie": cookie, HEADER: self.csrf.token(session_id, origin)}

    def client(self, label: str, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """A client of one school's host; paths are below /api/v1."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=True),
            base_url=ROOT.origin(label) + PREFIX,
            headers=headers or {},
        )

    async def _jwks(self) -> dict[str, Any]:
        return self.issuer.key.jwks()

    async def _resolve(self, host: SchoolHost | ForeignHost) -> Labelled | Moved | None:
        if not isinstance(host, SchoolHost):
            return None
        async with self.database.service_read() as db:
            return await db.first(
                OpenSchool,
                "select id, subdomain as label from organizations where subdomain = $1",
                host.label,
            )


async def _nobody() -> Sequence[Person]:
    return ()


def _school_of(request: Request) -> OpenSchool:
    school: OpenSchool = request.state.school
    return school


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims
