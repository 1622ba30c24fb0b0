"""The JSON API of kinds of appointment and of who teaches them."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response
from starlette.requests import Request

from coursecove.accounts.api_access import Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.kit.db import Reads
from coursecove.kit.web.conditional import check_match, entity_tag
from coursecove.kit.web.paging import CursorQuery, Limit, ways_on
from coursecove.scheduling import schemas, type_actions, type_queries
from coursecove.scheduling.models import AppointmentType, TypeStatus
from coursecove.scheduling.type_actions import TypeWish
from coursecove.scheduling.type_queries import ALL_STATUSES

IfMatch = Annotated[str | None, Header(description="The ETag of the version to change; required.")]

routes = ApiRoutes("Appointment types")

InStatus = Annotated[
    TypeStatus | None, Query(description="Only those in this state; else all but archived ones.")
]
OfTeacher = Annotated[UUID | None, Query(description="Only those of this teacher.")]
OfType = Annotated[UUID | None, Query(description="Only those of this kind of appointment.")]


@routes.get("/appointment-types", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def list_appointment_types(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    status: InStatus = None,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.AppointmentTypes:
    """Kinds of appointment, by name."""
    statuses = (str(status),) if status else ALL_STATUSES
    found = await type_queries.types(db, statuses=statuses, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.AppointmentType.model_validate(row) for row in found.rows]
    return schemas.AppointmentTypes(items=items, next=ways.next, previous=ways.previous)


@routes.post("/appointment-types", allow=Permission.MANAGE_SCHEDULE, scope=Scope.WRITE_SCHEDULE)
async def make_appointment_type(
    response: Response, wanted: schemas.NewAppointmentType, db: Writing, me: Writer
) -> schemas.AppointmentType:
    """Make a draft."""
    facts = wanted.model_dump() | {
        "name": wanted.name.strip(),
        "location_ids": frozenset(wanted.location_ids),
    }
    row = await type_actions.create_type(db, me, TypeWish(**facts))
    return await _type(response, db, row.id)


@routes.get("/appointment-types/{type_id}", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def show_appointment_type(
    type_id: UUID, response: Response, db: Reading, _me: Reader
) -> schemas.AppointmentType:
    """One kind of appointment."""
    return await _type(response, db, type_id)


@routes.patch(
    "/appointment-types/{type_id}",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    conditional=True,
)
async def change_appointment_type(
    type_id: UUID,
    response: Response,
    changes: schemas.AppointmentTypeChanges,
    db: Writing,
    me: Writer,
    *,
    if_match: IfMatch = None,
) -> schemas.AppointmentType:
    """Change a kind of appointment, unless somebody else did since you looked."""
    row = await db.get(AppointmentType, type_id, lock=True)
    check_match(if_match, entity_tag(row.id, row.version))
    facts = await type_queries.type_facts(db, type_id)
    given = changes.given()
    if "location_ids" in given:
        given["location_ids"] = frozenset(given["location_ids"])
    await type_actions.change_type(db, me, type_id, replace(_wish(facts), **given), version=None)
    return await _type(response, db, type_id)


@routes.post(
    "/appointment-types/{type_id}/publication",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    status=200,
)
async def publish_appointment_type(
    type_id: UUID, response: Response, db: Writing, me: Writer
) -> schemas.AppointmentType:
    """Let it be booked; it needs a location and a teacher."""
    await type_actions.publish_type(db, me, type_id)
    return await _type(response, db, type_id)


@routes.post(
    "/appointment-types/{type_id}/withdrawal",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    status=200,
)
async def withdraw_appointment_type(
    type_id: UUID, response: Response, db: Writing, me: Writer
) -> schemas.AppointmentType:
    """Let nobody book it any more; what is booked stays."""
    await type_actions.withdraw_type(db, me, type_id)
    return await _type(response, db, type_id)


@routes.post(
    "/appointment-types/{type_id}/archiving",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    status=200,
)
async def archive_appointment_type(
    type_id: UUID, response: Response, db: Writing, me: Writer
) -> schemas.AppointmentType:
    """Put away one that is not published."""
    await type_actions.archive_type(db, me, type_id)
    return await _type(response, db, type_id)


@routes.post(
    "/appointment-types/{type_id}/restoration",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    status=200,
)
async def restore_appointment_type(
    type_id: UUID, response: Response, db: Writing, me: Writer
) -> schemas.AppointmentType:
    """Take it out of the archive, as a draft."""
    await type_actions.restore_type(db, me, type_id)
    return await _type(response, db, type_id)


@routes.post(
    "/appointment-types/{type_id}/deletion",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    status=204,
)
async def delete_appointment_type(type_id: UUID, db: Writing, me: Writer) -> None:
    """Delete a draft for good."""
    await type_actions.delete_type(db, me, type_id)


@routes.get("/qualifications", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def list_qualifications(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    teacher_id: OfTeacher = None,
    appointment_type_id: OfType = None,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Qualifications:
    """Who teaches what, newest first."""
    found = await type_queries.qualifications(
        db, teacher_id=teacher_id, type_id=appointment_type_id, cursor=cursor, limit=limit
    )
    ways = ways_on(request, response, found)
    items = [schemas.Qualification.model_validate(row) for row in found.rows]
    return schemas.Qualifications(items=items, next=ways.next, previous=ways.previous)


@routes.post("/qualifications", allow=Permission.MANAGE_SCHEDULE, scope=Scope.WRITE_SCHEDULE, names_rows=True)
async def make_qualification(
    wanted: schemas.NewQualification, db: Writing, me: Writer
) -> schemas.Qualification:
    """Let a teacher teach a kind of appointment."""
    link = await type_actions.qualify(db, me, wanted.teacher_id, wanted.appointment_type_id)
    return schemas.Qualification.model_validate(await type_queries.qualification(db, link.id))


@routes.post(
    "/qualifications/{qualification_id}/removal",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    status=204,
)
async def remove_qualification(qualification_id: UUID, db: Writing, me: Writer) -> None:
    """A teacher no longer teaches it; what is booked stays."""
    await type_actions.disqualify(db, me, qualification_id)


async def _type(response: Response, db: Reads, type_id: UUID) -> schemas.AppointmentType:
    facts = await type_queries.type_facts(db, type_id)
    response.headers["etag"] = entity_tag(facts.id, facts.version)
    return schemas.AppointmentType.model_validate(facts)


def _wish(facts: type_queries.TypeFacts) -> TypeWish:
    return TypeWish(
        name=facts.name,
        description=facts.description,
        duration_minutes=facts.duration_minutes,
        buffer_before_minutes=facts.buffer_before_minutes,
        buffer_after_minutes=facts.buffer_after_minutes,
        notice_minutes=facts.notice_minutes,
        horizon_days=facts.horizon_days,
        daily_limit=facts.daily_limit,
        price_minor=facts.price_minor,
        currency=facts.currency,
        colour=facts.colour,
        cancel_notice_hours=facts.cancel_notice_hours,
        location_ids=frozenset(facts.location_ids),
    )
