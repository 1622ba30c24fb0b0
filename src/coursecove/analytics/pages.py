"""The home page of each role."""

import msgspec
from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, hot_page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.accounts.views import MemberRow
from coursecove.accounts.wording import told
from coursecove.analytics import queries
from coursecove.analytics.views import (
    Facts,
    GuardianHome,
    Headcount,
    OwnerHome,
    SetUpStep,
    StudentHome,
    TeacherHome,
)
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page


@hot_page("/dashboard", allow=Permission.SEE_DASHBOARD, call=queries.dashboard_call)
def dashboard(request: Request, facts: str, me: Member) -> Answer:
    return HOMES[me.role](facts, me)


def _owner(text: str, me: Member) -> Page:
    facts = _owner_facts(text)
    counted = {each.role: each for each in facts.headcounts}
    data = OwnerHome(
        _first_name(me),
        tuple(counted.get(role, Headcount(role, 0)) for role in ROLES),
        _people(facts.newest),
        tuple(told(each) for each in facts.happened),
        _set_up(me, facts),
        facts.lessons,
    )
    return Page("analytics/dashboard_owner.html", data)


def _teacher(text: str, me: Member) -> Page:
    facts = _teacher_facts(text)
    data = TeacherHome(
        _first_name(me),
        _standing(me),
        facts.students,
        facts.teachers,
        _people(facts.colleagues),
        facts.lessons,
        facts.to_note,
    )
    return Page("analytics/dashboard_teacher.html", data)


def _student(text: str, me: Member) -> Page:
    facts = _student_facts(text)
    data = StudentHome(
        _first_name(me), _standing(me), _people(facts.teachers), facts.guardians, facts.lessons, facts.courses
    )
    return Page("analytics/dashboard_student.html", data)


def _guardian(text: str, me: Member) -> Page:
    facts = _guardian_facts(text)
    return Page("analytics/dashboard_guardian.html", GuardianHome(_first_name(me), facts.children))


_owner_facts = msgspec.json.Decoder(queries.OwnerFacts).decode
_teacher_facts = msgspec.json.Decoder(queries.TeacherFacts).decode
_student_facts = msgspec.json.Decoder(queries.StudentFacts).decode
_guardian_facts = msgspec.json.Decoder(queries.GuardianFacts).decode

ROLES = (Role.STUDENT, Role.TEACHER, Role.GUARDIAN, Role.SUPER_ADMIN)
"""In the order in which an owner counts them."""
HOMES = {
    Role.SUPER_ADMIN: _owner,
    Role.TEACHER: _teacher,
    Role.STUDENT: _student,
    Role.GUARDIAN: _guardian,
}
PAGES: tuple[PageRoute, ...] = (dashboard,)


def _set_up(me: Member, facts: queries.OwnerFacts) -> tuple[SetUpStep, ...]:
    there = {each.role for each in facts.headcounts}
    colour, linked, offered = me.brand_color is not None, facts.guardians_linked, facts.lessons_offered
    return (
        SetUpStep(_("Found the school"), _("It has its own address."), done=True, href="/school"),
        SetUpStep(_("Choose its colour"), _("Everybody in the school sees it."), colour, "/school"),
        SetUpStep(_("Bring your teachers"), _("At least one teacher."), Role.TEACHER in there, "/people"),
        SetUpStep(_("Bring your students"), _("At least one student."), Role.STUDENT in there, "/people"),
        SetUpStep(_("Link guardians"), _("So that families see their children."), linked, "/people"),
        SetUpStep(
            _("Offer lessons"), _("What can be booked, where and with whom."), offered, "/schedule/types"
        ),
    )


def _standing(me: Member) -> Facts:
    return Facts(me.name, me.role, me.joined_at, me.time_zone)


def _people(rows: tuple[queries.Somebody, ...]) -> tuple[MemberRow, ...]:
    return tuple(MemberRow(row.id, row.name, None, row.role, row.joined_at) for row in rows)


def _first_name(me: Member) -> str:
    return me.name.split(" ", 1)[0]
