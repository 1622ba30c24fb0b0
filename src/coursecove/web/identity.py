"""Composes the identity provider: Clerk by its keys, else the embedded one in this process."""

from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp

from coursecove.accounts.sessions import RevokedSessions, Sessions
from coursecove.kit.db import Database
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.keys import JwksKeys, jwks_at
from coursecove.kit.web.tokens import SessionVerifier
from coursecove.providers.identity import IdentityEndpoints
from coursecove.providers.identity.clerk import ClerkIdentity
from coursecove.providers.identity.embedded import embedded_client, embedded_endpoints
from coursecove.providers.identity.endpoints import API, clerk_client, clerk_endpoints
from coursecove.settings import Settings
from coursecove.web.identity_provider import build_provider
from coursecove.web.routes import static_files
from coursecove_identity.backend import backend_routes
from coursecove_identity.provider import Provider
from coursecove_identity.web import identity_app


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything composition needs of the provider."""

    sessions: Sessions
    endpoints: IdentityEndpoints
    client: httpx.AsyncClient
    provider: Provider | None
    app: ASGIApp | None

    async def close(self) -> None:
        await self.client.aclose()
        if self.provider is not None:
            await self.provider.close()


def build_identity(settings: Settings, root: PublicRoot, database: Database) -> Identity:
    """Clerk where its keys are set; the embedded provider otherwise. Both speak the same shapes."""
    if settings.identity.clerk_secret_key is not None:
        endpoints = clerk_endpoints(settings.identity.clerk_publishable_key or "")
        return _identity(
            endpoints, clerk_client(API), settings.identity.clerk_secret_key.get_secret_value(), root, None
        )
    provider = build_provider(settings, database)
    app = identity_app(provider, [static_files(), *backend_routes(provider)])
    return _identity(
        embedded_endpoints(root), embedded_client(app, root), provider.secret_key, root, (provider, app)
    )


def _identity(
    endpoints: IdentityEndpoints,
    client: httpx.AsyncClient,
    secret_key: str,
    root: PublicRoot,
    embedded: tuple[Provider, ASGIApp] | None,
) -> Identity:
    revoked = RevokedSessions()
    keys = JwksKeys(jwks_at(client, f"{endpoints.issuer}/.well-known/jwks.json"))
    sessions = Sessions(
        SessionVerifier(endpoints.issuer, keys),
        ClerkIdentity(client, secret_key),
        endpoints,
        root,
        is_revoked=revoked.holds,
        ended=revoked.add,
    )
    provider, app = embedded or (None, None)
    return Identity(sessions, endpoints, client, provider, app)
