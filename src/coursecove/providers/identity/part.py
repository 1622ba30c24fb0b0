"""What the parts of the adapter share: the calls, and what this provider offers beyond Clerk's."""

from dataclasses import dataclass
from urllib.parse import quote

from coursecove.providers.identity import ProviderForgot
from coursecove.providers.identity.calls import Calls


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a provider differs: Clerk's instances have other roles only as an option, and know no PIN."""

    custom_roles: bool = True
    resends: bool = False
    manages: bool = False


EMBEDDED = Dialect(resends=True, manages=True)


class Part:
    """Calls of one subject."""

    def __init__(self, calls: Calls, dialect: Dialect) -> None:
        self._calls, self._dialect = calls, dialect

    async def _gone(self, path: str) -> None:
        """Delete it, or find it deleted."""
        try:
            await self._calls.send("DELETE", path)
        except ProviderForgot:
            return


def path_of(*parts: str) -> str:
    """`/v1/users/user_2a`, whatever the parts hold."""
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def given(**fields: object) -> dict[str, object]:
    """Those that say something."""
    return {name: value for name, value in fields.items() if value is not None}
