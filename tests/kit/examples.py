"""One example of every page's data, typed, so that templates and dataclasses cannot drift apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from coursecove.accounts import views as accounts
from coursecove.analytics import views as analytics
from coursecove.backoffice import views as backoffice
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import NavGroup, NavItem, Person, School, SchoolLink, SetUp, Shell
from coursecove.notifications import views as notifications
from coursecove.web import api_reference
from coursecove.web import views as web
from coursecove.web.api import api_document
from coursecove.web.gallery import Gallery
from tests.kit import (
    booking_examples,
    certificate_examples,
    course_examples,
    founding_examples,
    home_examples,
    learning_examples,
    people_examples,
    scheduling_examples,
    school_examples,
    webhook_examples,
)

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)


def _id(n: int) -> UUID:
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + n)


def _ago(**distance: float) -> datetime:
    return NOW - timedelta(**distance)


MUSIC = SchoolLink("Harbour Music School", "musicschool", "Owner", "/", current=True)
YOGA = SchoolLink("Stillwater Yoga Studio", "yogastudio", "Teacher", "/yoga")
SHELL = Shell(
    school=School("Harbour Music School", "musicschool"),
    person=Person("Amara Okafor", "amara@harbourmusic.example", "Owner or admin"),
    schools=(MUSIC, YOGA),
    nav=(
        NavGroup(
            "School", (NavItem("Dashboard", "layout-dashboard", "/"), NavItem("People", "users", "/people"))
        ),
        NavGroup("Keep an eye on", (NavItem("Activity", "history", "/activity", 3),)),
        NavGroup(
            "Settings",
            (NavItem("School", "school", "/school"), NavItem("My account", "user-round", "/account")),
        ),
    ),
    path="/",
    time_zone="Europe/London",
    csrf_token="example-token",
    set_up=SetUp(3, 5, "invite your teachers", "/"),
)

_NAMES = [
    ("Isla Bennett", "STUDENT"),
    ("Tomás Rivera", "TEACHER"),
    ("Priya Natarajan", "GUARDIAN"),
    ("Noah Adeyemi", "STUDENT"),
    ("Hana Sato", "TEACHER"),
    ("Leah Cohen", "STUDENT"),
    ("Marcus Bell", "TEACHER"),
    ("Amara Okafor", "SUPER_ADMIN"),
    ("Maximiliane von Hohenstein-Wolkenburg", "GUARDIAN"),
    ("Oskar Lindqvist", "STUDENT"),
]
MEMBERS = tuple(
    accounts.MemberRow(
        _id(n), name, f"{name.split()[0].lower()}@example.org", role, _ago(days=n * n * 3 + 1), n != 9
    )
    for n, (name, role) in enumerate(_NAMES)
)
HAPPENINGS = (
    accounts.Happening(_id(1), "joined as a student", _ago(minutes=6), "Isla Bennett"),
    accounts.Happening(
        _id(2), "was linked with", _ago(hours=2), "Priya Natarajan", "Arun Natarajan", "/people/2"
    ),
    accounts.Happening(
        _id(3), "changed the role of", _ago(hours=5), "Amara Okafor", "Marcus Bell", "/people/6"
    ),
    accounts.Happening(_id(4), "brought the school’s members up to date", _ago(days=1)),
    accounts.Happening(_id(5), "created the API token", _ago(days=3), "Amara Okafor", "Website sign-up form"),
)
SET_UP = (
    analytics.SetUpStep("Create your school", "Done when you signed up.", True),
    analytics.SetUpStep("Choose name and address", "They stand on every page.", True, "/school"),
    analytics.SetUpStep("Check your time zone", "All times are shown in it.", True, "/account"),
    analytics.SetUpStep("Invite your teachers", "They can sign in as soon as they accept.", False, "/people"),
    analytics.SetUpStep(
        "Link children to guardians", "So that families see what is theirs.", False, "/people"
    ),
)
FACTS = analytics.Facts("Tomás Rivera", "TEACHER", _ago(days=400), "Europe/London")
OWNER = analytics.OwnerHome(
    "Amara",
    (
        analytics.Headcount("STUDENT", 214, 9),
        analytics.Headcount("TEACHER", 12, 1),
        analytics.Headcount("GUARDIAN", 168, 6),
        analytics.Headcount("SUPER_ADMIN", 2),
    ),
    MEMBERS[:6],
    HAPPENINGS,
    SET_UP,
)
TEACHER = analytics.TeacherHome("Tomás", FACTS, 214, 12, MEMBERS[4:7:2])
STUDENT = analytics.StudentHome(
    "Isla",
    replace(FACTS, name="Isla Bennett", role="STUDENT"),
    (MEMBERS[1], MEMBERS[4], MEMBERS[6]),
    ("Priya Natarajan",),
)
CHILDREN = (
    analytics.Child(_id(20), "Arun Natarajan", _ago(days=120), "Son", ("Dev Natarajan",)),
    analytics.Child(_id(21), "Meera Natarajan", _ago(days=33), "Daughter"),
)
TOKENS = (
    accounts.TokenRow(
        _id(1),
        "Website sign-up form",
        "cc_…7f3a",
        ("people:read", "people:write"),
        _ago(days=3),
        NOW + timedelta(days=87),
        _ago(minutes=12),
    ),
    accounts.TokenRow(_id(2), "Spreadsheet", "cc_…19be", ("people:read",), _ago(days=200), expired=True),
    accounts.TokenRow(
        _id(3), "Old laptop", "cc_…e001", ("people:read",), _ago(days=90), revoked_at=_ago(days=2)
    ),
)
SCOPES = (
    accounts.Scope("people:read", "Read people", "Names, roles and joining dates of members"),
    accounts.Scope("people:write", "Change people", "Invite, change roles, remove"),
    accounts.Scope("activity:read", "Read activity", "What changed in the school, and who did it"),
)
ACCOUNT = accounts.Account(
    "Amara Okafor",
    "amara@harbourmusic.example",
    "SUPER_ADMIN",
    "Harbour Music School",
    _ago(days=700),
    "system",
    "Europe/London",
    "en-GB",
    ("America/New_York", "Europe/Berlin", "Europe/London"),
    (("en-GB", "English (United Kingdom)"), ("de", "Deutsch")),
    _ago(hours=5),
    NOW + timedelta(days=6),
    "https://id.example/profile",
)
OVERVIEW = backoffice.Overview(
    schools=(
        backoffice.SchoolRow(
            _id(1), "Harbour Music School", "music-school", "/m", _ago(days=900), 2, 12, 214, 168
        ),
        backoffice.SchoolRow(
            _id(2), "Stillwater Yoga Studio", "yoga-studio", "/y", _ago(days=90), 1, 5, 61, 0
        ),
    ),
    schools_total=2,
    people_total=463,
    runs=(("running", 2), ("waiting", 5), ("done", 10432), ("dead", 1)),
    dead=(
        backoffice.DeadRun(
            _id(7),
            "welcome_new_member",
            "Harbour Music School",
            "Unavailable: the mail provider answered 503 five times in a row",
            5,
            _ago(hours=3),
        ),
    ),
    events=(
        backoffice.EventRow(
            _id(1), "MembershipCreated", "Harbour Music School", _ago(minutes=6), _ago(minutes=6)
        ),
        backoffice.EventRow(_id(2), "UserUpdated", None, _ago(minutes=7), None),
    ),
    waiting_events=1,
    engine="embedded",
    older="/?before=x",
)
DEMOS = (
    web.DemoSchool(
        "Harbour Music School",
        "http://musicschool.coursecove.localhost",
        "Piano, strings and voice in Bristol",
        "music",
    ),
    web.DemoSchool(
        "Stillwater Yoga Studio",
        "http://yogastudio.coursecove.localhost",
        "Small classes in Portland, Maine",
        "flower-2",
    ),
)
ERRORS = {"name": "Give the token a name.", "scopes": "Choose at least one."}


MAIL = notifications.Mail(
    _id(70),
    "welcome:0190",
    "amara.okafor@example.com",
    "Welcome to Harbour Music School",
    "Harbour Music School",
    "Welcome, Amara\n\nhttps://musicschool.coursecove.example\n",
    "<p>Welcome, Amara</p>",
    "failed",
    2,
    "550 5.1.1 No such user",
    _ago(minutes=9),
    None,
    "Harbour Music School",
)
MAILS = tuple(
    notifications.MailLine(_id(70 + n), MAIL.recipient, MAIL.subject, status, 1, _ago(minutes=9 + n))
    for n, status in enumerate(("failed", "queued", "sent"))
)


def _opened(**changes: object) -> notifications.OpenedMail:
    mail = replace(MAIL, **changes)
    sender = "Harbour Music School <no-reply@coursecove.example>"
    return notifications.OpenedMail(mail, sender, f"/mails/{mail.id}/html")


def _problem(status: int, message: str) -> Page:
    return Page(
        "web/errors/problem.html",
        web.Problem(status, message, "01933f0e-7c1a", "/", "/sign-in", 30),
        status=status,
    )


EXAMPLES: dict[str, tuple[Page, Shell | None]] = {
    **founding_examples.pages(),
    **home_examples.pages(SHELL),
    **booking_examples.pages(SHELL),
    **learning_examples.pages(SHELL),
    **certificate_examples.pages(SHELL),
    **course_examples.pages(SHELL),
    **people_examples.pages(SHELL),
    **school_examples.pages(SHELL),
    **scheduling_examples.pages(SHELL),
    **webhook_examples.pages(SHELL),
    "api-reference": (Page("web/api_reference.html", api_reference.reference(api_document())), None),
    "owner": (Page("analytics/dashboard_owner.html", OWNER), SHELL),
    "owner-new": (
        Page(
            "analytics/dashboard_owner.html",
            replace(
                OWNER,
                newest=(),
                happenings=(),
                headcounts=tuple(analytics.Headcount(c.role, 0) for c in OWNER.headcounts),
            ),
            toast="Welcome to CourseCove.",
        ),
        SHELL,
    ),
    "teacher": (Page("analytics/dashboard_teacher.html", TEACHER), SHELL),
    "teacher-first": (Page("analytics/dashboard_teacher.html", replace(TEACHER, colleagues=())), SHELL),
    "student": (Page("analytics/dashboard_student.html", STUDENT), SHELL),
    "student-new": (
        Page("analytics/dashboard_student.html", replace(STUDENT, teachers=(), guardians=())),
        SHELL,
    ),
    "guardian": (Page("analytics/dashboard_guardian.html", analytics.GuardianHome("Priya", CHILDREN)), SHELL),
    "guardian-none": (
        Page("analytics/dashboard_guardian.html", analytics.GuardianHome("Priya", (), "office@example.org")),
        SHELL,
    ),
    "activity": (
        Page(
            "accounts/activity.html", accounts.Activity(HAPPENINGS, "/activity?after=x", "/activity?before=x")
        ),
        replace(SHELL, path="/activity"),
    ),
    "activity-none": (
        Page("accounts/activity.html", accounts.Activity(())),
        replace(SHELL, path="/activity"),
    ),
    "account": (Page("accounts/account.html", ACCOUNT, toast="Saved."), replace(SHELL, path="/account")),
    "tokens": (
        Page("accounts/tokens.html", accounts.Tokens(TOKENS, SCOPES)),
        replace(SHELL, path="/account/tokens"),
    ),
    "tokens-created": (
        Page(
            "accounts/tokens.html",
            accounts.Tokens(
                TOKENS, SCOPES, accounts.NewToken("Website sign-up form", "cc_live_7f3a91c2d84e5b60a1f2")
            ),
        ),
        replace(SHELL, path="/account/tokens"),
    ),
    "tokens-wrong": (
        Page("accounts/tokens.html", accounts.Tokens((), SCOPES, errors=ERRORS), status=422),
        replace(SHELL, path="/account/tokens"),
    ),
    "not-a-member": (
        Page(
            "accounts/not_a_member.html",
            accounts.NotAMember("amara@example.org", (YOGA,), "/session/end", "01933f0e-7c1a"),
            status=403,
        ),
        None,
    ),
    "not-a-member-suspended-child": (
        Page(
            "accounts/not_a_member.html",
            accounts.NotAMember("", (), "/session/end", "01933f0e-7c1a"),
            status=403,
        ),
        None,
    ),
    "operator": (
        Page("backoffice/overview.html", OVERVIEW),
        replace(SHELL, school=School("Operator", "operator"), set_up=None),
    ),
    "operator-calm": (
        Page("backoffice/overview.html", replace(OVERVIEW, schools=(), dead=(), events=(), older=None)),
        replace(SHELL, school=School("Operator", "operator"), set_up=None),
    ),
    "mailbox": (
        Page("notifications/mailbox.html", notifications.Mailbox(MAILS, "", None, "/?cursor=x")),
        None,
    ),
    "mailbox-search": (
        Page("notifications/mailbox.html", notifications.Mailbox((), "nobody@", None, None)),
        None,
    ),
    "mailbox-empty": (Page("notifications/mailbox.html", notifications.Mailbox((), "", None, None)), None),
    "mail": (Page("notifications/mail.html", _opened()), None),
    "mail-cleared": (Page("notifications/mail.html", _opened(text=None, html=None, error=None)), None),
    "landing": (Page("web/landing.html", web.Landing("/sign-in", DEMOS)), None),
    "landing-live": (Page("web/landing.html", web.Landing("/sign-in")), None),
    **{
        f"clerk-{kind}": (
            Page(
                "web/clerk.html",
                web.ClerkEntry(
                    kind, "pk_live_Y2xlcmsuZXhhbXBsZSQ", ("https://clerk.example/x.js",), {"back": "/'\"<&"}
                ),
            ),
            None,
        )
        for kind in ("sign-in", "sign-up", "profile")
    },
    "gallery": (Page("web/gallery.html", Gallery()), SHELL),
    **{
        f"problem-{status}": (_problem(status, "This booking is already cancelled."), None)
        for status in (400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503, 418)
    },
    "problem-inside": (_problem(404, ""), SHELL),
}
