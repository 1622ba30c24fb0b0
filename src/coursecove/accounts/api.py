"""The JSON API of accounts: the caller, members and what happened."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import AfterValidator
from starlette.requests import Request

from coursecove.accounts import queries, schemas
from coursecove.accounts.access import Member, member
from coursecove.accounts.actions import change_account
from coursecove.accounts.api_access import Caller, NeedsPerson, Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.models import Membership
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.accounts.scopes import Scope
from coursecove.kit.db import Reads
from coursecove.kit.web.paging import CursorQuery, Limit, ways_on

routes = ApiRoutes("People and school")

Search = Annotated[
    str,
    AfterValidator(schemas.without_controls),
    Query(max_length=100, description="Part of a name, without regard to case and accents."),
]
RoleFilter = Annotated[Role | None, Query(description="Only members with this role.")]


@routes.get("/me", allow=Permission.SEE_SCHOOL, scope=None)
async def show_me(db: Reading, me: Reader) -> schemas.Me:
    """Who calls, and what they may do here."""
    return await _me(db, me)


@routes.patch("/me", allow=Permission.MANAGE_ACCOUNT, scope=Scope.WRITE_ACCOUNT)
async def change_me(changes: schemas.AccountChanges, db: Writing, me: Writer) -> schemas.Me:
    """Change your own time zone and language in this school."""
    person = await this_person(db, me)
    mine = await db.get(Membership, person.id, lock=True)
    given = changes.given()
    await change_account(
        db,
        person,
        time_zone=given.get("time_zone", mine.time_zone),
        locale=given.get("locale", mine.locale),
    )
    return await _me(db, me)


@routes.get("/members", allow=Permission.SEE_PEOPLE, scope=Scope.READ_PEOPLE)
async def list_members(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    role: RoleFilter = None,
    search: Search = "",
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Members:
    """The school's members by name."""
    found = await queries.members(db, role=role or "", search=search, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.ListedMember.model_validate(row) for row in found.rows]
    return schemas.Members(items=items, next=ways.next, previous=ways.previous)


@routes.get("/members/{member_id}", allow=Permission.SEE_SCHOOL, scope=Scope.READ_PEOPLE)
async def show_member(member_id: UUID, db: Reading, _me: Reader) -> schemas.Member:
    """One member whom the caller may see: themselves, their children and teachers; staff see everybody."""
    return schemas.Member.model_validate(await queries.member_facts(db, member_id))


@routes.get("/members/{member_id}/relations", allow=Permission.SEE_SCHOOL, scope=Scope.READ_PEOPLE)
async def list_relations(member_id: UUID, db: Reading, _me: Reader) -> schemas.Relations:
    """Children of a guardian, guardians of a student."""
    seen = await queries.member_facts(db, member_id)
    found = await queries.related(db, seen.id)
    return schemas.Relations(items=[schemas.Relation.of(row) for row in found])


@routes.get("/events", allow=Permission.SEE_ACTIVITY, scope=Scope.READ_EVENTS)
async def list_events(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Events:
    """What happened in the school, newest first."""
    found = await queries.happened(db, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.Event.of(row) for row in found.rows]
    return schemas.Events(items=items, next=ways.next, previous=ways.previous)


async def this_person(db: Reads, me: Caller) -> Member:
    """The caller as a member; NeedsPerson for a key of the school itself."""
    if me.member_id is None:
        raise NeedsPerson
    return await member(db)


async def _me(db: Reads, me: Caller) -> schemas.Me:
    school = await queries.school_facts(db)
    person = None
    if me.member_id is not None:
        person = schemas.Myself.model_validate(await queries.member_facts(db, me.member_id))
    return schemas.Me(
        member=person,
        school=schemas.MySchool.model_validate(school),
        role=me.role,
        permissions=me.permissions,
        scopes=None if me.scopes is None else [scope for scope in Scope if scope in me.scopes],
    )
