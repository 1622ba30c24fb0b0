"""Settings: taking the school's data away, and closing the school."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, Stream, page
from coursecove.accounts.outside import Outside, provider_page
from coursecove.accounts.permissions import Permission
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Gone, Invalid
from coursecove.kit.web.formats import number
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.schools.actions.closing import close_school
from coursecove.schools.actions.exports import ask_for_export, note_fetched
from coursecove.schools.pages.forms import text
from coursecove.schools.queries import data as queries
from coursecove.schools.queries.data import Export
from coursecove.schools.views import DataPage, ExportRow


class ExportGone(Gone):
    """This export is not there any more. Ask for a new one."""


@page("GET", "/school/data", allow=Permission.EXPORT_SCHOOL)
async def school_data(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("schools/data.html", await _data(request, db, me), block="exports")


@page("POST", "/school/exports", allow=Permission.EXPORT_SCHOOL)
async def create_school_export(request: Request, db: UserDb, me: Member) -> Answer:
    await ask_for_export(db, me.id)
    return Redirect("/school/data", toast=_("We are writing it. You may leave this page."))


@provider_page("POST", "/school/exports/{export_id:uuid}/downloads", allow=Permission.EXPORT_SCHOOL)
async def create_export_download(request: Request, work: Outside, me: Member) -> Answer:
    """The archive, piece by piece, each in a transaction of its own that looks anew who is asking."""
    export_id: UUID = request.path_params["export_id"]
    async with work.write() as db:
        found = await queries.export(db, export_id)
        if found.state != "ready" or found.expires_at is None or found.expires_at <= clock.now():
            raise ExportGone
        await note_fetched(db, export_id)
    name = f"{me.school_label}-{found.created_at:%Y-%m-%d}.zip"
    return Stream(name, found.size, _pieces(work, export_id), "application/zip")


@page("POST", "/school/closing", allow=Permission.CLOSE_SCHOOL)
async def create_school_closing(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    typed = text(form, "name")
    try:
        await close_school(db, me, typed_name=typed, days=_grace(request))
    except Invalid as refusal:
        data = replace(await _data(request, db, me), typed_name=typed, errors=dict(refusal.fields))
        return Page("schools/data.html", data, status=422)
    return Redirect(request.app.state.root.origin() + "/schools")


PAGES: tuple[PageRoute, ...] = (
    school_data,
    create_school_export,
    create_export_download,
    create_school_closing,
)


async def _pieces(work: Outside, export_id: UUID) -> AsyncIterator[bytes]:
    position = 0
    while True:
        async with work.read() as db:
            piece = await queries.part(db, export_id, position)
        if piece is None:
            return
        yield piece.content
        position += 1


async def _data(request: Request, db: Reads, me: Member) -> DataPage:
    rows = tuple(_row(each) for each in await queries.exports(db))
    return DataPage(me.school_name, rows, _grace(request))


def _row(each: Export) -> ExportRow:
    return ExportRow(
        each.id,
        each.state,
        each.created_at,
        each.requested_by,
        each.tables_done,
        each.tables_total,
        each.rows_written,
        number(round(each.size / 1_000_000, 1)),
        each.problem,
        each.expires_at,
    )


def _grace(request: Request) -> int:
    days: int = request.app.state.settings.webhooks.school_grace_days
    return days
