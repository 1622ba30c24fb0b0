"""Guardians and the students they stand for: found, linked, unlinked."""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.names import search_pattern
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Relation, Role
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Invalid, NotFound
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people import queries
from coursecove.people.actions import link_guardian, unlink_guardian
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


CANDIDATES = """
    with page as (
      select m.id, m.display_name, m.sort_name from organization_memberships m
       where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE' and m.role = $1
         and ($2 = '' or m.sort_name like $2)
         and not exists (select from guardianships g where g.organization_id = m.organization_id
                          and case when $1 = 'GUARDIAN' then g.guardian_id = m.id and g.student_id = $3
                                   else g.student_id = m.id and g.guardian_id = $3 end)
       order by m.sort_name, m.id limit $4)
    select p.id, p.display_name as name, e.email
      from page p left join app.member_emails(array(select id from page)) e on e.member_id = p.id
     order by p.sort_name, p.id"""


async def _link_page(db: Reads, member_id: UUID, search: str) -> LinkPage:
    found = await queries.person(db, member_id)
    if not found.active or found.role not in (Role.STUDENT, Role.GUARDIAN):
        raise NotFound
    wanted = Role.GUARDIAN if found.role == Role.STUDENT else Role.STUDENT
    rows = await db.fetch(_Found, CANDIDATES, wanted, search_pattern(search), member_id, SHOWN + 1)
    return LinkPage(
        found.id,
        found.name,
        "guardian" if wanted == Role.GUARDIAN else "child",
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
