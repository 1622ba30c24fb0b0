"""Who asks, where, and what they may do: the member behind a request, and how a page declares itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, overload
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.permissions import Permission, may
from coursecove.accounts.roles import Role
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Forbidden
from coursecove.kit.web.render import Page


class NotAMember(Forbidden):
    """You are signed in, but you are not a member of this school."""


class Actor(Protocol):
    """Whoever changes something in a school: a member, or a program with a key of the school's own."""

    @property
    def role(self) -> Role: ...
    @property
    def school_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class MySchool:
    """A school that the caller belongs to."""

    label: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Member:
    """The caller as a member of this request's school."""

    id: UUID
    role: Role
    name: str
    email: str
    school_id: UUID
    school_name: str
    school_label: str
    brand_color: str | None
    time_zone: str
    locale: str
    schools: tuple[MySchool, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    id: UUID
    role: str
    name: str
    email: str
    school_id: UUID
    school_name: str
    school_label: str
    brand_color: str | None
    time_zone: str
    locale: str
    schools: list[dict[str, str]]


ME = """
    select m.id, m.role, m.display_name as name, coalesce(u.email, '') as email, o.id as school_id,
           o.name as school_name, o.subdomain as school_label, o.brand_color,
           coalesce(m.time_zone, o.time_zone) as time_zone, coalesce(m.locale, o.locale) as locale,
           (select jsonb_agg(jsonb_build_object('label', s.label, 'name', s.name, 'role', s.role))
              from app.my_schools() s) as schools
      from organization_memberships m
      join organizations o on o.id = m.organization_id
      join users u on u.id = m.user_id
     where m.organization_id = (select app.org_id()) and m.id = (select app.member_id())"""


async def member(db: Reads) -> Member:
    """The member whom this transaction was entered as; NotAMember where there is none."""
    found = await db.first(_Found, ME)
    if found is None:
        raise NotAMember
    schools = tuple(MySchool(each["label"], each["name"], Role(each["role"])) for each in found.schools)
    return Member(
        found.id,
        Role(found.role),
        found.name,
        found.email,
        found.school_id,
        found.school_name,
        found.school_label,
        found.brand_color,
        found.time_zone,
        found.locale,
        schools,
    )


def require(me: Member, permission: Permission) -> None:
    """Refuse a member whose role does not include the permission."""
    if not may(me.role, permission):
        raise Forbidden


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go and look there; `toast` is said on the page that follows."""

    to: str
    toast: str | None = None
    cookies: tuple[str, ...] = ()


Answer: TypeAlias = Page | Redirect
ReadHandler: TypeAlias = Callable[[Request, ReadDb, Member], Awaitable[Answer]]
WriteHandler: TypeAlias = Callable[[Request, UserDb, Member], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A page as declared: the shell's edge opens the transaction, checks the permission and renders."""

    method: Literal["GET", "POST"]
    path: str
    allow: Permission
    handler: Callable[[Request, Any, Member], Awaitable[Answer]]
    name: str = field(default="")

    @property
    def writes(self) -> bool:
        return self.method == "POST"


@overload
def page(method: Literal["GET"], path: str, *, allow: Permission) -> Callable[[ReadHandler], PageRoute]: ...
@overload
def page(method: Literal["POST"], path: str, *, allow: Permission) -> Callable[[WriteHandler], PageRoute]: ...
def page(method: Literal["GET", "POST"], path: str, *, allow: Permission) -> Callable[[Any], PageRoute]:
    """Declare a page. GET reads in a READ ONLY transaction; POST writes, committed before the answer leaves."""
    return lambda handler: PageRoute(method, path, allow, handler, handler.__name__)
