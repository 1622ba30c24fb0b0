"""The identity provider that runs inside this installation, spoken to in Clerk's own words."""

import httpx
from starlette.types import ASGIApp

from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.names import IDENTITY
from coursecove.providers.identity import IdentityEndpoints
from coursecove.providers.identity.endpoints import TIMEOUT, cookie_suffix, publishable_key


def embedded_client(app: ASGIApp, root: PublicRoot) -> httpx.AsyncClient:
    """Calls the provider's app in this process, past the network."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=root.origin(IDENTITY), timeout=TIMEOUT)


def embedded_endpoints(root: PublicRoot) -> IdentityEndpoints:
    """Its cookies carry a suffix, so that two installations on one domain and different ports keep apart."""
    origin = root.origin(IDENTITY)
    return IdentityEndpoints(
        issuer=origin,
        frontend=origin,
        sign_in=f"{origin}/sign-in",
        sign_up=f"{origin}/sign-up",
        cookie_suffix=cookie_suffix(publishable_key(origin)),
    )
