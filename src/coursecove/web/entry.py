"""Signing in, signing up and the profile under our own names: leads to the embedded provider, or holds Clerk's components."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from coursecove.kit.web.headers import HeaderPolicy
from coursecove.kit.web.hosts import Apex, HostRefused, PublicRoot, SchoolHost, parse_host
from coursecove.kit.web.render import Page
from coursecove.providers.identity import IdentityEndpoints
from coursecove.web.problems import nonce_of
from coursecove.web.shell import reader_of
from coursecove.web.views import ClerkEntry

SCRIPTS = ("/npm/@clerk/ui@1/dist/ui.browser.js", "/npm/@clerk/clerk-js@6/dist/clerk.browser.js")
CHALLENGES = "https://challenges.cloudflare.com"
PROTECT = "https://*.protect.clerk.com"
LANDING = "/dashboard"


@dataclass(frozen=True, slots=True)
class Entry:
    """One of the three addresses."""

    path: str
    kind: str

    def elsewhere(self, endpoints: IdentityEndpoints) -> str:
        """Where the embedded provider has it."""
        return {
            "sign-in": endpoints.sign_in,
            "sign-up": endpoints.sign_up,
            "profile": endpoints.profile,
        }[self.kind]


ENTRIES = (Entry("/sign-in", "sign-in"), Entry("/sign-up", "sign-up"), Entry("/user-profile", "profile"))


def apex_entries() -> list[BaseRoute]:
    """At the root domain: Clerk's components where Clerk keeps the accounts, else the way to our own."""
    return [_route(entry, at_school=False) for entry in ENTRIES]


def school_entries() -> list[BaseRoute]:
    """At a school's own address: the way to wherever that is, and back here afterwards."""
    return [_route(entry, at_school=True) for entry in ENTRIES]


def _route(entry: Entry, *, at_school: bool) -> Route:
    async def answer(request: Request) -> Response:
        state = request.app.state
        if not at_school and state.settings.identity.uses_clerk:
            return _component(request, entry)
        if not at_school and entry.kind == "sign-up" and "redirect_url" not in request.query_params:
            return RedirectResponse("/found", 303)  # whoever makes an account at the root wants a school
        asked = own_address(state.root, request.query_params.get("redirect_url"))
        back = asked or (request.state.origin + LANDING if at_school else None)
        query = f"?{urlencode({'redirect_url': back})}" if back and entry.kind != "profile" else ""
        return RedirectResponse(entry.elsewhere(state.endpoints) + query, 303)

    answer.__name__ = entry.kind.replace("-", "_")
    return Route(entry.path, answer)


def _component(request: Request, entry: Entry) -> Response:
    """A page whose middle is Clerk's; only here may the browser speak to Clerk."""
    state = request.app.state
    root: PublicRoot = state.root
    endpoints: IdentityEndpoints = state.endpoints
    back = own_address(root, request.query_params.get("redirect_url")) or root.origin() + "/"
    data = ClerkEntry(
        kind=entry.kind,
        publishable_key=state.settings.identity.clerk_publishable_key or "",
        scripts=tuple(endpoints.frontend + path for path in SCRIPTS),
        options={
            "kind": entry.kind,
            "back": back,
            "signInUrl": endpoints.sign_in,
            "signUpUrl": endpoints.sign_up,
            "origins": [root.origin(), root.origin("*")],
        },
    )
    page = Page("web/clerk.html", data)
    html = state.templates.render(page, None, nonce=nonce_of(request), reader=reader_of(request, None))
    policy = clerk_policy(endpoints, https=root.secure).content_security()
    return HTMLResponse(html, headers={"content-security-policy": policy.format(nonce=nonce_of(request))})


def clerk_policy(endpoints: IdentityEndpoints, *, https: bool) -> HeaderPolicy:
    """What Clerk's scripts need beyond what every page may do; it holds on the pages that carry them and nowhere else."""
    sources: Mapping[str, tuple[str, ...]] = {
        "script-src": (endpoints.frontend, CHALLENGES),
        "connect-src": (endpoints.frontend, PROTECT, f"{PROTECT}:*"),
        "img-src": ("https://img.clerk.com",),
        "worker-src": ("'self'", "blob:"),
        "style-src": ("'unsafe-inline'",),
        "frame-src": (CHALLENGES, PROTECT),
        "form-action": (endpoints.frontend,),
    }
    return HeaderPolicy(https=https, sources=sources)


def own_address(root: PublicRoot, url: str | None) -> str | None:
    """The address if it is the root's or a school's, whole and at our port; anything else is not followed."""
    if not url or len(url) > 2048 or not url.isascii() or any(each <= " " or each in '\\"<>' for each in url):
        return None
    try:
        parts = urlsplit(url)
        host = parse_host([parts.netloc.encode()], root)
    except (ValueError, HostRefused):
        return None
    if (
        parts.scheme != root.scheme
        or not isinstance(host, Apex | SchoolHost)
        or not parts.path.startswith("/")
    ):
        return None
    return url
