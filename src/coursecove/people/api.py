"""The JSON API of people: invitations, changes of members, guardianships.

What the sign-in service has to do is asked for and answered with 202: the background does it once, however often
the request is repeated under its key.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from starlette.requests import Request

from coursecove.accounts.api_access import Caller, Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.models import Guardianship, Membership
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.kit.db import UserDb
from coursecove.kit.web.paging import CursorQuery, Limit, ways_on
from coursecove.people import queries, schemas
from coursecove.people.actions import Wish, ask, link_guardian, unlink_guardian
from coursecove.people.change_queries import ChangeFacts, change_facts, guardianships
from coursecove.people.models import ChangeKind, Invitation
from coursecove.people.wording import problem_words

routes = ApiRoutes("People coming and going")

OfMember = Annotated[UUID | None, Query(description="Only those of this guardian or student.")]


@routes.get("/invitations", allow=Permission.MANAGE_PEOPLE, scope=Scope.READ_PEOPLE)
async def list_invitations(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Invitations:
    """Open invitations, newest first."""
    found = await queries.invitation_page(db, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.Invitation.model_validate(row) for row in found.rows]
    return schemas.Invitations(items=items, next=ways.next, previous=ways.previous)


@routes.post("/invitations", allow=Permission.MANAGE_PEOPLE, scope=Scope.WRITE_PEOPLE, status=202)
async def invite_person(wanted: schemas.NewInvitation, db: Writing, me: Writer) -> schemas.Change:
    """Ask somebody to join."""
    wish = Wish(ChangeKind.INVITATION, email=wanted.email.strip().casefold(), role=wanted.role)
    return await _asked(db, me, wish)


@routes.post(
    "/invitations/{invitation_id}/revocation",
    allow=Permission.MANAGE_PEOPLE,
    scope=Scope.WRITE_PEOPLE,
    status=202,
)
async def revoke_invitation(invitation_id: UUID, db: Writing, me: Writer) -> schemas.Change:
    """Take an invitation back that nobody has taken yet."""
    wish = Wish(ChangeKind.REVOCATION, invitation=await db.get(Invitation, invitation_id))
    return await _asked(db, me, wish)


@routes.patch("/members/{member_id}", allow=Permission.MANAGE_PEOPLE, scope=Scope.WRITE_PEOPLE, status=202)
async def change_member(
    member_id: UUID, wanted: schemas.RoleChange, db: Writing, me: Writer
) -> schemas.Change:
    """Give a member another role; a school keeps at least one owner."""
    wish = Wish(ChangeKind.ROLE, member=await db.get(Membership, member_id), role=wanted.role)
    return await _asked(db, me, wish)


@routes.post(
    "/members/{member_id}/removal", allow=Permission.MANAGE_PEOPLE, scope=Scope.WRITE_PEOPLE, status=202
)
async def remove_member(member_id: UUID, db: Writing, me: Writer) -> schemas.Change:
    """Remove a member. For 30 days they can be restored as they were."""
    return await _asked(db, me, Wish(ChangeKind.REMOVAL, member=await db.get(Membership, member_id)))


@routes.post(
    "/members/{member_id}/restoration",
    allow=Permission.MANAGE_PEOPLE,
    scope=Scope.WRITE_PEOPLE,
    status=202,
)
async def restore_member(member_id: UUID, db: Writing, me: Writer) -> schemas.Change:
    """Restore somebody who was removed no longer than 30 days ago."""
    return await _asked(db, me, Wish(ChangeKind.RESTORATION, member=await db.get(Membership, member_id)))


@routes.get("/changes/{change_id}", allow=Permission.MANAGE_PEOPLE, scope=Scope.READ_PEOPLE)
async def show_change(change_id: UUID, db: Reading, _me: Reader) -> schemas.Change:
    """What became of something that was asked."""
    return _change(await change_facts(db, change_id))


@routes.get("/guardianships", allow=Permission.SEE_SCHOOL, scope=Scope.READ_PEOPLE)
async def list_guardianships(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    member_id: OfMember = None,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Guardianships:
    """Who stands for whom; staff see everybody's, others their own."""
    found = await guardianships(db, member_id=member_id, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.Guardianship.model_validate(row) for row in found.rows]
    return schemas.Guardianships(items=items, next=ways.next, previous=ways.previous)


@routes.post("/guardianships", allow=Permission.LINK_GUARDIANS, scope=Scope.WRITE_PEOPLE, names_rows=True)
async def make_guardianship(wanted: schemas.NewGuardianship, db: Writing, me: Writer) -> schemas.Guardianship:
    """Let a guardian stand for a student."""
    link = await link_guardian(db, me, wanted.guardian_id, wanted.student_id, wanted.relation)
    return schemas.Guardianship.model_validate(await db.get(Guardianship, link.id))


@routes.post(
    "/guardianships/{guardianship_id}/ending",
    allow=Permission.LINK_GUARDIANS,
    scope=Scope.WRITE_PEOPLE,
    status=204,
)
async def end_guardianship(guardianship_id: UUID, db: Writing, _me: Writer) -> None:
    """A guardian no longer stands for a student; what they see ends with the next request."""
    await unlink_guardian(db, guardianship_id)


async def _asked(db: UserDb, me: Caller, wish: Wish) -> schemas.Change:
    change_id = await ask(db, me, wish, at_once=True)
    return _change(await change_facts(db, change_id))


def _change(facts: ChangeFacts) -> schemas.Change:
    words = problem_words(facts.problem) if facts.problem else None
    return schemas.Change.model_validate(facts).model_copy(update={"problem": words})
