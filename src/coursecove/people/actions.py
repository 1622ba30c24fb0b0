"""Asking for changes of people and keeping what came of them; linking guardians."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from coursecove.accounts.access import Actor
from coursecove.accounts.events import GuardianLinked
from coursecove.accounts.forgetting import Unlinked, end_guardianship
from coursecove.accounts.models import Guardianship, Membership
from coursecove.accounts.roles import Relation, Role, Status
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.db.writing import UnitOfWork
from coursecove.kit.errors import Conflict, Forbidden, Invalid, NotFound
from coursecove.kit.ids import new_id
from coursecove.people.carrying_out import Order, Outcome
from coursecove.people.events import GuardianUnlinked, MemberForgotten, TeamChangeAsked
from coursecove.people.lists import LineProblem, valid_email
from coursecove.people.models import ChangeKind, ChangeStatus, Invitation, InvitationStatus, TeamChange
from coursecove.people.wording import problem_words

FINISHED_BY_PAGE: Final = timedelta(seconds=90)
"""How long the page that asked has, before the background takes a change over."""


class LastOwner(Conflict):
    """A school keeps at least one owner. Make somebody else an owner first."""


class CannotBeChanged(Conflict):
    """This cannot be done with this person as they stand now. Load the page again."""


class AlreadyLinked(Conflict):
    """This guardian stands for this student already."""


class UnusableAddress(Invalid):
    """This address cannot be invited."""


class NotTheRightPeople(Invalid):
    """A guardian is linked with a student, and both belong to the school."""


on_violation("team_changes_last_owner_check", LastOwner)
on_violation("guardianships_organization_id_guardian_id_student_id_key", AlreadyLinked)

REVERSED: Final = {
    ChangeKind.ROLE: ChangeKind.ROLE,
    ChangeKind.REMOVAL: ChangeKind.RESTORATION,
    ChangeKind.RESTORATION: ChangeKind.REMOVAL,
    ChangeKind.INVITATION: ChangeKind.REVOCATION,
    ChangeKind.REVOCATION: ChangeKind.INVITATION,
}

ASK = """
    insert into team_changes (organization_id, id, list_id, kind, member_id, invitation_id, email, role, was, ref,
           status)
    values ($1, $2, null, $3, $4, $5, $6, $7, $8, $9, 'asked')"""

SETTLE = """
    update team_changes set status = case when $3::text is null then 'done' else 'refused' end, problem = $3,
           invitation_id = coalesce($4, invitation_id), settled_at = now()
     where organization_id = $1 and id = $2 and status = 'asked' returning kind"""

KEEP_INVITATION = """
    insert into invitations (organization_id, id, external_id, email, role, status, invited_by, created_at, expires_at)
    values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8)
    on conflict (organization_id, email) where status = 'pending'
    do update set external_id = excluded.external_id, role = excluded.role, invited_by = excluded.invited_by,
           created_at = excluded.created_at, expires_at = excluded.expires_at, updated_at = now()
    returning id"""

REPLACE_INVITATION = """
    update invitations set external_id = $3, expires_at = $4, updated_at = now()
     where organization_id = $1 and id = $2 returning id"""

END_INVITATION = """
    update invitations set status = 'revoked', updated_at = now()
     where organization_id = $1 and id = $2 and status = 'pending' returning id"""

KNOWN_BY_EMAIL = "select k.active from app.members_by_email(array[$1]) k"
OPEN_INVITATION = """
    select true from invitations i
     where i.organization_id = (select app.org_id()) and i.email = $1 and i.status = 'pending'
       and (i.expires_at is null or i.expires_at > now())"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants changed about one person."""

    kind: ChangeKind
    member: Membership | None = None
    invitation: Invitation | None = None
    email: str | None = None
    role: Role | None = None


async def ask(db: UserDb, actor: Actor, wish: Wish, *, at_once: bool = False) -> UUID:
    """Note that this is asked of the provider; what the caller does not finish itself, the background does."""
    await _check(db, actor, wish)
    change_id, member = new_id(), wish.member
    member_id = member.id if member else None
    invitation_id = wish.invitation.id if wish.invitation else None
    was = member.role if member else None
    await db.value(
        ASK,
        actor.school_id,
        change_id,
        wish.kind,
        member_id,
        invitation_id,
        wish.email,
        _role_of(wish),
        was,
        member.clerk_membership_id if member else None,
    )
    await db.emit(
        TeamChangeAsked(change_id, wish.kind, member_id),
        key=str(change_id),
        not_before=None if at_once else clock.now() + FINISHED_BY_PAGE,
    )
    return change_id


