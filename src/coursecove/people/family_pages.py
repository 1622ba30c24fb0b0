"""A guardian's children, and nobody else's."""

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, page
from coursecove.accounts.noting import note_read
from coursecove.accounts.permissions import Permission
from coursecove.kit.db import ReadDb
from coursecove.kit.web.render import Page
from coursecove.people import profile_queries as queries
from coursecove.people.profile_actions import may_make
from coursecove.people.profile_views import ChildRow, FamilyPage
from coursecove.people.wording import relation_word


@page("GET", "/family", allow=Permission.SEE_FAMILY)
async def family(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await queries.children(db)
    profiles = [child.profile_id for child in found if child.profile_id]
    if profiles:
        note_read(request, "managed_profiles", me.school_id, page="family", profiles=profiles)
    rows = tuple(
        ChildRow(child.name, relation_word(child.relation), child.profile_id, child.status) for child in found
    )
    return Page("people/family.html", FamilyPage(rows, may_make(me)))


PAGES: tuple[PageRoute, ...] = (family,)
