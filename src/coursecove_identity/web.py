"""The pages and endpoints of the development issuer, for the host `id.<root>`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursecove_identity.backend import BackendApi, fresh_token
from coursecove_identity.clients import Client
from coursecove_identity.cookies import CookieLines
from coursecove_identity.development import DevelopmentIssuer
from coursecove_identity.people import Person
from coursecove_identity.site import Site, Target

_STYLESHEET = Path(__file__).with_name("identity.css").read_bytes()
_pages = Environment(
    loader=PackageLoader("coursecove_identity"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def development_app(issuer: DevelopmentIssuer) -> Starlette:
    pages = SignIn(issuer)
    return Starlette(
        routes=[
            Route("/", pages.start),
            Route("/sign-up", pages.start),
            Route("/sign-in", pages.list),
            Route("/sign-in/{person_id}", pages.one_click, methods=["GET"]),
            Route("/sign-in/{person_id}", pages.sign_in, methods=["POST"]),
            Route("/sign-out", pages.before_sign_out, methods=["GET"]),
            Route("/sign-out", pages.sign_out, methods=["POST"]),
            Route("/identity.css", stylesheet),
            Route("/.well-known/jwks.json", pages.jwks),
            Route("/v1/client/handshake", pages.handshake, methods=["GET"]),
            *BackendApi(issuer).routes(),
        ],
        middleware=[Middleware(PageHeaders, site=issuer.site)],
    )


class SignIn:
    """Everything a browser asks of the issuer."""

    def __init__(self, issuer: DevelopmentIssuer) -> None:
        self._issuer = issuer
        self._lines = CookieLines(issuer.site)

    async def start(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/sign-in{query}", 303)

    async def list(self, request: Request) -> Response:
        """Everybody, by school; the school that asked comes first."""
        target = self._target(request)
        if target is None:
            return _page("problem.html", 400)
        people = await self._issuer.people()
        client = self._client(request)
        current = next((one for one in people if client and one.id == client.person_id), None)
        asked = target.url if "redirect_url" in request.query_params else None
        schools = _by_school(self._issuer, people, target.label, asked)
        return _page("sign_in.html", schools=schools, current=current, target=target.url)

    async def one_click(self, request: Request) -> Response:
        """A link from the terminal signs in at once; one on another site leads to a button first."""
        target = self._target(request)
        person = await self._person(request)
        if target is None or person is None:
            return _page("problem.html", 400 if target is None else 404)
        if request.headers.get("sec-fetch-site") == "cross-site":
            return _page("confirm.html", person=person, target=target.url)
        return self._start(request, person, self._landing(person, request, target))

    async def sign_in(self, request: Request) -> Response:
        target = self._target(request)
        person = await self._person(request)
        if target is None or person is None or not self._sent_from_here(request):
            return _page("problem.html", 404 if person is None else 400)
        return self._start(request, person, self._landing(person, request, target))

    async def before_sign_out(self, request: Request) -> Response:
        target = self._target(request)
        if target is None:
            return _page("problem.html", 400)
        return _page("sign_out.html", target=target.url, client=self._client(request))

    async def sign_out(self, request: Request) -> Response:
        target = self._target(request)
        if target is None or not self._sent_from_here(request):
            return _page("problem.html", 400)
        client = self._client(request)
        if client is not None:
            self._issuer.clients.end(client.session_id)
        return _with_cookies(
            RedirectResponse(target.url, 303), [self._lines.client(""), self._lines.client_uat(None)]
        )

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(self._issuer.key.jwks(), headers={"cache-control": "public, max-age=60"})

    async def handshake(self, request: Request) -> Response:
        """Tell the host that asks who this browser is; only our own hosts can ask."""
        target = self._issuer.target(request.query_params.get("redirect_url"))
        if target is None:
            return _page("problem.html", 400)
        suffixed = request.query_params.get("suffixed_cookies") == "true"
        lines = CookieLines(self._issuer.site, suffixed)
        client = self._client(request)
        token = await fresh_token(self._issuer, client, target) if client else None
        if client is None or token is None:
            directives = [*lines.no_session(), lines.client_uat(None)]
        else:
            refresh_token = self._issuer.clients.refresh_token(client, target.origin)
            directives = [*lines.session(token, refresh_token), lines.client_uat(client)]
        answer = self._issuer.handshake_token(directives)
        return RedirectResponse(target.with_parameter("__clerk_handshake", answer), 307)

    def _target(self, request: Request) -> Target | None:
        """Where to go afterwards: what was asked for if it is ours, the root if nothing was."""
        asked = request.query_params.get("redirect_url")
        return self._issuer.target(self._issuer.site.origin() + "/" if asked is None else asked)

    def _landing(self, person: Person, request: Request, target: Target) -> str:
        if "redirect_url" in request.query_params or not person.memberships:
            return target.url
        return self._issuer.site.origin(person.memberships[0].label) + self._issuer.landing

    def _client(self, request: Request) -> Client | None:
        return self._issuer.clients.by_cookie(request.cookies.get(self._lines.name("__client"), ""))

    async def _person(self, request: Request) -> Person | None:
        wanted = request.path_params["person_id"]
        return next((one for one in await self._issuer.people() if one.id == wanted), None)

    def _start(self, request: Request, person: Person, url: str) -> Response:
        """A new session for each sign-in; the one before it in this browser is over."""
        before = self._client(request)
        if before is not None:
            self._issuer.clients.end(before.session_id)
        client = self._issuer.clients.start(person.id)
        sealed = self._issuer.clients.cookie(client)
        lines = [self._lines.client(sealed), self._lines.client_uat(client)]
        return _with_cookies(RedirectResponse(url, 303), lines)

    def _sent_from_here(self, request: Request) -> bool:
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        return (site, origin) != (None, None) and (
            site in (None, "same-origin") and origin in (None, self._issuer.issuer)
        )


class PageHeaders:
    """Strict headers; forms may lead on to the hosts of the same site, where a sign-in ends."""

    def __init__(self, app: ASGIApp, *, site: Site) -> None:
        self.app = app
        root = site.origin()
        below = root.replace("://", "://*.", 1)
        self._headers = {
            "content-security-policy": f"default-src 'none'; style-src 'self'; form-action 'self' {root} {below}; "
            "base-uri 'none'; frame-ancestors 'none'",
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


async def stylesheet(request: Request) -> Response:
    return Response(_STYLESHEET, media_type="text/css", headers={"cache-control": "public, max-age=300"})


def _by_school(
    issuer: DevelopmentIssuer, people: Sequence[Person], first: str, asked: str | None
) -> Sequence[dict[str, Any]]:
    schools: dict[str, dict[str, Any]] = {}
    for person in people:
        for place in person.memberships:
            school = schools.setdefault(
                place.label,
                {"label": place.label, "name": place.organization_name, "people": []},
            )
            own = issuer.site.origin(place.label) + issuer.landing
            url = asked if asked is not None and first in ("", place.label) else own
            school["people"].append({"person": person, "role": _role_name(place.role), "target": url})
    return sorted(schools.values(), key=lambda school: (school["label"] != first, school["name"]))


def _role_name(role: str) -> str:
    name = role.removeprefix("org:").replace("_", " ")
    return "Owner" if name == "admin" else name.capitalize()


def _page(template: str, status: int = 200, **data: Any) -> Response:
    return HTMLResponse(_pages.get_template(template).render(**data), status)


def _with_cookies(response: Response, lines: Sequence[str]) -> Response:
    for line in lines:
        response.headers.append("set-cookie", line)
    return response