async def settle(db: UnitOfWork, order: Order, outcome: Outcome) -> bool:
    """Keep what came of an order, once; False where somebody else was quicker."""
    school, sent = db.organization_id, outcome.invitation
    invitation_id = order.invitation_id
    if outcome.problem is None and sent is not None:
        if order.kind == ChangeKind.RESENDING:
            await db.value(REPLACE_INVITATION, school, invitation_id, sent.external_id, sent.expires_at)
        else:
            invitation_id = await db.value(
                KEEP_INVITATION,
                school,
                new_id(),
                sent.external_id,
                sent.email,
                order.role,
                order.asked_by,
                sent.created_at,
                sent.expires_at,
            )
    if order.kind == ChangeKind.REVOCATION and outcome.problem in (None, "gone"):
        await db.value(END_INVITATION, school, invitation_id)
    settled = await db.value(SETTLE, school, outcome.change_id, outcome.problem, invitation_id)
    return settled is not None


async def reversed_wish(db: UserDb, change_id: UUID) -> Wish:
    """What takes a change back that was carried out; an owner's role is never given or taken in passing."""
    change = await db.get(TeamChange, change_id)
    if change.status != ChangeStatus.DONE or change.kind not in REVERSED:
        raise CannotBeChanged
    kind = REVERSED[ChangeKind(change.kind)]
    if kind == ChangeKind.INVITATION and change.invitation_id is not None:
        was = await db.get(Invitation, change.invitation_id)
        return Wish(kind, email=was.email, role=Role(was.role))
    if change.invitation_id is not None:
        return Wish(kind, invitation=await db.get(Invitation, change.invitation_id))
    if change.member_id is None or (
        change.kind == ChangeKind.ROLE and Role.SUPER_ADMIN in (change.was, change.role)
    ):
        raise CannotBeChanged
    member = await db.get(Membership, change.member_id)
    return Wish(kind, member=member, role=Role(change.was) if change.was else None)


async def link_guardian(
    db: UserDb, actor: Actor, guardian_id: UUID, student_id: UUID, relation: str
) -> Guardianship:
    """Let a guardian stand for a student."""
    guardian, student = await db.get(Membership, guardian_id), await db.get(Membership, student_id)
    both = (guardian.role, student.role) == (Role.GUARDIAN, Role.STUDENT)
    if not both or {guardian.status, student.status} != {Status.ACTIVE} or relation not in set(Relation):
        raise NotTheRightPeople
    link = Guardianship(guardian_id=guardian.id, student_id=student.id, relation=relation)
    db.add(link)
    await db.flush()
    await db.emit(GuardianLinked(guardian.id, student.id))
    return link


async def unlink_guardian(db: UserDb, link_id: UUID) -> Unlinked:
    """A guardian no longer stands for a student; what they see ends with the next request."""
    link = await end_guardianship(db, link_id)
    await db.emit(GuardianUnlinked(link.guardian_id, link.student_id))
    return link


async def forget_member(db: UserDb, actor: Actor, member: Membership) -> None:
    """Let a removed person's traces go now instead of after thirty days."""
    if actor.role != Role.SUPER_ADMIN:
        raise Forbidden
    if member.status == Status.ACTIVE:
        raise CannotBeChanged
    await db.emit(MemberForgotten(member.id))


def _role_of(wish: Wish) -> str | None:
    if wish.kind == ChangeKind.RESTORATION and wish.member is not None:
        return wish.member.role
    if wish.invitation is not None:
        return wish.invitation.role
    return wish.role


async def _check(db: UserDb, actor: Actor, wish: Wish) -> None:
    """Refuse what makes no sense; the last owner is the database's own concern."""
    if wish.kind != ChangeKind.LEAVING and actor.role != Role.SUPER_ADMIN:
        raise Forbidden
    if wish.kind == ChangeKind.INVITATION:
        await _check_address(db, wish.email or "")
    elif wish.kind in (ChangeKind.REVOCATION, ChangeKind.RESENDING):
        if wish.invitation is None or wish.invitation.status != InvitationStatus.PENDING:
            raise NotFound
    elif wish.member is None or not _fits(wish, wish.member):
        raise CannotBeChanged


def _fits(wish: Wish, member: Membership) -> bool:
    if wish.kind == ChangeKind.RESTORATION:
        return restorable(member)
    return member.status == Status.ACTIVE and (wish.kind != ChangeKind.ROLE or member.role != wish.role)


def restorable(member: Membership) -> bool:
    """Was the member removed no longer than thirty days ago?"""
    if member.status == Status.ACTIVE or member.forgotten_at is not None or member.removed_at is None:
        return False
    return clock.now() - member.removed_at < timedelta(days=30)


async def _check_address(db: UserDb, email: str) -> None:
    problem: str | None = None
    member = await db.value(KNOWN_BY_EMAIL, email)
    if valid_email(email) is None:
        problem = LineProblem.BAD_EMAIL
    elif member:
        problem = LineProblem.ALREADY_MEMBER
    elif await db.value(OPEN_INVITATION, email):
        problem = LineProblem.ALREADY_INVITED
    if problem is not None:
        words = problem_words(problem)
        raise UnusableAddress(words, fields={"email": words})
