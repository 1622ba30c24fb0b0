"""Who teaches, and what: seen from the teacher."""

from typing import Final
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.scheduling import forms, type_queries
from coursecove.scheduling.place_queries import MOST
from coursecove.scheduling.type_actions import set_types
from coursecove.scheduling.views import TeacherPage, TeacherRow, TeachersPage, Tick
from coursecove.scheduling.wording import status_word

PATH: Final = "/schedule/teachers"


@page("GET", PATH, allow=Permission.MANAGE_SCHEDULE)
async def teachers(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await type_queries.teachers(db)
    rows = tuple(TeacherRow(each.id, each.name, each.role, each.types, each.stretches) for each in found)
    return Page("scheduling/teachers.html", TeachersPage(rows))


@page("GET", PATH + "/{member_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def teacher(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await type_queries.teacher(db, _id(request))
    chosen = await type_queries.qualifications_of(db, found.id)
    kinds = await type_queries.types(db, limit=MOST)
    ticks = tuple(
        Tick(str(each.id), f"{each.name} ({status_word(each.status)})", each.id in chosen)
        for each in kinds.rows
    )
    return Page("scheduling/teacher.html", TeacherPage(found.id, found.name, ticks))


@page("POST", PATH + "/{member_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def update_teacher_types(request: Request, db: UserDb, me: Member) -> Answer:
    form, member_id = await request.form(), _id(request)
    await set_types(db, me, member_id, forms.ids_of(form, "type_ids"))
    return Redirect(f"{PATH}/{member_id}", toast=_("Saved what they teach."))


PAGES: tuple[PageRoute, ...] = (teachers, teacher, update_teacher_types)


def _id(request: Request) -> UUID:
    member_id: UUID = request.path_params["member_id"]
    return member_id
