"""How a route of the JSON API is declared: its path, who may call it, and what its key must be allowed to."""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Depends

from coursecove.accounts.api_access import Needs
from coursecove.accounts.idempotency import OnceRoute, once
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.kit.web.problems import MEDIA_TYPE

F = TypeVar("F", bound=Callable[..., Any])

_PROBLEMS = {
    400: "The request cannot be read.",
    401: "No session, and no key that this school knows.",
    403: "The caller may not do this.",
    404: "There is nothing here that the caller may know of.",
    409: "Somebody else changed this, or the first request with this key is still in flight.",
    412: "The resource is not at the version that If-Match names any more.",
    413: "The body is larger than 1 MiB.",
    422: "Some values cannot be used.",
    428: "If-Match is missing.",
    429: "Too many requests.",
    503: "Not ready at the moment.",
}
_ALWAYS = (400, 401, 403, 422, 429, 503)


class ApiRoutes:
    """The routes of one domain. GET reads in a READ ONLY transaction; POST may name an Idempotency-Key."""

    def __init__(self, tag: str) -> None:
        self.router = APIRouter(route_class=OnceRoute, tags=[tag])

    def get(self, path: str, *, allow: Permission, scope: Scope | None) -> Callable[[F], F]:
        return self._declare("GET", path, Needs(allow, scope))

    def patch(
        self, path: str, *, allow: Permission, scope: Scope, conditional: bool = False, status: int = 200
    ) -> Callable[[F], F]:
        """`conditional` routes take only changes that name the version they change."""
        errors = (409, 412, 413, 428) if conditional else (409, 413)
        return self._declare("PATCH", path, Needs(allow, scope), errors=errors, status=status)

    def post(
        self, path: str, *, allow: Permission, scope: Scope, names_rows: bool = False, status: int = 201
    ) -> Callable[[F], F]:
        """The body of `names_rows` routes names rows by their ids: one that is not there answers 404."""
        return self._declare(
            "POST",
            path,
            Needs(allow, scope),
            errors=(404, 409, 413) if names_rows else (409, 413),
            status=status,
            dependencies=(Depends(once, scope="function"),),
        )

    def _declare(
        self,
        method: str,
        path: str,
        needs: Needs,
        *,
        errors: tuple[int, ...] = (),
        status: int = 200,
        dependencies: tuple[Any, ...] = (),
    ) -> Callable[[F], F]:
        known = sorted({*_ALWAYS, *errors, *((404,) if "{" in path else ())})
        return self.router.api_route(
            path,
            methods=[method],
            status_code=status,
            response_description="As asked.",
            dependencies=[Depends(needs), *dependencies],
            responses={code: _problem(code) for code in known},
            openapi_extra=_security(method, needs),
            generate_unique_id_function=lambda route: route.name,
        )


def _problem(code: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _PROBLEMS[code], "content": {MEDIA_TYPE: {"schema": schema}}}


def _security(method: str, needs: Needs) -> dict[str, Any]:
    """Either a key with the scope, or a session; a session that changes something also proves its origin."""
    session: dict[str, list[str]] = {"session": []} if method == "GET" else {"session": [], "csrf": []}
    return {
        "security": [{"token": [needs.scope] if needs.scope else []}, session],
        "x-permission": needs.allow,
    }
