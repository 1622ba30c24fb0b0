"""The provider put together: everything that its pages and endpoints share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from coursecove_identity import instance
from coursecove_identity.cookies import CookieLines
from coursecove_identity.keys import Keys
from coursecove_identity.letters import Letters
from coursecove_identity.limits import Limits
from coursecove_identity.mail import SendMail
from coursecove_identity.passwords import Hasher
from coursecove_identity.policy import Policy
from coursecove_identity.site import Site
from coursecove_identity.store import Store
from coursecove_identity.vault import Vault

OrganizationAt: TypeAlias = Callable[[str], Awaitable[str | None]]
"""The id of the organisation whose pages live at a label, as composition knows it."""


LabelOf: TypeAlias = Callable[[str], Awaitable[str | None]]
"""The label at which an organisation's pages live; None for one that composition does not know yet."""


@dataclass(frozen=True, slots=True)
class Brand:
    """How the pages look to somebody who came from a school."""

    name: str
    stylesheet: str = ""
    """Sets --brand, --brand-soft and --brand-ink; composition has checked that they can be read."""


BrandOf: TypeAlias = Callable[[str], Awaitable[Brand | None]]


async def no_organization(label: str) -> str | None:
    """Without composition the slug decides."""
    return None


async def no_label(organization_id: str) -> str | None:
    return None


async def no_brand(label: str) -> Brand | None:
    return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What composition injects."""

    send_mail: SendMail
    organization_at: OrganizationAt = no_organization
    label_of: LabelOf = no_label
    brand_of: BrandOf = no_brand
    landing: str = "/"
    """Where on a school's host, or on the root, somebody lands who asked for no address."""

    terms_url: str = ""
    privacy_url: str = ""
    fonts: str = ""
    """Rules for "Geist Variable", where composition serves that font."""

    one_click: bool = False
    """Development only: whoever knows a person's id is signed in by a link."""


class Provider:
    """One installation's provider, in one process."""

    def __init__(
        self, site: Site, store: Store, vault: Vault, around: Surroundings, policy: Policy | None = None
    ) -> None:
        if around.one_click and not site.is_local:
            raise ValueError("signing in by one click is only for names under .localhost")
        self.site, self.store, self.vault, self.around = site, store, vault, around
        self.policy = policy or Policy()
        self.cookies = CookieLines(site)
        self.keys = Keys(store, vault, self.policy)
        self.limits = Limits(vault, self.policy)
        self.letters = Letters(store, vault, around.send_mail)
        self.hasher = Hasher()
        self._instance_id = ""

    async def prepare(self) -> str:
        """The instance's row, so that events and keys can name it; answers its id."""
        if not self._instance_id:
            async with self.store.transaction() as connection:
                self._instance_id = await instance.ensure(connection, self.site.issuer)
        return self._instance_id

    async def close(self) -> None:
        await self.letters.settled()
        await self.store.close()

    @property
    def issuer(self) -> str:
        return self.site.issuer

    @property
    def secret_key(self) -> str:
        """The secret key of the Backend API, the same in every process of the installation."""
        return "sk_live_" + self.vault.key("backend api").hex()
