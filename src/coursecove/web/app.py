"""The application: hosts, middleware, clients and templates put together."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursecove.accounts.outside import Learn
from coursecove.kit.db import Database
from coursecove.kit.errors import ProblemError
from coursecove.kit.metrics import Metrics
from coursecove.kit.rate_limit import RateLimit, RateLimiter
from coursecove.kit.tracing import Tracing
from coursecove.kit.web.body_limit import BodyLimit
from coursecove.kit.web.csrf import CsrfGuard
from coursecove.kit.web.headers import HeaderPolicy, SecurityHeaders
from coursecove.kit.web.host_gate import HostGate, Refusal
from coursecove.kit.web.hosts import (
    Apex,
    ForeignHost,
    Host,
    HostProblem,
    HostRefused,
    IdentityHost,
    MailHost,
    OperatorHost,
    PublicRoot,
    SchoolHost,
)
from coursecove.kit.web.problems import from_http
from coursecove.kit.web.requests_log import RequestsLog
from coursecove.providers.storage.embedded import FolderStorage
from coursecove.settings import Settings
from coursecove.web import look
from coursecove.web.api import RATE, create_api
from coursecove.web.doors import founding_at
from coursecove.web.functions import inngest_endpoint
from coursecove.web.health import ANY_HOST
from coursecove.web.health import routes as health_routes
from coursecove.web.identity import Identity, build_identity
from coursecove.web.mailbox import mailbox_routes
from coursecove.web.nowhere import nowhere
from coursecove.web.operator import operator_routes
from coursecove.web.problems import problem_page
from coursecove.web.routes import apex_routes, school_routes
from coursecove.web.schools import Schools
from coursecove.web.webhooks import WebhookDoor, Webhooks

LOOKUPS: Final = RateLimit(requests=40, seconds=60)
"""How often one person may look whether an address is free."""

UPLOADS: Final = re.compile(r"/courses/lessons/[0-9a-f-]{36}/files")
LARGEST_FORM: Final = 4 * 1024 * 1024
"""Enough for a list of ten thousand people; other forms are smaller by far."""


def create_app(
    settings: Settings,
    database: Database,
    tracing: Tracing | None = None,
    *,
    api_rate: RateLimit = RATE,
    identity: Identity | None = None,
) -> ASGIApp:
    """The whole site on one port; `database` is open and is closed by whoever opened it."""
    root = PublicRoot.parse(settings.origin())
    identity = identity or build_identity(settings, root, database)
    metrics = Metrics()
    health = Starlette(routes=health_routes(database, metrics, settings.metrics_token))
    webhooks = Webhooks(settings, database, metrics.registry)
    learn: Learn = webhooks.learning.learn
    shared = _shared(settings, database, root, identity) | {"learn": learn}
    sites = _sites(shared, identity, api_rate)
    refusal = nowhere(look.templates(reload=settings.in_development), root)
    machines = inngest_endpoint(settings, database, identity.port, learn)
    hosts = Hosts(sites, health, machines, identity, refusal)
    app: ASGIApp = HostGate(
        LastEdge(hosts),
        root=root,
        resolve=Schools(database),
        refusal=refusal,
        any_host=ANY_HOST,
        vacancy=founding_at(root),
    )
    app = SecurityHeaders(app, policy=_headers(root, identity))
    app = GZipMiddleware(app, minimum_size=800, compresslevel=5)
    if tracing is not None:
        app = tracing.requests(app)
    app = RequestsLog(app, trusted_proxies=settings.trusted_proxies, metrics=metrics)
    return WebhookDoor(app, webhooks, root)


def _shared(settings: Settings, database: Database, root: PublicRoot, identity: Identity) -> dict[str, Any]:
    """What every site's pages find in `request.app.state`."""
    templates = look.templates(reload=settings.in_development)
    templates.compile_all()
    return {
        "settings": settings,
        "database": database,
        "root": root,
        "sessions": identity.sessions,
        "identity": identity.port,
        "endpoints": identity.endpoints,
        "csrf": CsrfGuard(settings.derived("forms")),
        "lookups": RateLimiter(LOOKUPS),
        "templates": templates,
        "storage": FolderStorage(settings.files_folder),
    }


def _sites(shared: Mapping[str, Any], identity: Identity, api_rate: RateLimit) -> dict[type[object], ASGIApp]:
    """What answers at each kind of host; a custom domain is a school's like any other."""
    api = create_api(
        database=shared["database"],
        sessions=identity.sessions,
        csrf=shared["csrf"],
        school_of=lambda request: request.state.school,
        answer_key=shared["settings"].derived("answers"),
        rate=api_rate,
    )
    schools = _site([*school_routes(), Mount("/api/v1", api, name="api")], shared)
    sites: dict[type[object], ASGIApp] = {
        Apex: _site(apex_routes(), shared),
        OperatorHost: _site(operator_routes(), shared),
        SchoolHost: schools,
        ForeignHost: schools,
    }
    if shared["settings"].has_mailbox:
        sites[MailHost] = _site(mailbox_routes(), shared)
    return sites | ({IdentityHost: identity.app} if identity.app is not None else {})


class Hosts:
    """Sends each request to the site of its host; a host that nothing is composed for has nothing."""

    def __init__(
        self,
        sites: Mapping[type[object], ASGIApp],
        health: ASGIApp,
        machines: Mapping[str, ASGIApp],
        identity: Identity,
        refusal: Refusal,
    ) -> None:
        self._sites, self._health, self._machines, self._identity = sites, health, machines, identity
        self._nowhere = refusal(HostRefused(HostProblem.UNKNOWN))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["path"] in ANY_HOST:
            await self._health(scope, receive, send)
            return
        host: Host | None = scope["state"].get("host")
        if isinstance(host, Apex) and scope["path"] in self._machines:
            await self._machines[scope["path"]](scope, receive, send)
            return
        await self._sites.get(type(host), self._nowhere)(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._identity.close()
        await send({"type": "lifespan.shutdown.complete"})


class LastEdge:
    """Nothing escapes to the server: an unforeseen error is logged once, with the request's own line."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http":
                raise
            scope["state"]["failure"] = error
            if not started:
                await PlainTextResponse(ProblemError.title(), 500)(scope, receive, send)


def _site(routes: Sequence[BaseRoute], shared: Mapping[str, object]) -> ASGIApp:
    site = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_problem, ProblemError: _our_problem, Exception: _failure},
    )
    for name, value in shared.items():
        setattr(site.state, name, value)
    settings = shared["settings"]
    files = settings.files.largest + LARGEST_FORM if isinstance(settings, Settings) else LARGEST_FORM
    return BodyLimit(site, LARGEST_FORM, {UPLOADS: files})


async def _failure(request: Request, error: Exception) -> Response:
    """Something nobody foresaw: a calm page; what happened stands in the log, under the reference shown."""
    return problem_page(request, ProblemError())


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
