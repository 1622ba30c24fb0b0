"""Lists of changes: looked at before anything is asked, started as a whole, taken back as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from coursecove.accounts.access import Actor
from coursecove.accounts.roles import Role
from coursecove.kit import clock
from coursecove.kit.db import Reads, UserDb
from coursecove.kit.errors import Conflict, Forbidden, Invalid
from coursecove.kit.ids import new_id
from coursecove.people.events import TeamListStarted
from coursecove.people.lists import MOST_LINES, Line, LineProblem
from coursecove.people.models import ChangeKind, ChangeStatus, ListStatus, TeamList
from coursecove.people.queries import RESTORABLE, Search

OF_MEMBERS: Final = frozenset({ChangeKind.ROLE, ChangeKind.REMOVAL, ChangeKind.RESTORATION})
OF_INVITATIONS: Final = frozenset({ChangeKind.REVOCATION, ChangeKind.RESENDING})


class NothingChosen(Invalid):
    """Nobody is chosen. Tick at least one person and choose what to do."""


class AlreadyStarted(Conflict):
    """This list was started or put away already."""


class NothingToSend(Conflict):
    """No line of this list can be carried out."""


KNOWN = "select k.email, k.active, k.restorable from app.members_by_email($1) k"
OPEN = """
    select i.email from invitations i
     where i.organization_id = (select app.org_id()) and i.email = any($1) and i.status = 'pending'
       and (i.expires_at is null or i.expires_at > now())"""

ADD_LINES = """
    insert into team_changes (organization_id, id, list_id, position, kind, email, role, given, status, problem)
    select $1, l.id, $2, l.position, 'invitation', l.email, l.role, l.given, l.status, l.problem
      from unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
           as l (id, position, email, role, given, status, problem)"""


START = """
    with ready as (
      update team_changes set status = 'asked'
       where organization_id = $1 and list_id = $2 and status = 'draft' returning 1)
    select count(*) from ready"""


async def create_list(
    db: UserDb, actor: Actor, lines: Sequence[Line], *, role: Role, source: str | None
) -> UUID:
    """A list of invitations to look at; nothing is sent."""
    _require_owner(actor)
    checked = await _checked(db, lines)
    list_id = await _add(db, ChangeKind.INVITATION, role, source)
    columns = [
        [new_id() for _ in checked],
        [line.number for line in checked],
        [line.email for line in checked],
        [line.role for line in checked],
        [line.given for line in checked],
        [ChangeStatus.PROBLEM if line.problem else ChangeStatus.DRAFT for line in checked],
        [line.problem for line in checked],
    ]
    await db.value(ADD_LINES, actor.school_id, list_id, *columns)
    return list_id


@dataclass(frozen=True, slots=True)
class Selection:
    """People or invitations chosen on a list: by their ids, or everybody whom a search finds."""

    ids: tuple[UUID, ...] = ()
    everybody: Search | None = None


ADD_MEMBERS = f"""
    insert into team_changes (organization_id, id, list_id, position, kind, member_id, role, was, ref, given, status,
           problem)
    select $1, chosen.change_id, $2, chosen.position, $3, chosen.id, coalesce($4, chosen.role), chosen.role,
           chosen.clerk_membership_id, chosen.display_name,
           case when chosen.problem is null then 'draft' else 'problem' end, chosen.problem
      from (select m.*, row_number() over (order by m.sort_name, m.id) as position, gen_random_uuid() as change_id,
                   case when m.id = app.member_id() then 'yourself'
                        when $3 = 'role' and m.role = $4 then 'same_role' end as problem
              from organization_memberships m
             where m.organization_id = $1
               and case when $3 = 'restoration' then {RESTORABLE} else m.status = 'ACTIVE' end
               and (m.id = any($5) or ($6 and ($7 = '' or m.role = $7) and ($8 = '' or m.sort_name like $8)
                    and ($9 = '' or m.id = any(array(select app.members_with_email($9))))))
             order by m.sort_name, m.id limit {MOST_LINES}) chosen"""  # noqa: S608 - literals of ours

ADD_INVITATIONS = f"""
    insert into team_changes (organization_id, id, list_id, position, kind, invitation_id, role, given, status)
    select $1, gen_random_uuid(), $2, row_number() over (order by i.id), $3, i.id, i.role, i.email, 'draft'
      from invitations i
     where i.organization_id = $1 and i.status = 'pending'
       and (i.id = any($4) or ($5 and ($6 = '' or i.role = $6) and ($7 = '' or i.email like $7)))
     order by i.id limit {MOST_LINES}"""  # noqa: S608


async def create_selection(
    db: UserDb, actor: Actor, kind: ChangeKind, selection: Selection, *, role: Role | None = None
) -> UUID:
    """A list of changes about chosen people or invitations, to look at before it starts."""
    _require_owner(actor)
    search = selection.everybody or Search()
    everybody = selection.everybody is not None
    if kind == ChangeKind.ROLE and role is None:
        raise NothingChosen
    list_id = await _add(db, kind, role, None)
    if kind in OF_MEMBERS:
        wanted = (role, list(selection.ids), everybody, search.role, search.name, search.email)
        await db.value(ADD_MEMBERS, actor.school_id, list_id, kind, *wanted)
    elif kind in OF_INVITATIONS:
        found = (list(selection.ids), everybody, search.role, search.email)
        await db.value(ADD_INVITATIONS, actor.school_id, list_id, kind, *found)
    if not await db.value(ANY_LINE, actor.school_id, list_id):
        raise NothingChosen
    return list_id


ANY_LINE = "select true from team_changes where organization_id = $1 and list_id = $2 limit 1"


async def start_list(db: UserDb, actor: Actor, list_id: UUID) -> int:
    """Ask for every line that can be carried out; the background does it, portion by portion."""
    _require_owner(actor)
    team_list = await db.get(TeamList, list_id, lock=True)
    if team_list.status != ListStatus.DRAFT:
        raise AlreadyStarted
    started: int = await db.value(START, actor.school_id, list_id)
    if started == 0:
        raise NothingToSend
    team_list.status, team_list.started_at = ListStatus.RUNNING, clock.now()
    await db.flush()
    await db.emit(TeamListStarted(list_id, 1), key=f"{list_id}:1")
    return started


async def discard_list(db: UserDb, list_id: UUID) -> None:
    """Put a list away that was only looked at."""
    team_list = await db.get(TeamList, list_id, lock=True)
    if team_list.status != ListStatus.DRAFT:
        raise AlreadyStarted
    team_list.status = ListStatus.DISCARDED
    await db.flush()


SENT_BY = """
    select c.invitation_id as id from team_changes c
      join invitations i on i.organization_id = c.organization_id and i.id = c.invitation_id and i.status = 'pending'
     where c.organization_id = $1 and c.list_id = $2 and c.kind = 'invitation' and c.status = 'done'"""


@dataclass(frozen=True, slots=True)
class _Sent:
    id: UUID


async def take_back_list(db: UserDb, actor: Actor, list_id: UUID) -> UUID:
    """A list that revokes every invitation of another that nobody has taken yet, started at once."""
    team_list = await db.get(TeamList, list_id)
    sent = await db.fetch(_Sent, SENT_BY, actor.school_id, team_list.id)
    revocation = await create_selection(
        db, actor, ChangeKind.REVOCATION, Selection(tuple(each.id for each in sent))
    )
    await start_list(db, actor, revocation)
    return revocation


@dataclass(frozen=True, slots=True)
class _Known:
    email: str
    active: bool
    restorable: bool


@dataclass(frozen=True, slots=True)
class _Open:
    email: str


async def _checked(db: Reads, lines: Sequence[Line]) -> list[Line]:
    """The lines with what the school knows of their people."""
    emails = [line.email for line in lines if line.email and line.problem is None]
    known = await db.fetch(_Known, KNOWN, emails)
    problems = {each.email: LineProblem.WAS_REMOVED for each in known if each.restorable}
    problems |= {each.email: LineProblem.ALREADY_INVITED for each in await db.fetch(_Open, OPEN, emails)}
    problems |= {each.email: LineProblem.ALREADY_MEMBER for each in known if each.active}
    return [line if line.problem else replace(line, problem=problems.get(line.email or "")) for line in lines]


async def _add(db: UserDb, kind: ChangeKind, role: Role | None, source: str | None) -> UUID:
    list_id = new_id()
    await db.value(ADD_LIST, db.organization_id, list_id, kind, role, source and source[:200])
    return list_id


ADD_LIST = """
    insert into team_lists (organization_id, id, kind, role, source) values ($1, $2, $3, $4, $5)"""


def _require_owner(actor: Actor) -> None:
    if actor.role != Role.SUPER_ADMIN:
        raise Forbidden
