"""The operator's pages about schools: all of them, one of them, going in for support, opening again."""

from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Redirect
from coursecove.accounts.roles import Role
from coursecove.accounts.wording import role_word
from coursecove.backoffice import schools_queries as queries
from coursecove.backoffice.access import Operator, OperatorRoute, operator_page
from coursecove.backoffice.support import end_support, open_support, reopen
from coursecove.backoffice.views import (
    Change,
    ConsentLine,
    Fact,
    Name,
    OneSchool,
    SchoolLine,
    SchoolsPage,
    StayLine,
)
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, ServiceDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page


@operator_page("GET", "/schools")
async def operator_schools(request: Request, db: ReadDb, me: Operator) -> Answer:
    asked = {name: request.query_params.get(name, "")[:200] for name in ("q", "state")}
    found = await queries.schools(
        db, search=asked["q"], state=asked["state"], cursor=request.query_params.get("cursor")
    )
    root: PublicRoot = request.app.state.root
    lines = tuple(
        SchoolLine(
            each.id,
            each.name,
            root.netloc(f"{each.label}.{root.name}"),
            each.state,
            each.created_at,
            each.people,
            each.closes_at,
        )
        for each in found.rows
    )
    data = SchoolsPage(
        lines,
        q=asked["q"],
        state=asked["state"] if asked["state"] in queries.STATES else "",
        newer=address("/schools", found.previous, **asked),
        older=address("/schools", found.following, **asked),
    )
    return Page("backoffice/schools.html", data, block="schools")


@operator_page("GET", "/schools/{school_id:uuid}")
async def operator_school(request: Request, db: ReadDb, me: Operator) -> Answer:
    return Page("backoffice/school.html", await _school(request, db, me))


@operator_page("POST", "/schools/{school_id:uuid}/support")
async def create_support(request: Request, db: ServiceDb, me: Operator) -> Answer:
    """Into the school: the operator's own session, the operator's own name, for a while."""
    school_id: UUID = request.path_params["school_id"]
    form = await request.form()
    reason, minutes = str(form.get("reason", "")), str(form.get("minutes", ""))
    try:
        await open_support(
            db,
            me,
            school_id,
            minutes=int(minutes) if minutes.isdecimal() else 0,
            reason=reason,
            may_change=bool(form.get("may_change")),
        )
    except Invalid as refusal:
        data = replace(await _school(request, db, me), reason=reason, errors=dict(refusal.fields))
        return Page("backoffice/school.html", data, status=422)
    facts = await queries.school(db, school_id)
    return Redirect(f"{request.app.state.root.origin(facts.label)}/dashboard")


@operator_page("POST", "/schools/{school_id:uuid}/support/{access_id:uuid}/end")
async def create_support_leave(request: Request, db: ServiceDb, me: Operator) -> Answer:
    school_id: UUID = request.path_params["school_id"]
    await end_support(db, me, school_id, request.path_params["access_id"])
    return Redirect(f"/schools/{school_id}", toast=_("You are out."))


@operator_page("POST", "/schools/{school_id:uuid}/reopening")
async def create_school_reopening(request: Request, db: ServiceDb, me: Operator) -> Answer:
    school_id: UUID = request.path_params["school_id"]
    form = await request.form()
    try:
        at_once = await reopen(db, me, school_id, reason=str(form.get("why", "")))
    except Invalid as refusal:
        data = replace(await _school(request, db, me), errors=dict(refusal.fields))
        return Page("backoffice/school.html", data, status=422)
    said = _("The school is open again.") if at_once else _("It is being made again at the sign-in service.")
    return Redirect(f"/schools/{school_id}", toast=said)


PAGES: tuple[OperatorRoute, ...] = (
    operator_schools,
    operator_school,
    create_support,
    create_support_leave,
    create_school_reopening,
)


def address(path: str, cursor: str | None, **parameters: str) -> str | None:
    if cursor is None:
        return None
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given | {'cursor': cursor})}"


async def _school(request: Request, db: ReadDb, me: Operator) -> OneSchool:
    school_id: UUID = request.path_params["school_id"]
    root: PublicRoot = request.app.state.root
    facts = await queries.school(db, school_id)
    known = await queries.stays(db, school_id)
    stays = [_stay(each) for each in known]
    mine = {each.id for each in known if each.operator == me.id}
    return OneSchool(
        facts.id,
        facts.external_id,
        facts.name,
        facts.slug,
        root.origin(facts.label),
        facts.state,
        facts.provisional,
        facts.time_zone,
        facts.locale,
        facts.serves_minors,
        facts.joining,
        facts.created_at,
        facts.closed_at,
        facts.closes_at,
        by_role=_by_role(facts),
        names=tuple(_name(each, root) for each in await queries.hostnames(db, school_id)),
        facts=tuple(
            Fact(each.id, each.name, _details(each.data), each.occurred_at, each.actor)
            for each in await queries.facts(db, school_id)
        ),
        changes=tuple(
            Change(each.position, each.at, each.action, each.table_name, each.by)
            for each in await queries.audit(db, school_id)
        ),
        stays=tuple(stays),
        consents=tuple(
            ConsentLine(each.document, each.version, each.at, each.founder, each.address)
            for each in await queries.consents(db, school_id)
        ),
        inside=next((each for each in stays if each.id in mine and each.over_at is None), None),
    )


def _by_role(facts: queries.SchoolFacts) -> tuple[tuple[str, int], ...]:
    counts = {
        Role.SUPER_ADMIN: facts.owners,
        Role.TEACHER: facts.teachers,
        Role.STUDENT: facts.students,
        Role.GUARDIAN: facts.guardians,
    }
    return tuple((role_word(role), count) for role, count in counts.items())


def _stay(each: queries.StayRow) -> StayLine:
    over = each.ended_at or (each.ends_at if each.ends_at <= clock.now() else None)
    return StayLine(
        each.id,
        each.operator_name,
        each.reason,
        each.may_change,
        each.starts_at,
        each.ends_at,
        over,
        each.ended_by,
    )


def _name(each: queries.HostnameRow, root: PublicRoot) -> Name:
    shown = each.name if each.kind == "custom" else root.netloc(f"{each.name}.{root.name}")
    return Name(shown, each.kind, each.status, each.until)


def _details(data: dict[str, object]) -> str:
    """The fact's own fields, for a reader who knows them."""
    return ", ".join(f"{name}: {value}" for name, value in data.items())[:300]
