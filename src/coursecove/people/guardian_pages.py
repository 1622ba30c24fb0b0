"""Guardians and the students they stand for: found, linked, unlinked."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.names import search_pattern
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Relation, Role
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people import queries
from coursecove.people.actions import link_guardian, unlink_guardian
from coursecove.people.parts import parts
from coursecove.people.showing import address
from coursecove.people.views import Candidate, LinkPage
from coursecove.people.wording import relation_word

SHOWN = 20


@page("GET", "/people/{member_id:uuid}/family", allow=Permission.LINK_GUARDIANS)
async def find_family(request: Request, db: ReadDb, me: Member) -> Answer:
    """Search for somebody to link with a guardian or a student."""
    search = request.query_params.get("q", "").replace("\0", "")[:200]
    data = await _link_page(db, request.path_params["member_id"], search)
    return Page("people/link.html", data)


@page("POST", "/people/{member_id:uuid}/family", allow=Permission.LINK_GUARDIANS)
async def create_link(request: Request, db: UserDb, me: Member) -> Answer:
    """Link the two; an undone unlinking comes here too, with both in its address."""
    form, member_id = await request.form(), request.path_params["member_id"]
    other = str(form.get("other") or request.query_params.get("other", ""))
    relation = str(form.get("relation") or request.query_params.get("relation", Relation.GUARDIAN))
    found = await queries.person(db, member_id)
    guardian_id, student_id = (
        (_uuid(other), found.id) if found.role == Role.STUDENT else (found.id, _uuid(other))
    )
    link = await link_guardian(db, me, guardian_id, student_id, relation)
    undo = f"/people/guardianships/{link.id}/ending"
    return Redirect(f"/people/{member_id}", toast=_("Linked."), undo=undo)


@page("POST", "/people/guardianships/{link_id:uuid}/ending", allow=Permission.LINK_GUARDIANS)
async def create_link_ending(request: Request, db: UserDb, me: Member) -> Answer:
    link = await unlink_guardian(db, request.path_params["link_id"])
    undo = address(f"/people/{link.student_id}/family", other=str(link.guardian_id), relation=link.relation)
    return Redirect(f"/people/{link.student_id}", toast=_("No longer linked."), undo=undo)


PAGES: tuple[PageRoute, ...] = (find_family, create_link, create_link_ending)


@dataclass(frozen=True, slots=True)
class _Found:
    id: UUID
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class _Linkable:
    """A member, and whom they could be linked with."""

    id: UUID
    name: str
    role: str
    found: list[dict[str, Any]]


CANDIDATES = """
    select m.id, m.display_name as name, m.role,
           (select coalesce(jsonb_agg(to_jsonb(f)), '[]') from (
              with page as (
                select o.id, o.display_name, o.sort_name from organization_memberships o
                 where o.organization_id = m.organization_id and o.status = 'ACTIVE'
                   and o.role = case m.role when 'STUDENT' then 'GUARDIAN' else 'STUDENT' end
                   and ($2 = '' or o.sort_name like $2)
                   and not exists (select from guardianships g where g.organization_id = o.organization_id
                                    and ((g.guardian_id = o.id and g.student_id = m.id)
                                      or (g.student_id = o.id and g.guardian_id = m.id)))
                 order by o.sort_name, o.id limit $3)
              select p.id, p.display_name as name, e.email
                from page p left join app.member_emails(array(select id from page)) e on e.member_id = p.id
               order by p.sort_name, p.id) f) as found
      from organization_memberships m
     where m.organization_id = (select app.org_id()) and m.id = $1 and m.status = 'ACTIVE'
       and m.role in ('STUDENT', 'GUARDIAN')"""


async def _link_page(db: Reads, member_id: UUID, search: str) -> LinkPage:
    member = await db.one(_Linkable, CANDIDATES, member_id, search_pattern(search), SHOWN + 1)
    rows = parts(member.found, _Found)
    return LinkPage(
        member.id,
        member.name,
        "guardian" if member.role == Role.STUDENT else "child",
        search,
        tuple(Candidate(row.id, row.name, row.email) for row in rows[:SHOWN]),
        tuple((relation.value, relation_word(relation)) for relation in Relation),
        more=len(rows) > SHOWN,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid from None
