"""Settings: who of the operators looked into the school, and showing them out."""

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.schools.actions.support import end_support
from coursecove.schools.queries import visitors as queries
from coursecove.schools.queries.visitors import Stay
from coursecove.schools.views import StayRow, SupportPage


@page("GET", "/school/support", allow=Permission.SEE_SUPPORT)
async def school_support(request: Request, db: ReadDb, me: Member) -> Answer:
    rows = tuple(_row(each) for each in await queries.stays(db))
    return Page(
        "schools/support.html", SupportPage(rows, may_end=me.support is None or me.support.may_change)
    )


@page("POST", "/school/support/{access_id:uuid}/end", allow=Permission.SEE_SUPPORT)
async def create_support_end(request: Request, db: UserDb, me: Member) -> Answer:
    access = await end_support(db, me, request.path_params["access_id"])
    return Redirect("/school/support", toast=_("%(name)s is out.") % {"name": access.operator_name})


PAGES: tuple[PageRoute, ...] = (school_support, create_support_end)


def _row(each: Stay) -> StayRow:
    over = each.ended_at or (each.ends_at if each.ends_at <= clock.now() else None)
    return StayRow(
        each.id,
        each.operator_name,
        each.reason,
        each.may_change,
        each.starts_at,
        each.ends_at,
        over,
        each.ended_by,
    )
