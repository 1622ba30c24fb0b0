"""Every address the site answers, as data: for the command line, the reference page and the tests."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.routing import BaseRoute, Mount, Route

from coursecove.accounts.webhooks import PATH as WEBHOOKS
from coursecove.web.mailbox import mailbox_routes
from coursecove.web.operator import OPERATOR_PAGES, operator_routes
from coursecove.web.routes import SCHOOL_PAGES, apex_routes, school_routes
from coursecove_identity.mail import Mail
from coursecove_identity.provider import Provider, Surroundings
from coursecove_identity.site import Site
from coursecove_identity.store import Store
from coursecove_identity.vault import Vault
from coursecove_identity.web import page_routes


@dataclass(frozen=True, slots=True)
class ListedRoute:
    """One address: on which host, for which methods, for whom."""

    host: str
    methods: str
    path: str
    allow: str


def listed_routes() -> Iterator[ListedRoute]:
    """Apex first, then the schools' addresses, as the router holds them."""
    allowed: dict[tuple[str, str], str] = {
        (page.method, page.path): page.allow.value for page in SCHOOL_PAGES
    }
    for host, routes in (("apex", apex_routes()), ("school", school_routes())):
        for route in routes:
            yield from _listed(host, route, allowed)
    for host in ("apex", "id"):
        yield ListedRoute(host, "POST", WEBHOOKS, "the identity provider, by its signature")
    for route in operator_routes():
        yield from _listed(
            "operator", route, {(page.method, page.path): "operators" for page in OPERATOR_PAGES}
        )
    for route in mailbox_routes():
        yield from _listed("mail", route, {})
    for route in _providers_pages():
        yield from _listed("id", route, {})


def _providers_pages() -> list[BaseRoute]:
    """The embedded identity provider's pages; none of them is asked anything."""
    site = Site.parse("https://coursecove.example")
    return page_routes(Provider(site, Store(""), Vault(b""), Surroundings(send_mail=_nowhere)))


async def _nowhere(mail: Mail) -> None:
    raise LookupError(mail.to)


def _listed(host: str, route: BaseRoute, allowed: dict[tuple[str, str], str]) -> Iterator[ListedRoute]:
    if isinstance(route, Mount):
        yield ListedRoute(host, "GET", f"{route.path}/…", "everybody")
    elif isinstance(route, Route):
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield ListedRoute(host, method, route.path, allowed.get((method, route.path), "everybody"))
