"""Examples of the pages about people: usual, empty, wrong, too long, too many."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from coursecove.backoffice import views as backoffice
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import School, Shell
from coursecove.people import views
from tests.kit import profile_examples

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
LONG_NAME = "Maximiliane-Alexandrina von Hohenstein-Wolkenburg zu Donaudampfschifffahrtsgesellschaft"
LONG_EMAIL = f"{'maximiliane' * 5}@{'wolkenburg' * 6}.example"
ROLES = (
    ("STUDENT", "Student"),
    ("TEACHER", "Teacher"),
    ("GUARDIAN", "Guardian"),
    ("SUPER_ADMIN", "Owner or admin"),
)
WITH_MEMBERS = (("role:TEACHER", "Make them teacher"), ("removal", "Remove"))
WITH_INVITED = (("resending", "Send again"), ("revocation", "Take back"))


def _id(n: int) -> UUID:
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0100 + n)


def _ago(**distance: float) -> datetime:
    return NOW - timedelta(**distance)


def _row(n: int, name: str, role: str) -> views.Row:
    return views.Row(
        _id(n), name, f"{name.split(maxsplit=1)[0].lower()}@example.org", role, _ago(days=n * n * 3 + 1)
    )


ROWS = (
    replace(_row(1, "Amara Okafor", "SUPER_ADMIN"), is_me=True),
    _row(2, "Isla Bennett", "STUDENT"),
    replace(_row(3, "Leo Natarajan", "STUDENT"), email=None, suspended=True),
    _row(4, "Priya Natarajan", "GUARDIAN"),
    _row(5, "Tomás Rivera", "TEACHER"),
    replace(_row(6, LONG_NAME, "TEACHER"), email=LONG_EMAIL),
)
REMOVED = tuple(
    views.RemovedRow(_id(30 + n), name, role, _ago(days=30 - left), by, by is None, left, n, n * 2)
    for n, (name, role, by, left) in enumerate(
        (
            ("Noah Adeyemi", "STUDENT", None, 2),
            (LONG_NAME, "SUPER_ADMIN", LONG_NAME, 6),
            ("Hana Sato", "TEACHER", "Amara Okafor", 29),
        )
    )
)
NOW_OR_NEVER = views.RemovedBanner(REMOVED, "now", "now.1764000000")
TABS = (("Members", "/people"), ("Invited", "/people?status=invited"), ("Removed", "/people?status=removed"))
PEOPLE = views.People(
    ROWS,
    396,
    "active",
    TABS,
    "/people",
    older="/people?cursor=x",
    manages=True,
    actions=WITH_MEMBERS,
    banner=NOW_OR_NEVER,
    export_url="/people/export",
)
INVITED = replace(
    PEOPLE,
    rows=(
        views.Row(
            _id(50),
            "leo@example.com",
            None,
            "STUDENT",
            _ago(days=1),
            until=NOW + timedelta(days=6),
            by="Amara Okafor",
        ),
        views.Row(_id(51), LONG_EMAIL, None, "SUPER_ADMIN", _ago(days=40), expired=True, by=LONG_NAME),
    ),
    total=2,
    standing="invited",
    here="/people?status=invited",
    older=None,
    actions=WITH_INVITED,
    banner=None,
)
GONE = replace(
    PEOPLE,
    rows=tuple(replace(row, days_left=left) for row, left in zip(ROWS[1:4], (2, 7, 29), strict=True)),
    total=3,
    standing="removed",
    here="/people?status=removed",
    older=None,
    actions=(("restoration", "Restore"),),
)
FAMILY = (
    views.Relative(_id(70), _id(4), "Priya Natarajan", "GUARDIAN", "Mother"),
    views.Relative(_id(71), _id(6), LONG_NAME, "GUARDIAN", "Grandparent"),
)
PAST = (
    views.Past("Teacher → Student", "asked", None, LONG_NAME, _ago(minutes=1)),
    views.Past("Removed", "refused", "A school keeps at least one owner.", "Amara Okafor", _ago(days=2)),
    views.Past("Restored", "done", None, None, _ago(days=40)),
)
PERSON = views.PersonPage(
    _id(2), "Isla Bennett", "isla@example.org", "STUDENT", _ago(days=400), active=True, suspended=False,
    days_left=None, time_zone="America/New_York", locale="English (United Kingdom)", relatives=FAMILY, past=PAST,
    roles=ROLES, manages=True, links="guardian", profile_id=_id(90),
)  # fmt: skip
LINES = (
    views.LineRow(1, "leo@example.com", "leo@example.com", "STUDENT", None, "ready", None),
    views.LineRow(2, "not an address, wizard", None, None, None, "problem", "This is not an email address."),
    views.LineRow(3, LONG_EMAIL + ", teacher", LONG_EMAIL, "TEACHER", "STUDENT", "waiting", None),
    views.LineRow(4, "mina@example.com", "mina@example.com", "GUARDIAN", "GUARDIAN", "done", None),
    views.LineRow(5, "x@example.com", "x@example.com", "STUDENT", None, "refused", "It may not do so any more."),
)  # fmt: skip
DRAFT = views.ListPage(
    _id(80), "invitation", "Invite people", f"{'autumn-term-' * 9}.csv", "draft", "Amara Okafor", _ago(minutes=3), None,
    9_998, 2, 0, 0, 0, LINES[:3], (("All", "/people/lists/80"), ("Left out", "/people/lists/80?only=problem")),
    "/people/lists/80", "/people/lists/80", older="/people/lists/80?cursor=x",
)  # fmt: skip
RUNNING = replace(DRAFT, status="running", asked=6_000, done=3_990, refused=8, lines=LINES[2:])
DONE = replace(RUNNING, status="done", asked=0, done=9_990, finished_at=_ago(minutes=1), older=None)
INVITE = views.InvitePage(
    ROLES,
    (
        views.ListLink(_id(81), "9,998 invitations", f"{'autumn-term-' * 9}.csv", "running", _ago(minutes=3)),
        views.ListLink(_id(82), "2 roles", None, "draft", _ago(days=2)),
        views.ListLink(_id(83), "14 invitations", "teachers.csv", "done", _ago(days=9)),
    ),
)
INVITE_WRONG = replace(
    INVITE,
    email="not an address",
    role="TEACHER",
    text="mina",
    errors={
        "email": "This is not an email address.",
        "text": "Paste addresses or choose a file.",
        "file": "This file is no text.",
    },
)
LINK = views.LinkPage(
    _id(2), "Isla Bennett", "guardian", "",
    (views.Candidate(_id(4), "Priya Natarajan", "priya@example.org"), views.Candidate(_id(6), LONG_NAME, LONG_EMAIL),
     views.Candidate(_id(7), "Dev Natarajan", None)),
    (("mother", "Mother"), ("father", "Father"), ("guardian", "Guardian")), more=True,
)  # fmt: skip
OWNERSHIP = views.OwnershipPage(
    ((str(_id(5)), "Tomás Rivera"), (str(_id(6)), LONG_NAME)), (("TEACHER", "Teacher"), ("-", "Not here any more"))
)  # fmt: skip
OWNERSHIP_WRONG = replace(
    OWNERSHIP,
    errors={
        "member_id": "Choose the new owner.",
        "then": "Choose one.",
        "agreed": "Tick this to hand the school over.",
    },
    problem="The sign-in service could not be reached.",
)
LEAVING = views.LeavingPage("Harbour Music School", only_owner=False, managed=False)
EVERYBODY = backoffice.PeoplePage(
    (
        backoffice.PersonLine(_id(1), "Amara Okafor", "amara@example.org", "ACTIVE", _ago(days=700), 2),
        backoffice.PersonLine(_id(6), LONG_NAME, LONG_EMAIL, "ACTIVE", _ago(days=2), 14),
        backoffice.PersonLine(_id(9), "Noah Adeyemi", None, "DELETED", _ago(days=90), 0),
    ),
    older="/people?cursor=x",
)
ACCOUNT_OF = backoffice.OnePerson(
    _id(6), "user_2aBcDeFgHiJkLmNoPqRsTuVwXyZ", LONG_NAME, LONG_EMAIL, "ACTIVE", True, _ago(days=700),
    (backoffice.SchoolOf(_id(20), "Harbour Music School", "SUPER_ADMIN", True, _ago(days=700)),
     backoffice.SchoolOf(_id(21), LONG_NAME, "GUARDIAN", False, _ago(days=90))),
    (backoffice.SessionLine("sess_2aBcDeFgHiJkLmNoPqRsTuVwXyZ", "active", _ago(days=2), _ago(minutes=2)),),
)  # fmt: skip

PAGES = {
    "people": PEOPLE,
    "people-none": views.People((), 0, "active", TABS, "/people"),
    "people-filtered": replace(PEOPLE, rows=(), total=0, q="zyx", role="TEACHER", actions=(), banner=None),
    "people-seen-by-a-teacher": replace(
        PEOPLE, manages=False, actions=(), banner=None, export_url=None, tabs=()
    ),
    "people-calm": replace(PEOPLE, banner=views.RemovedBanner(REMOVED[2:], "calm", "calm.1764000000")),
    "people-invited": INVITED,
    "people-invited-none": replace(INVITED, rows=(), total=0, actions=()),
    "people-removed": GONE,
    "people-removed-none": replace(GONE, rows=(), total=0, actions=(), banner=None),
    "person": PERSON,
    "person-seen-by-a-teacher": replace(PERSON, manages=False, past=(), relatives=(), links=None),
    "person-removed": replace(
        PERSON, name=LONG_NAME, email=LONG_EMAIL, active=False, days_left=2, links=None, past=()
    ),
    "person-long-removed": replace(PERSON, active=False, relatives=(), links=None),
    "person-only-owner": replace(PERSON, role="SUPER_ADMIN", only_owner=True, is_me=True, profile_id=None),
    "person-confirm": replace(PERSON, confirm_role="SUPER_ADMIN", suspended=True, email=None),
    "person-refused": replace(PERSON, problem="A school keeps at least one owner."),
    "invite": replace(INVITE, recent=()),
    "invite-recent": INVITE,
    "invite-wrong": INVITE_WRONG,
    "list-draft": DRAFT,
    "list-nothing-to-do": replace(DRAFT, ready=0, problems=1, lines=LINES[1:2], tabs=(), older=None),
    "list-running": RUNNING,
    "list-done": DONE,
    "list-all-well": replace(DONE, kind="role", source=None, refused=0, lines=LINES[3:4]),
    "list-put-away": replace(DRAFT, status="discarded", lines=(), older=None),
    "link": LINK,
    "link-child": replace(LINK, links="child", more=False, name=LONG_NAME),
    "link-unfound": replace(LINK, candidates=(), more=False, q="zyx"),
    "link-none": replace(LINK, candidates=(), more=False),
    "ownership": OWNERSHIP,
    "ownership-wrong": OWNERSHIP_WRONG,
    "ownership-none": replace(OWNERSHIP, candidates=()),
    "leaving": LEAVING,
    "leaving-only-owner": replace(LEAVING, only_owner=True, problem="A school keeps at least one owner."),
    "leaving-managed": replace(LEAVING, managed=True),
}
TEMPLATES = {
    views.People: "people/people.html",
    views.PersonPage: "people/person.html",
    views.InvitePage: "people/invite.html",
    views.ListPage: "people/list.html",
    views.LinkPage: "people/link.html",
    views.OwnershipPage: "people/ownership.html",
    views.LeavingPage: "people/leaving.html",
}
BACKOFFICE = {
    "operator-people": Page("backoffice/people.html", EVERYBODY),
    "operator-people-none": Page("backoffice/people.html", backoffice.PeoplePage(())),
    "operator-people-unfound": Page("backoffice/people.html", backoffice.PeoplePage((), q="zyx")),
    "operator-person": Page("backoffice/person.html", ACCOUNT_OF),
    "operator-person-bare": Page(
        "backoffice/person.html", replace(ACCOUNT_OF, email=None, status="DELETED", schools=(), sessions=())
    ),
    "operator-person-unknown": Page("backoffice/person.html", replace(ACCOUNT_OF, sessions=None)),
}


def pages(shell: Shell) -> dict[str, tuple[Page, Shell | None]]:
    """Each state of each page."""
    here = replace(shell, path="/people")
    operator = replace(here, school=School("Operator", "operator"), set_up=None)
    return {
        **{name: (Page(TEMPLATES[type(data)], data), here) for name, data in PAGES.items()},
        **{name: (page, operator) for name, page in BACKOFFICE.items()},
        **profile_examples.pages(shell),
    }
