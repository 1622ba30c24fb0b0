"""Pages for whoever is signed in, whichever school they belong to, or none."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, LiteralString, TypeAlias, overload
from uuid import UUID

import msgspec
from starlette.requests import Request

from coursecove.accounts.access import Answer, MySchool
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.db.sql_functions import SqlFunction


@dataclass(frozen=True, slots=True)
class Person:
    """The caller as a person; what they may do in a school is not said here."""

    id: UUID
    name: str
    email: str
    schools: tuple[MySchool, ...]


OPEN_PERSON: LiteralString = "app.open_person"
"""The opening of a person's transaction: it enters and answers the person, or nothing for one unknown yet."""

FUNCTIONS = (
    SqlFunction(
        OPEN_PERSON,
        "claims text, seal text, statement_timeout_ms integer",
        "text",
        """
declare found text;
begin
  perform app.open(claims, seal, statement_timeout_ms);
  select jsonb_build_object('id', u.id, 'name', concat_ws(' ', u.first_name, u.last_name),
           'email', coalesce(u.email, ''), 'schools',
           (select coalesce(jsonb_agg(jsonb_build_object('label', s.label, 'name', s.name, 'role', s.role)), '[]')
              from app.my_schools() s))::text
    into found from public.users u where u.id = (select app.user_id());
  return found;
end""",
        execute=("coursecove_app",),
        volatility="volatile",
    ),
)

person_from = msgspec.json.Decoder(Person).decode

ReadHandler: TypeAlias = Callable[[Request, ReadDb, Person], Awaitable[Answer]]
WriteHandler: TypeAlias = Callable[[Request, UserDb, Person], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class PersonRoute:
    """A page as declared; `joins` leads a stranger to sign-up instead of sign-in."""

    method: Literal["GET", "POST"]
    path: str
    handler: Callable[[Request, Any, Person], Awaitable[Answer]]
    name: str
    joins: bool

    @property
    def writes(self) -> bool:
        return self.method == "POST"


@overload
def person_page(
    method: Literal["GET"], path: str, *, joins: bool = False
) -> Callable[[ReadHandler], PersonRoute]: ...
@overload
def person_page(
    method: Literal["POST"], path: str, *, joins: bool = False
) -> Callable[[WriteHandler], PersonRoute]: ...
def person_page(
    method: Literal["GET", "POST"], path: str, *, joins: bool = False
) -> Callable[[Any], PersonRoute]:
    """Declare a page for a signed-in person. GET reads in a READ ONLY transaction; POST writes."""
    return lambda handler: PersonRoute(method, path, handler, handler.__name__, joins)
