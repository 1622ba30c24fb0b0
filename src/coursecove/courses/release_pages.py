"""What opens when: each module's time, and the courses that come first."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.courses.enrolment_showing import midnight
from coursecove.courses.enrolment_views import ReleaseRow, Releases
from coursecove.courses.release_actions import (
    ComesFirstAlready,
    GoesInCircles,
    ReleaseChanged,
    course_of_module,
    require_course,
    set_release,
    unrequire_course,
)
from coursecove.courses.release_queries import releases
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import NotFound
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page

MOST_DAYS = 1000


@page("GET", "/courses/{course_id:uuid}/release", allow=Permission.AUTHOR_COURSES)
async def course_release(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("courses/release.html", await _releases(db, request.path_params["course_id"], me))


@page("POST", "/courses/modules/{module_id:uuid}/release", allow=Permission.AUTHOR_COURSES)
async def update_release(request: Request, db: UserDb, me: Member) -> Answer:
    """Keep when a module opens; a mistake and a meanwhile changed one leave the input where it is."""
    form, module_id = await request.form(), request.path_params["module_id"]
    given = {name: str(form.get(name, "")).strip()[:20] for name in ("date", "days", "version")}
    course_id = await course_of_module(db, module_id)
    errors, at, days = _read(given, ZoneInfo(me.time_zone))
    status = 422
    if not errors:
        try:
            version = int(given["version"]) if given["version"].isdigit() else 0
            await set_release(db, module_id, version=version, at=at, after_days=days)
            return Redirect(f"/courses/{course_id}/release", toast=_("Saved."))
        except ReleaseChanged as refused:
            errors, status = {"date": refused.message}, refused.status
    data = await _releases(db, course_id, me)
    rows = tuple(
        replace(row, date=given["date"], days=given["days"], errors=errors) if row.id == module_id else row
        for row in data.modules
    )
    return Page("courses/release.html", replace(data, modules=rows), status=status)


@page("POST", "/courses/{course_id:uuid}/prerequisites", allow=Permission.AUTHOR_COURSES)
async def create_prerequisite(request: Request, db: UserDb, me: Member) -> Answer:
    course_id = request.path_params["course_id"]
    chosen = str((await request.form()).get("required", ""))
    try:
        await require_course(db, course_id, _uuid(chosen))
    except (GoesInCircles, ComesFirstAlready) as refused:
        data = replace(await _releases(db, course_id, me), problem=refused.message)
        return Page("courses/release.html", data, status=refused.status)
    return Redirect(f"/courses/{course_id}/release", toast=_("Saved."))


@page("POST", "/courses/prerequisites/{prerequisite_id:uuid}/removal", allow=Permission.AUTHOR_COURSES)
async def create_prerequisite_removal(request: Request, db: UserDb, me: Member) -> Answer:
    course_id = await unrequire_course(db, request.path_params["prerequisite_id"])
    return Redirect(f"/courses/{course_id}/release", toast=_("It does not wait for that course any more."))


PAGES: tuple[PageRoute, ...] = (
    course_release,
    update_release,
    create_prerequisite,
    create_prerequisite_removal,
)


async def _releases(db: Reads, course_id: UUID, me: Member) -> Releases:
    found = await releases(db, course_id)
    zone = ZoneInfo(me.time_zone)
    rows = tuple(
        ReleaseRow(
            module.id,
            module.title,
            module.version,
            module.release_at.astimezone(zone).date().isoformat() if module.release_at else "",
            "" if module.after_days is None else str(module.after_days),
            module.release_at,
        )
        for module in found.modules
    )
    return Releases(
        found.id,
        found.title,
        rows,
        tuple((each.id, each.title) for each in found.required),
        tuple((str(each.id), each.title) for each in found.others),
        me.time_zone,
    )


def _read(given: Mapping[str, str], zone: ZoneInfo) -> tuple[dict[str, str], datetime | None, int | None]:
    """What is wrong with the form, the moment at which the day begins in the zone, and the days."""
    errors: dict[str, str] = {}
    day = midnight(given["date"]) if given["date"] else None
    if given["date"] and day is None:
        errors["date"] = _("A day, or nothing.")
    days = int(given["days"]) if given["days"].isascii() and given["days"].isdigit() else None
    if given["days"] and (days is None or days > MOST_DAYS):
        errors["days"] = _("A whole number up to 1000, or nothing.")
    return errors, day.replace(tzinfo=zone) if day else None, days


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
