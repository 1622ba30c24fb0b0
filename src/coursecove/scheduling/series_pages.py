"""Series of lessons: booked from their preview."""

from starlette.datastructures import FormData
from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.web.formats import plural
from coursecove.kit.web.language import gettext as _
from coursecove.scheduling import booking_queries as queries
from coursecove.scheduling.booking_actions import TimeTaken
from coursecove.scheduling.booking_pages import booker
from coursecove.scheduling.finding import Asked, Search, moment_of, students_for
from coursecove.scheduling.recurrence import MOST
from coursecove.scheduling.series_actions import book_series
from coursecove.scheduling.series_moving import NotReadable
from coursecove.scheduling.series_queries import first_of_series
from coursecove.scheduling.series_showing import SeriesForm, series_preview


@page("POST", "/lessons/series", allow=Permission.BOOK_LESSONS)
async def create_series(request: Request, db: UserDb, me: Member) -> Answer:
    """Book the dates that the preview said were free; where one is not any more, the preview as it is now."""
    sent, now = await request.form(), clock.now()
    form = await _read(db, me, sent)
    dates = [moment_of(str(each)) for each in sent.getlist("date")][: MOST + 1]
    wanted = [each for each in dates if each is not None]
    if form.search.asked.teacher_id is None or len(wanted) != len(dates):
        raise NotReadable
    asked = form.wish(form.search.asked.teacher_id)
    try:
        series_id = await book_series(db, booker(me), asked, wanted, now=now, note=form.note)
    except TimeTaken as taken:
        return await series_preview(db, me, form, now=now, problem=taken.message)
    first = await first_of_series(db, series_id)
    said = _("Booked: %(lessons)s.") % {"lessons": plural(len(set(wanted)), _("lesson"), _("lessons"))}
    return Redirect(f"/lessons/{first}", toast=said)


async def _read(db: UserDb, me: Member, sent: FormData) -> SeriesForm:
    texts = {name: value for name, value in sent.items() if isinstance(value, str)}
    asked = Asked.of(texts)
    if asked.type_id is None or asked.at is None:
        raise NotReadable
    offer, students = await queries.offer(db, asked.type_id), await students_for(db, me)
    return SeriesForm(Search(offer, asked, "/lessons/book", students), asked.at, texts)


PAGES: tuple[PageRoute, ...] = (create_series,)
