"""Composes the identity provider: Clerk by its keys, else the development issuer in this process."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp

from coursecove import demo
from coursecove.accounts.roles import Role
from coursecove.accounts.sessions import RevokedSessions, Sessions
from coursecove.accounts.sync.normalising import PROVIDER_ROLES
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.keys import JwksKeys, jwks_at
from coursecove.kit.web.tokens import SessionVerifier
from coursecove.providers.identity import IdentityEndpoints, IdentityProvider
from coursecove.providers.identity.clerk import ClerkIdentity
from coursecove.providers.identity.embedded import embedded_client, embedded_endpoints
from coursecove.providers.identity.endpoints import API, clerk_client, clerk_endpoints
from coursecove.settings import Settings
from coursecove_identity.development import DevelopmentIssuer
from coursecove_identity.people import Membership, Person
from coursecove_identity.web import development_app


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything composition needs of the provider."""

    sessions: Sessions
    provider: IdentityProvider
    endpoints: IdentityEndpoints
    client: httpx.AsyncClient
    issuer: DevelopmentIssuer | None
    app: ASGIApp | None


def build_identity(settings: Settings, root: PublicRoot) -> Identity:
    """Clerk where its keys are set; the development issuer otherwise. Both speak the same shapes."""
    if settings.identity.clerk_secret_key is not None:
        endpoints = clerk_endpoints(settings.identity.clerk_publishable_key or "")
        return _identity(
            endpoints, clerk_client(API), settings.identity.clerk_secret_key.get_secret_value(), root, None
        )
    issuer = DevelopmentIssuer(
        settings.data / "identity", settings.origin(), demo_people, landing="/dashboard"
    )
    app = development_app(issuer)
    return _identity(
        embedded_endpoints(root), embedded_client(app, root), issuer.secret_key, root, (issuer, app)
    )


def _identity(
    endpoints: IdentityEndpoints,
    client: httpx.AsyncClient,
    secret_key: str,
    root: PublicRoot,
    embedded: tuple[DevelopmentIssuer, ASGIApp] | None,
) -> Identity:
    revoked = RevokedSessions()
    keys = JwksKeys(jwks_at(client, f"{endpoints.issuer}/.well-known/jwks.json"))
    provider = ClerkIdentity(client, secret_key)
    sessions = Sessions(
        SessionVerifier(endpoints.issuer, keys),
        provider,
        endpoints,
        root,
        is_revoked=revoked.holds,
        ended=revoked.add,
    )
    issuer, app = embedded or (None, None)
    return Identity(sessions, provider, endpoints, client, issuer, app)


async def demo_people() -> Sequence[Person]:
    """The cast, as the provider knows it."""
    return [
        Person(
            person.external_id,
            person.first_name,
            person.last_name,
            person.email,
            tuple(
                Membership(
                    school.external_id,
                    school.name,
                    school.slug,
                    school.label,
                    PROVIDER_ROLES[Role(person.role_in(school.label) or Role.STUDENT)],
                )
                for school in demo.SCHOOLS
                if person.role_in(school.label)
            ),
        )
        for person in (*demo.PEOPLE, demo.OPERATOR)
    ]
