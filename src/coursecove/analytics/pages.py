"""The home page of each role."""

from typing import Any

import msgspec
from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.queries import Happened
from coursecove.accounts.roles import Role
from coursecove.accounts.views import MemberRow
from coursecove.accounts.wording import told
from coursecove.analytics import queries
from coursecove.analytics.views import (
    Child,
    Facts,
    GuardianHome,
    Headcount,
    OwnerHome,
    SetUpStep,
    StudentHome,
    TeacherHome,
)
from coursecove.kit.db import ReadDb
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page


@page("GET", "/dashboard", allow=Permission.SEE_DASHBOARD)
async def dashboard(request: Request, db: ReadDb, me: Member) -> Answer:
    return await HOMES[me.role](db, me)


async def _owner(db: ReadDb, me: Member) -> Page:
    facts = await queries.owner_facts(db)
    headcounts = msgspec.convert(facts.headcounts, tuple[Headcount, ...])
    happened = msgspec.convert(facts.happened, tuple[Happened, ...])
    data = OwnerHome(
        _first_name(me),
        tuple(sorted(headcounts, key=lambda each: list(Role).index(Role(each.role)))),
        _people(facts.newest),
        tuple(told(each) for each in happened),
        _set_up(me, headcounts, linked=facts.guardians_linked),
    )
    return Page("analytics/dashboard_owner.html", data)


async def _teacher(db: ReadDb, me: Member) -> Page:
    facts = await queries.teacher_facts(db)
    data = TeacherHome(
        _first_name(me),
        _facts(me, facts.joined_at),
        facts.students,
        facts.teachers,
        _people(facts.colleagues),
    )
    return Page("analytics/dashboard_teacher.html", data)


async def _student(db: ReadDb, me: Member) -> Page:
    facts = await queries.student_facts(db)
    data = StudentHome(
        _first_name(me), _facts(me, facts.joined_at), _people(facts.teachers), tuple(facts.guardians)
    )
    return Page("analytics/dashboard_student.html", data)


async def _guardian(db: ReadDb, me: Member) -> Page:
    facts = await queries.guardian_facts(db)
    children = msgspec.convert(facts.children, tuple[Child, ...])
    return Page("analytics/dashboard_guardian.html", GuardianHome(_first_name(me), children))


HOMES = {
    Role.SUPER_ADMIN: _owner,
    Role.TEACHER: _teacher,
    Role.STUDENT: _student,
    Role.GUARDIAN: _guardian,
}
PAGES: tuple[PageRoute, ...] = (dashboard,)


def _set_up(me: Member, headcounts: tuple[Headcount, ...], *, linked: bool) -> tuple[SetUpStep, ...]:
    there = {each.role for each in headcounts}
    return (
        SetUpStep(_("Found the school"), _("It has its own address."), done=True, href="/school"),
        SetUpStep(
            _("Choose its colour"),
            _("Shown to everybody in the school."),
            me.brand_color is not None,
            "/school",
        ),
        SetUpStep(_("Bring your teachers"), _("At least one teacher."), Role.TEACHER in there, "/people"),
        SetUpStep(_("Bring your students"), _("At least one student."), Role.STUDENT in there, "/people"),
        SetUpStep(_("Link guardians"), _("So that families see their children."), linked, "/people"),
    )


def _facts(me: Member, joined_at: str) -> Facts:
    return msgspec.convert(
        {"name": me.name, "role": me.role, "joined_at": joined_at, "time_zone": me.time_zone}, Facts
    )


def _people(rows: list[dict[str, Any]]) -> tuple[MemberRow, ...]:
    return msgspec.convert([{"email": None, **row} for row in rows], tuple[MemberRow, ...])


def _first_name(me: Member) -> str:
    return me.name.split(" ", 1)[0]
