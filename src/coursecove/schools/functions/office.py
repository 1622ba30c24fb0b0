"""What the background work of schools needs of the installation."""

from dataclasses import dataclass

from coursecove.kit.db import Database
from coursecove.providers.dns import Resolver
from coursecove.providers.identity import IdentityProvider


@dataclass(frozen=True, slots=True)
class Office:
    """Its database, its identity provider, its way to the name servers, and its root domain."""

    database: Database
    identity: IdentityProvider
    resolver: Resolver
    root: str
