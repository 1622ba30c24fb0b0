"""The JSON API put together: routers, errors, limits and the OpenAPI document."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match

import coursecove.courses.api
import coursecove.courses.learning_api
import coursecove.people.api
import coursecove.scheduling.api
import coursecove.scheduling.booking_api
import coursecove.scheduling.hours_api
import coursecove.scheduling.series_api
import coursecove.scheduling.type_api
import coursecove.schools.api
from coursecove.accounts import api, api_tokens
from coursecove.accounts.api_access import Entrance, SchoolOfHost, TokenUses
from coursecove.accounts.sessions import Sessions
from coursecove.kit.db import Database
from coursecove.kit.errors import ProblemError
from coursecove.kit.rate_limit import RateLimit, RateLimiter
from coursecove.kit.web.api_edge import ApiEdge
from coursecove.kit.web.csrf import HEADER as CSRF_HEADER
from coursecove.kit.web.csrf import CsrfGuard
from coursecove.kit.web.problems import (
    MethodNotAllowed,
    Problem,
    from_http,
    from_validation,
    problem_response,
)
from coursecove.kit.web.render import Page
from coursecove.web.api_reference import reference
from coursecove.web.look import templates

PREFIX = "/api/v1"
VERSION = "1.0.0"
LARGEST_BODY = 1024 * 1024
RATE = RateLimit(requests=300, seconds=60)
ROUTERS = (
    api.routes.router,
    coursecove.courses.api.routes.router,
    coursecove.courses.learning_api.routes.router,
    coursecove.people.api.routes.router,
    coursecove.schools.api.routes.router,
    coursecove.scheduling.api.routes.router,
    coursecove.scheduling.type_api.routes.router,
    coursecove.scheduling.hours_api.routes.router,
    coursecove.scheduling.booking_api.routes.router,
    coursecove.scheduling.series_api.routes.router,
    api_tokens.routes.router,
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""The framework's own would send addresses and messages of errors; `kit.tracing` sends neither."""

ABOUT = """
Each school answers at its own host: `https://<school>.<root domain>/api/v1`. Send a key as
`Authorization: Bearer cove_…`; a browser that is signed in needs none, but has to send the page's form token
as `X-CSRF-Token` with every change. Errors are `application/problem+json` (RFC 9457). Lists go on at the
address in `next`, which the `Link` header names too. A POST that carries an `Idempotency-Key` happens once,
however often it is sent within 24 hours. What a caller may not know of answers 404, as if it were not there.
"""


def create_api(
    *,
    database: Database,
    sessions: Sessions,
    csrf: CsrfGuard,
    school_of: Callable[[Request], SchoolOfHost],
    answer_key: bytes,
    rate: RateLimit = RATE,
) -> FastAPI:
    """The application to mount at `/api/v1` of school hosts; `answer_key` (32 bytes) seals kept answers."""
    app = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=NO_TELEMETRY
    )
    app.state.entrance = Entrance(
        database, sessions, csrf, school_of, RateLimiter(rate), TokenUses(), answer_key
    )
    for router in ROUTERS:
        app.include_router(router)
    app.add_route("/openapi.json", _show_document)
    app.add_route("/docs", _show_reference)
    app.add_middleware(ApiEdge, largest_body=LARGEST_BODY)
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _problem)
    app.add_exception_handler(RequestValidationError, _problem)
    app.add_exception_handler(Exception, _problem)
    return app


def api_document() -> dict[str, Any]:
    """The API as OpenAPI 3.1, out of the routes and schemas as they are."""
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    document = get_openapi(
        title="CourseCove",
        version=VERSION,
        summary="Everything a program may ask of a school.",
        description=ABOUT.strip(),
        routes=app.routes,
        servers=[{"url": PREFIX}],
        separate_input_output_schemas=False,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    components["securitySchemes"] = _SECURITY
    return document


_SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key made at `/tokens` or in the settings.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__session",
        "description": "The session of a browser that is signed in at this school's host.",
    },
    "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER, "description": "The page's form token."},
}


async def _show_document(_request: Request) -> Response:
    return Response(_document_json(), media_type="application/json")


async def _show_reference(request: Request) -> Response:
    page = Page("web/api_reference.html", reference(api_document()))
    nonce = getattr(request.state, "csp_nonce", "")
    return HTMLResponse(templates().render(page, None, nonce=nonce))


@cache
def _document_json() -> bytes:
    return json.dumps(api_document(), ensure_ascii=False, separators=(",", ":")).encode()


async def _problem(request: Request, failure: Exception) -> Response:
    """Whatever went wrong as a problem: ours as it is, the framework's in our family's words."""
    if isinstance(failure, ProblemError):
        return problem_response(request, failure)
    if isinstance(failure, RequestValidationError):
        return problem_response(request, from_validation(failure))
    if not isinstance(failure, HTTPException):
        return problem_response(request, ProblemError())
    error = from_http(failure)
    response = problem_response(request, error)
    if isinstance(error, MethodNotAllowed):
        response.headers["allow"] = ", ".join(_methods_at(request))
    return response


def _methods_at(request: Request) -> list[str]:
    """What this address would take, all routes taken together."""
    taken = {
        method
        for method in METHODS
        for route in request.app.router.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
    return [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if method.replace("HEAD", "GET") in taken
    ]
