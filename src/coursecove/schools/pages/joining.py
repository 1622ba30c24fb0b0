"""Settings: people who ask to be let in; and the door where they ask."""

from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.outside import Outside, provider_page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.person_access import Person, PersonRoute, person_page
from coursecove.accounts.roles import Role
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.schools.actions.joining import LONGEST_MESSAGE, ask_to_join, decide, waiting_request
from coursecove.schools.pages.forms import text
from coursecove.schools.queries import school as schools
from coursecove.schools.queries import visitors as queries
from coursecove.schools.views import JoiningPage, JoinPage, RequestRow

ROLES = (Role.STUDENT, Role.GUARDIAN, Role.TEACHER)


@page("GET", "/school/joining", allow=Permission.MANAGE_JOINING)
async def school_joining(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await schools.settings(db)
    rows = tuple(
        RequestRow(
            each.id,
            each.name,
            each.email,
            each.message,
            each.state,
            each.created_at,
            each.decided_at,
            each.decided_by,
        )
        for each in await queries.requests(db)
    )
    door = f"{request.app.state.root.origin(found.label)}/sign-up"
    return Page("schools/joining.html", JoiningPage(found.joining, door, rows))


@provider_page("POST", "/school/joining/{request_id:uuid}/acceptance", allow=Permission.MANAGE_JOINING)
async def create_acceptance(request: Request, work: Outside, me: Member) -> Answer:
    """The identity provider makes them a member; once it has, the decision is noted."""
    request_id: UUID = request.path_params["request_id"]
    form = await request.form()
    wanted = text(form, "role")
    role = Role(wanted) if wanted in ROLES else Role.STUDENT
    async with work.read() as db:
        asked = await waiting_request(db, request_id)
        school = await schools.settings(db)
    added = await work.identity.add_member(school.external_id, asked.external_id, role)
    await work.learn("organizationMembership.created", added.raw)
    async with work.write() as db:
        await decide(db, me, me.id, request_id, accept=True)
    return Redirect("/school/joining", toast=_("%(name)s is in.") % {"name": asked.name})


@page("POST", "/school/joining/{request_id:uuid}/refusal", allow=Permission.MANAGE_JOINING)
async def create_refusal(request: Request, db: UserDb, me: Member) -> Answer:
    asked = await decide(db, me, me.id, request.path_params["request_id"], accept=False)
    return Redirect("/school/joining", toast=_("%(name)s stays outside.") % {"name": asked.name})


@person_page("GET", "/join", joins=True)
async def join(request: Request, db: ReadDb, me: Person) -> Answer:
    """What somebody finds who signed up at a school that does not know them."""
    return await _door(request, db, me)


@person_page("POST", "/join")
async def create_join_request(request: Request, db: UserDb, me: Person) -> Answer:
    form = await request.form()
    await ask_to_join(db, request.state.school.id, text(form, "message", longest=LONGEST_MESSAGE))
    return Redirect("/join")


PAGES: tuple[PageRoute, ...] = (school_joining, create_acceptance, create_refusal)
DOORS: tuple[PersonRoute, ...] = (join, create_join_request)


async def _door(request: Request, db: ReadDb, me: Person) -> Answer:
    door = await queries.door(db, request.state.school.id)
    if door.is_member:
        return Redirect("/dashboard")
    data = JoinPage(
        request.state.school.name, me.email, door.takes_requests, door.asked_at, sign_out_url="/session/end"
    )
    return Page("schools/join.html", data)
