"""Who calls the JSON API, what they may do there, and the transaction that their request runs in."""

import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeAlias
from uuid import UUID

from fastapi import Depends
from starlette.background import BackgroundTasks
from starlette.requests import Request

from coursecove.accounts.access import NotAMember, NotInTheirName
from coursecove.accounts.actions import TOKEN_PREFIX, digest
from coursecove.accounts.permissions import IN_PERSON, Permission, may
from coursecove.accounts.roles import Role
from coursecove.accounts.scopes import Scope
from coursecove.accounts.sessions import Sessions, SignedIn
from coursecove.kit.db import Claims, Database, ReadDb, Reads, UserDb
from coursecove.kit.errors import Forbidden, ProblemError, RateLimited, Unauthenticated
from coursecove.kit.rate_limit import RateLimiter
from coursecove.kit.web.csrf import CsrfGuard

LONGEST_TOKEN = 200


class NotAuthenticated(Unauthenticated):
    """Sign in, or send a key that this school knows as a bearer token."""


class MissingScope(Forbidden):
    """This key does not have the right that this needs."""


class NeedsPerson(Forbidden):
    """This key belongs to the school itself; only a person can do this."""


class SchoolOfHost(Protocol):
    """The school whose host a request came to."""

    @property
    def id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the API is handed by composition; kept as `app.state.entrance`."""

    database: Database
    sessions: Sessions
    csrf: CsrfGuard
    school_of: Callable[[Request], SchoolOfHost]
    limiter: RateLimiter
    uses: "TokenUses"
    answer_key: bytes

    @staticmethod
    def of(request: Request) -> "Entrance":
        entrance: Entrance = request.app.state.entrance
        return entrance


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route asks of its caller, declared beside it."""

    allow: Permission
    scope: Scope | None

    async def __call__(self, request: Request) -> None:
        request.state.needs = self


@dataclass(frozen=True, slots=True)
class Identity:
    """A verified session or key, before the database has said what it is worth here."""

    claims: Claims
    scopes: frozenset[str] | None = None
    in_person: bool = True

    @property
    def bucket(self) -> tuple[object, ...]:
        """Whose requests are counted together: all of one key, or all sessions of one person here."""
        return self.claims.organization_id, self.claims.token_id or self.claims.subject


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller as the database knows them: a member, or a program with a key of the school's own."""

    school_id: UUID
    role: Role
    member_id: UUID | None
    token_id: UUID | None
    scopes: frozenset[str] | None

    @property
    def permissions(self) -> list[Permission]:
        return [permission for permission in Permission if may(self.role, permission)]


async def identified(request: Request, background: BackgroundTasks) -> Identity:
    """Who sent this, by key or by session; refused where it comes too often or the key's rights do not reach."""
    entrance, needs = Entrance.of(request), request.state.needs
    header = request.headers.get("authorization")
    by_key = header is not None
    identity = await (
        _by_token(entrance, request, header) if header is not None else _by_session(entrance, request)
    )
    allowance = entrance.limiter.take(identity.bucket)
    request.state.answer_headers += [
        ("ratelimit-policy", entrance.limiter.limit.policy),
        ("ratelimit", str(allowance)),
    ]
    if allowance.retry_after is not None:
        raise RateLimited(retry_after=allowance.retry_after)
    if needs.scope is not None and identity.scopes is not None and needs.scope not in identity.scopes:
        raise MissingScope(f"{MissingScope.title()} It would need {needs.scope}.")
    if by_key and entrance.uses.is_due(identity.claims.token_id):
        background.add_task(_note_use, entrance.database, identity.claims)
    return identity


@dataclass(frozen=True, slots=True)
class _Token:
    id: UUID
    organization_id: UUID
    sub: str | None
    scopes: list[str]


