"""The application: hosts, middleware, clients and templates put together."""

from collections.abc import Mapping, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from coursecove.kit.db import Database
from coursecove.kit.errors import ProblemError
from coursecove.kit.metrics import Metrics
from coursecove.kit.rate_limit import RateLimit
from coursecove.kit.web.csrf import CsrfGuard
from coursecove.kit.web.headers import HeaderPolicy, SecurityHeaders
from coursecove.kit.web.host_gate import HostGate
from coursecove.kit.web.hosts import Apex, Host, IdentityHost, OperatorHost, PublicRoot
from coursecove.kit.web.problems import from_http
from coursecove.kit.web.requests_log import RequestsLog
from coursecove.settings import Settings
from coursecove.web import look
from coursecove.web.api import RATE, create_api
from coursecove.web.health import ANY_HOST
from coursecove.web.health import routes as health_routes
from coursecove.web.identity import Identity, build_identity
from coursecove.web.operator import operator_routes
from coursecove.web.problems import problem_page
from coursecove.web.routes import apex_routes, school_routes
from coursecove.web.schools import Schools


def create_app(settings: Settings, database: Database, *, api_rate: RateLimit = RATE) -> ASGIApp:
    """The whole site on one port; `database` is open and is closed by whoever opened it."""
    root = PublicRoot.parse(settings.origin())
    identity = build_identity(settings, root)
    templates = look.templates(reload=settings.in_development)
    templates.compile_all()
    csrf = CsrfGuard(settings.derived("forms"))
    shared = {
        "settings": settings,
        "database": database,
        "root": root,
        "sessions": identity.sessions,
        "endpoints": identity.endpoints,
        "csrf": csrf,
        "templates": templates,
    }
    by_host: dict[type[object], ASGIApp] = {
        Apex: _site(apex_routes(), shared),
        OperatorHost: _site(operator_routes(), shared),
    }
    if identity.app is not None:
        by_host[IdentityHost] = identity.app
    metrics = Metrics()
    health = Starlette(routes=health_routes(database, metrics, settings.metrics_token))
    api = create_api(
        database=database,
        sessions=identity.sessions,
        csrf=csrf,
        school_of=lambda request: request.state.school,
        answer_key=settings.derived("answers"),
        rate=api_rate,
    )
    schools = _site([*school_routes(), Mount("/api/v1", api, name="api")], shared)
    hosts = Hosts(schools, by_host, health, identity)
    app: ASGIApp = HostGate(hosts, root=root, resolve=Schools(database), any_host=ANY_HOST)
    app = SecurityHeaders(app, policy=_headers(root, identity))
    app = GZipMiddleware(app, minimum_size=800, compresslevel=5)
    return RequestsLog(app, trusted_proxies=settings.trusted_proxies, metrics=metrics)


class Hosts:
    """Sends each request to the site of its host; whatever is not a special host is a school's."""

    def __init__(
        self, schools: ASGIApp, special: Mapping[type[object], ASGIApp], health: ASGIApp, identity: Identity
    ) -> None:
        self._schools, self._special, self._identity = schools, special, identity
        self._health = health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["path"] in ANY_HOST:
            await self._health(scope, receive, send)
            return
        host: Host | None = scope["state"].get("host")
        await self._special.get(type(host), self._schools)(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._identity.client.aclose()
        await send({"type": "lifespan.shutdown.complete"})


def _site(routes: Sequence[BaseRoute], shared: Mapping[str, object]) -> Starlette:
    site = Starlette(
        routes=routes, exception_handlers={HTTPException: _http_problem, ProblemError: _our_problem}
    )
    for name, value in shared.items():
        setattr(site.state, name, value)
    return site


async def _our_problem(request: Request, error: Exception) -> Response:
    return problem_page(request, error if isinstance(error, ProblemError) else ProblemError())


async def _http_problem(request: Request, error: Exception) -> Response:
    problem = from_http(error) if isinstance(error, HTTPException) else ProblemError()
    response = problem_page(request, problem)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def _headers(root: PublicRoot, identity: Identity) -> HeaderPolicy:
    """Forms may end at the provider and at sibling hosts: that is where a redirect after them leads."""
    below = root.origin("*")
    return HeaderPolicy(
        https=root.secure,
        sources={"form-action": (root.origin(), below, identity.endpoints.frontend)},
    )
