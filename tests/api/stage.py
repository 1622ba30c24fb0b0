"""An installation with its API, and what browsers and programs send to it."""

from dataclasses import dataclass, field

import httpx
import jwt
from starlette.types import ASGIApp

from coursecove.kit.db import Database
from coursecove.kit.rate_limit import RateLimit
from coursecove.kit.web.csrf import HEADER, CsrfGuard
from coursecove.kit.web.hosts import PublicRoot
from coursecove.settings import Settings
from coursecove.web.api import PREFIX
from coursecove.web.app import create_app
from coursecove.web.identity import Identity, build_identity
from tests.conftest import Someone
from tests.signed_in import Signer

BROWSER = {"sec-fetch-site": "same-origin", "sec-fetch-dest": "empty"}
UNLIMITED = RateLimit(1_000_000, 1)


@dataclass
class Stage:
    """Makes clients: of a person's browser, of a program with a key, of a stranger."""

    settings: Settings
    database: Database
    rate: RateLimit = UNLIMITED
    identity: Identity | None = None
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        if self.identity is None:
            root = PublicRoot.parse(self.settings.origin())
            self.identity = build_identity(self.settings, root, self.database)
        self.app = create_app(self.settings, self.database, api_rate=self.rate, identity=self.identity)
        self.issuer = Signer(self.settings)
        self.csrf = CsrfGuard(self.settings.derived("forms"))

    def headers_of(self, person: Someone, label: str) -> dict[str, str]:
        """What the person's browser sends from a page of the school with this label."""
        subject = person.claims.subject
        assert subject is not None
        origin = self.settings.origin(label)
        cookies = self.issuer.session_cookies(subject, origin)
        token = next(value for name, value in cookies.items() if name.startswith("__session"))
        session_id = jwt.decode(token, options={"verify_signature": False})["sid"]
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return BROWSER | {"cookie": cookie, HEADER: self.csrf.token(session_id, origin)}

    async def close(self) -> None:
        """Give back the provider's connections, of which the server has few."""
        if self.identity is not None:
            await self.identity.close()

    def client(self, label: str, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """A client of one school's host; paths are below /api/v1."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url=self.settings.origin(label) + PREFIX,
            headers=headers or {},
        )
