"""Composes the identity provider: Clerk by its keys, else the embedded one in this process."""

from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp

from coursecove.accounts.sessions import RevokedSessions, Sessions
from coursecove.kit.db import Database
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.keys import JwksKeys, jwks_at
from coursecove.kit.web.tokens import SessionVerifier
from coursecove.providers.identity import IdentityEndpoints, IdentityProvider
from coursecove.providers.identity.clerk import ClerkIdentity
from coursecove.providers.identity.embedded import embedded_client, embedded_endpoints
from coursecove.providers.identity.endpoints import clerk_client, clerk_endpoints
from coursecove.providers.identity.part import Dialect
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
    port: IdentityProvider
    endpoints: IdentityEndpoints
    client: httpx.AsyncClient
    provider: Provider | None = None
    app: ASGIApp | None = None

    async def close(self) -> None:
        await self.client.aclose()
        if self.provider is not None:
            await self.provider.close()


def build_identity(settings: Settings, root: PublicRoot, database: Database) -> Identity:
    """Clerk where its keys are set; the embedded provider otherwise. Both speak the same shapes."""
    chosen = settings.identity
    if chosen.clerk_secret_key is not None:
        secret_key = chosen.clerk_secret_key.get_secret_value()
        client = clerk_client(chosen.clerk_api_url)
        port = ClerkIdentity(client, secret_key, Dialect(custom_roles=chosen.clerk_custom_roles))
        endpoints = clerk_endpoints(chosen.clerk_publishable_key or "", root.origin())
        return Identity(_sessions(endpoints, client, secret_key, port, root), port, endpoints, client)
    provider = build_provider(settings, database)
    app = identity_app(provider, [static_files(), *backend_routes(provider)])
    client, endpoints = embedded_client(app, root), embedded_endpoints(root)
    port = ClerkIdentity(client, provider.secret_key)
    sessions = _sessions(endpoints, client, provider.secret_key, port, root)
    return Identity(sessions, port, endpoints, client, provider, app)


def _sessions(
    endpoints: IdentityEndpoints,
    client: httpx.AsyncClient,
    secret_key: str,
    port: IdentityProvider,
    root: PublicRoot,
) -> Sessions:
    """Keys come from the Backend API, to which this process speaks anyway, and not from where browsers are sent."""
    revoked = RevokedSessions()
    keys = JwksKeys(jwks_at(client, "/v1/jwks", {"authorization": f"Bearer {secret_key}"}))
    return Sessions(
        SessionVerifier(endpoints.issuer, keys),
        port,
        endpoints,
        root,
        is_revoked=revoked.holds,
        ended=revoked.add,
    )
