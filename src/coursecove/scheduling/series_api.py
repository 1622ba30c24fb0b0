"""The JSON API of series: booked whole, and shown with their lessons."""

from uuid import UUID

from coursecove.accounts.api_access import Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.kit import clock
from coursecove.kit.db import Reads
from coursecove.scheduling import booking_schemas as schemas
from coursecove.scheduling.booking_actions import Booker
from coursecove.scheduling.recurrence import Repeat
from coursecove.scheduling.series_actions import book_series
from coursecove.scheduling.series_plan import SeriesWish, plan_series
from coursecove.scheduling.series_queries import series
from coursecove.scheduling.slots import Wish

routes = ApiRoutes("Series of lessons")


@routes.post("/series", allow=Permission.BOOK_LESSONS, scope=Scope.WRITE_SCHEDULE, names_rows=True)
async def make_series(wanted: schemas.NewSeries, db: Writing, me: Writer) -> schemas.Series:
    """Book a series, whole or not at all; whoever comes second for a date is told which."""
    wish = Wish(wanted.appointment_type_id, wanted.location_id, wanted.teacher_id, wanted.student_id)
    asked = SeriesWish(wish, wanted.starts_at, Repeat(wanted.every, wanted.count))
    who, now = Booker(me.role, me.school_id, me.member_id), clock.now()
    plan = await plan_series(db, asked, now=now, staff=who.staff)
    dates = [each.starts_at for each in plan.occasions if each.slot is not None or not wanted.skip_taken]
    return await _series(db, await book_series(db, who, asked, dates, now=now, note=wanted.note))


@routes.get("/series/{series_id}", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def show_series(series_id: UUID, db: Reading, _me: Reader) -> schemas.Series:
    """One series with its lessons."""
    return await _series(db, series_id)


async def _series(db: Reads, series_id: UUID) -> schemas.Series:
    return schemas.Series.model_validate(await series(db, series_id))
