"""Who asks, where, and what they may do: the member behind a request, and how a page declares itself."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString, Protocol, TypeAlias, overload
from uuid import UUID

import msgspec
from starlette.requests import Request

from coursecove.accounts.permissions import IN_PERSON, Permission, may
from coursecove.accounts.roles import Role
from coursecove.kit.db import Claims, Database, ReadDb, Reads, UserDb
from coursecove.kit.db.sql_functions import SqlFunction
from coursecove.kit.errors import Forbidden
from coursecove.kit.web.render import Page


class NotAMember(Forbidden):
    """You are signed in, but you are not a member of this school."""


class NotInTheirName(Forbidden):
    """Only the person themselves may do this, and nobody in their place."""


class SupportOnlyLooks(Forbidden):
    """Support may look at this school, but not change it. Nothing was changed."""


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
class Stay:
    """An operator's stay in the school, as its owners and the operator see it on every page."""

    id: UUID
    operator_name: str
    reason: str
    ends_at: datetime
    may_change: bool


@dataclass(frozen=True, slots=True)
class Member:
    """The caller as a member of this request's school.

    For an operator who is here for support, `support` says so and `id` is the stay's; for an owner, `visited`
    is the stay that is going on. `profiles_by` says who makes children's profiles; None where none are made.
    """

    id: UUID
    role: Role
    name: str
    email: str
    school_id: UUID
    school_name: str
    school_label: str
    brand_color: str | None
    logo_digest: str | None
    time_zone: str
    locale: str
    joined_at: datetime
    schools: tuple[MySchool, ...]
    profiles_by: str | None = None
    visited: Stay | None = None
    support: Stay | None = None


_STAY = """jsonb_build_object('id', v.id, 'operator_name', v.operator_name, 'reason', v.reason,
                              'ends_at', v.ends_at, 'may_change', v.may_change)"""
ME = f"""
    select m.id, m.role, m.display_name as name, coalesce(u.email, '') as email, o.id as school_id,
           o.name as school_name, o.subdomain as school_label, o.brand_color, o.logo_digest,
           coalesce(m.time_zone, o.time_zone) as time_zone, coalesce(m.locale, o.locale) as locale,
           m.created_at as joined_at,
           (select jsonb_agg(jsonb_build_object('label', s.label, 'name', s.name, 'role', s.role))
              from app.my_schools() s) as schools,
           case when o.serves_minors then o.profiles_by end as profiles_by,
           case when m.role = 'SUPER_ADMIN' then (
             select {_STAY} from public.support_accesses v
              where v.organization_id = (select app.org_id()) and v.ended_at is null and v.ends_at > now()
              order by v.ends_at desc limit 1) end as visited,
           null::jsonb as support
      from public.organization_memberships m
      join public.organizations o on o.id = m.organization_id
      join public.users u on u.id = m.user_id
     where m.organization_id = (select app.org_id()) and m.id = (select app.member_id())
    union all
    select v.id, 'SUPER_ADMIN', v.operator_name, '', o.id, o.name, o.subdomain, o.brand_color, o.logo_digest,
           o.time_zone, o.locale, v.starts_at, '[]', case when o.serves_minors then o.profiles_by end, null, {_STAY}
      from public.support_accesses v join public.organizations o on o.id = v.organization_id
     where v.organization_id = (select app.org_id()) and v.id = (select app.support_id())"""  # noqa: S608 - literals of this file


ME_AS_JSON = f"select to_jsonb(me)::text from ({ME}) me"  # noqa: S608 - literals of this file


async def member(db: Reads) -> Member:
    """The member whom a transaction was entered as, where the opening did not answer it."""
    return member_from(await db.value(ME_AS_JSON))


OPEN_MEMBER: LiteralString = "app.open_member"
"""The opening of a member's transaction: it enters and answers the member, in one round trip."""

FUNCTIONS = (
    SqlFunction(
        OPEN_MEMBER,
        "claims text, seal text, statement_timeout_ms integer",
        "text",
        f"""
declare found text;
begin
  perform app.open(claims, seal, statement_timeout_ms);
  select to_jsonb(me)::text into found from ({ME}) me;
  return found;
end""",  # noqa: S608 - both parts are literals of this file
        execute=("coursecove_app",),
        volatility="volatile",
    ),
)

_decode_member = msgspec.json.Decoder(Member).decode


def member_from(opened: str | None) -> Member:
    """The member that an opening answered; NotAMember where there is none."""
    if opened is None:
        raise NotAMember
    return _decode_member(opened)


def require(me: Member, permission: Permission, *, writes: bool = False, in_person: bool = True) -> None:
    """Refuse a member whose role does not include the permission, and whoever is not there in person."""
    if not may(me.role, permission):
        raise Forbidden
    if permission in IN_PERSON and not (in_person and me.support is None):
        raise NotInTheirName
    if writes and me.support is not None and not me.support.may_change:
        raise SupportOnlyLooks


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go and look there; `toast` is said on the page that follows, with `undo`, an address to post to."""

    to: str
    toast: str | None = None
    cookies: tuple[str, ...] = ()
    undo: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A file to take away."""

    name: str
    body: bytes
    media_type: str = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Stream:
    """A file of known size that is sent piece by piece; pieces are made while it is on its way."""

    name: str
    size: int
    pieces: AsyncIterator[bytes]
    media_type: str


@dataclass(frozen=True, slots=True)
class Media:
    """A file that a page shows or somebody takes away, whole or in stretches; `pieces` gives a stretch of it."""

    name: str
    type: str
    size: int
    digest: str
    pieces: Callable[[int, int], AsyncIterator[bytes]]
    inline: bool


Answer: TypeAlias = Page | Redirect | Download | Stream | Media
ReadHandler: TypeAlias = Callable[[Request, ReadDb, Member], Awaitable[Answer]]
WriteHandler: TypeAlias = Callable[[Request, UserDb, Member], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a hot page's one call answers: the member and the page's data, as JSON; None for a stranger."""

    me: str | None
    data: str | None


HotCall: TypeAlias = Callable[[Database, Claims], Awaitable[Opened]]
HotHandler: TypeAlias = Callable[[Request, str, Member], Answer]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A page as declared: the shell's edge opens the transaction, checks the permission and renders.

    A hot page's `call` is its whole transaction; its handler gets the answer instead of a database. The handler
    of a page that is `outside` gets transactions and the identity provider (`accounts.outside`).
    """

    method: Literal["GET", "POST"]
    path: str
    allow: Permission
    handler: Callable[[Request, Any, Member], Any]
    name: str
    call: HotCall | None = None
    outside: bool = False

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


def hot_page(path: str, *, allow: Permission, call: HotCall) -> Callable[[HotHandler], PageRoute]:
    """Declare a page that is one call to the database; only for the paths that are measured."""
    return lambda handler: PageRoute("GET", path, allow, handler, handler.__name__, call)
