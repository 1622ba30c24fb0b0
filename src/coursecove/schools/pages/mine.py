"""The apex: the schools of whoever is signed in, and those they closed."""

from starlette.requests import Request

from coursecove.accounts.access import Answer, Redirect
from coursecove.accounts.person_access import Person, PersonRoute, person_page
from coursecove.accounts.wording import role_word
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import SchoolLink
from coursecove.schools.actions.closing import reopen_school
from coursecove.schools.queries.visitors import closed_schools
from coursecove.schools.views import ClosedRow, MySchoolsPage


@person_page("GET", "/schools")
async def my_schools(request: Request, db: ReadDb, me: Person) -> Answer:
    root = request.app.state.root
    links = tuple(
        SchoolLink(each.name, each.label, role_word(each.role), f"{root.origin(each.label)}/dashboard")
        for each in me.schools
    )
    closed = tuple(ClosedRow(each.id, each.name, each.closes_at) for each in await closed_schools(db))
    return Page("schools/mine.html", MySchoolsPage(me.name, me.email, links, closed, "/session/end"))


@person_page("POST", "/schools/{school_id:uuid}/reopening")
async def create_reopening(request: Request, db: UserDb, me: Person) -> Answer:
    await reopen_school(db, request.path_params["school_id"])
    return Redirect("/schools", toast=_("The school is open again."))


PAGES: tuple[PersonRoute, ...] = (my_schools, create_reopening)
