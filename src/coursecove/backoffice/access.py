"""Who may operate the installation, and how an operator's page declares itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, overload

from starlette.requests import Request

from coursecove.accounts.access import Answer
from coursecove.kit.db import Database, ReadDb, ServiceDb
from coursecove.kit.errors import Forbidden
from coursecove.kit.web.tokens import Session
from coursecove.providers.identity import IdentityProvider


class NotAnOperator(Forbidden):
    """You are signed in, but you do not operate this installation."""


@dataclass(frozen=True, slots=True)
class Operator:
    """The person behind a request to the operator's host, by the identity provider's id."""

    id: str
    name: str = ""
    email: str = ""


def check_operator(session: Session, operators: frozenset[str]) -> None:
    """Only who is listed, and only in person: somebody who acts as an operator is none."""
    if session.impersonator is not None or session.subject not in operators:
        raise NotAnOperator


ReadHandler: TypeAlias = Callable[[Request, ReadDb, Operator], Awaitable[Answer]]
WriteHandler: TypeAlias = Callable[[Request, ServiceDb, Operator], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class OperatorRoute:
    """A page of the operator's host; it runs on the service client, past row-level security."""

    method: Literal["GET", "POST"]
    path: str
    handler: Callable[[Request, Any, Operator], Awaitable[Answer]]
    name: str
    outside: bool = False

    @property
    def writes(self) -> bool:
        return self.method == "POST"


class OperatorWork:
    """What a page gets that calls the identity provider: short transactions, the provider between them."""

    def __init__(self, database: Database, identity: IdentityProvider) -> None:
        self.read, self.write, self.identity = database.service_read, database.service, identity


OutsideHandler: TypeAlias = Callable[[Request, OperatorWork, Operator], Awaitable[Answer]]


def operator_provider_page(
    method: Literal["GET", "POST"], path: str
) -> Callable[[OutsideHandler], OperatorRoute]:
    """Declare an operator's page that calls the identity provider."""
    return lambda handler: OperatorRoute(method, path, handler, handler.__name__, outside=True)


@overload
def operator_page(method: Literal["GET"], path: str) -> Callable[[ReadHandler], OperatorRoute]: ...
@overload
def operator_page(method: Literal["POST"], path: str) -> Callable[[WriteHandler], OperatorRoute]: ...
def operator_page(method: Literal["GET", "POST"], path: str) -> Callable[[Any], OperatorRoute]:
    """Declare an operator's page. GET reads in a READ ONLY transaction; POST writes, committed first."""
    return lambda handler: OperatorRoute(method, path, handler, handler.__name__)
