"""What browsers of people hold who are signed in, for tests of everything that trusts the provider's tokens."""

from coursecove.demo import DemoPerson
from coursecove.kit.db import Database
from coursecove.settings import Settings
from coursecove.web.identity_provider import build_provider
from coursecove_identity import accounts
from coursecove_identity.accounts import NewAccount, NewAddress
from coursecove_identity.signing import SigningKey
from coursecove_identity.site import Site
from coursecove_identity.trial import session_cookies

_KEYS: dict[bytes, SigningKey] = {}


class Signer:
    """Signs with the key of the template database, which every copy of it shares."""

    def __init__(self, settings: Settings) -> None:
        self.site = Site.parse(settings.origin())
        self.key = _KEYS[settings.secret]

    def session_cookies(self, subject: str, origin: str) -> dict[str, str]:
        return session_cookies(self.key, self.site, subject, origin)


async def make_signing_key(settings: Settings, database: Database) -> None:
    """The installation's first key, made before copies are."""
    provider = build_provider(settings, database)
    _KEYS[settings.secret] = await provider.keys.current()
    await provider.close()


async def keep_account(settings: Settings, database: Database, person: DemoPerson) -> None:
    """Somebody of the cast has an account at the provider, so that one click signs them in."""
    provider = build_provider(settings, database)
    new = NewAccount(
        first_name=person.first_name,
        last_name=person.last_name,
        addresses=[NewAddress(person.email)],
        user_id=person.external_id,
    )
    async with provider.store.transaction() as connection:
        await accounts.open_account(connection, new)
    await provider.close()