async def _by_token(entrance: Entrance, request: Request, header: str) -> Identity:
    scheme, _, secret = header.partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret.startswith(TOKEN_PREFIX) or len(secret) > LONGEST_TOKEN:
        raise NotAuthenticated
    async with entrance.database.anonymous() as db:
        token = await db.first(_Token, "select * from app.token_by_hash($1)", digest(secret))
    if token is None or token.organization_id != entrance.school_of(request).id:
        raise NotAuthenticated
    return Identity(Claims(token.sub, token.organization_id, None, token.id), frozenset(token.scopes))


async def _by_session(entrance: Entrance, request: Request) -> Identity:
    outcome = await entrance.sessions.read(request)
    if not isinstance(outcome, SignedIn):
        raise NotAuthenticated
    session = outcome.session
    await entrance.csrf.check(request, session.session_id)
    request.state.answer_headers += [("set-cookie", line) for line in outcome.cookies]
    claims = Claims(session.subject, entrance.school_of(request).id, session.session_id)
    return Identity(claims, in_person=session.impersonator is None)


Identified = Annotated[Identity, Depends(identified)]


async def reading(request: Request, identity: Identified) -> AsyncIterator[ReadDb]:
    """A READ ONLY transaction that ends before the answer leaves."""
    async with Entrance.of(request).database.read(identity.claims) as db:
        yield db


async def writing(request: Request, identity: Identified) -> AsyncIterator[UserDb]:
    """A unit of work that is committed before the answer leaves."""
    async with Entrance.of(request).database.write(identity.claims) as db:
        yield db


Reading: TypeAlias = Annotated[ReadDb, Depends(reading, scope="function")]
Writing: TypeAlias = Annotated[UserDb, Depends(writing, scope="function")]


async def reader(request: Request, identity: Identified, db: Reading) -> Caller:
    """The caller of a GET, once their role is known to be enough."""
    return await _admitted(request, identity, db)


async def writer(request: Request, identity: Identified, db: Writing) -> Caller:
    """The caller of a change, once their role is known to be enough."""
    return await _admitted(request, identity, db)


Reader: TypeAlias = Annotated[Caller, Depends(reader, scope="function")]
Writer: TypeAlias = Annotated[Caller, Depends(writer, scope="function")]


@dataclass(frozen=True, slots=True)
class _Context:
    school_id: UUID | None
    member_id: UUID | None
    role: str | None
    support: bool


CONTEXT = """
    select app.org_id() as school_id, app.member_id() as member_id, app.member_role() as role,
           app.support_id() is not null as support"""


async def _admitted(request: Request, identity: Identity, db: Reads) -> Caller:
    context = await db.one(_Context, CONTEXT)
    if context.school_id is None or context.role is None:
        raise NotAMember if identity.claims.token_id is None else NotAuthenticated
    role = Role(context.role)
    allow = request.state.needs.allow
    if not may(role, allow):
        raise Forbidden
    if allow in IN_PERSON and (context.support or not identity.in_person):
        raise NotInTheirName
    return Caller(context.school_id, role, context.member_id, identity.claims.token_id, identity.scopes)


class TokenUses:
    """Remembers which keys were noted as used a moment ago, so that reading does not mean writing."""

    def __init__(
        self, *, seconds: float = 60, size: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._size, self._clock = seconds, size, clock
        self._noted: OrderedDict[UUID, float] = OrderedDict()

    def is_due(self, token_id: UUID | None) -> bool:
        """Is it time to note this use? Answers yes once, then not for a while."""
        if token_id is None or self._noted.get(token_id, -math.inf) + self._seconds > self._clock():
            return False
        self._noted[token_id] = self._clock()
        self._noted.move_to_end(token_id)
        while len(self._noted) > self._size:
            self._noted.popitem(last=False)
        return True


async def _note_use(database: Database, claims: Claims) -> None:
    """After the answer, in a transaction of its own; a lost note costs nothing but a minute's accuracy."""
    with suppress(ProblemError):
        async with database.write(claims) as db:
            await db.value("select app.token_used()")
