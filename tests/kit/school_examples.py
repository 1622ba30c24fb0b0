"""Examples of the school's own pages, and of the operator's pages about schools."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from coursecove.backoffice import views as backoffice
from coursecove.kit.web.branding import legibility
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import School, Shell
from coursecove.schools import views
from coursecove.schools.domains import records
from coursecove.schools.editing import Difference
from coursecove.schools.pages.legal import texts

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
ZONES = (("America/New_York", "America/New York"), ("Europe/London", "Europe/London"))
LOCALES = (("en-GB", "English (United Kingdom)"), ("de", "Deutsch"))
LONG_NAME = (
    "Internationale Gesellschaft für frühmusikalische Erziehung und Klangforschung zu Wolkenburg-Hohenstein"
)
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LONG_LABEL = "internationalegesellschaftfurfruhmusikalischeerziehung"
URL = "http://musicschool.coursecove.localhost"


def example_id(n: int) -> UUID:
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + n)


def ago(**distance: float) -> datetime:
    return NOW - timedelta(**distance)


FACTS = views.FactsPage(
    "Harbour Music School", "music-school", URL, "Europe/London", ago(days=900), 396, "a1"
)
LOOK = views.LookPage("Harbour Music School", "#0f766e", "a1", legibility("#0f766e"))
REGION = views.RegionPage("Europe/London", "en-GB", "a1", ZONES, LOCALES)
RULES = views.RulesPage(True, "owners", "invited", "a1")
CONFLICT = (Difference("Name", LONG_NAME, LONG_WORD),)

FREE = views.Standing("harbour", "harbour", "harbour.coursecove.localhost")
TAKEN = views.Standing(
    "yoga-studio",
    "yogastudio",
    "yogastudio.coursecove.localhost",
    "This address is taken.",
    ("harbour-music-school", "harbour-music", "my-harbour-music-school"),
)
DOMAINS = tuple(
    views.DomainRow(
        example_id(10 + n),
        name,
        state,
        state == "verified",
        problem,
        records(name, "coursecove-site=3f9a1c5b7d2e4860a1b2c3d4e5f60718", "musicschool.coursecove.localhost"),
        ago(minutes=4) if n else None,
        ago(days=30) if state == "verified" else None,
        NOW + timedelta(minutes=5 * n + 1),
    )
    for n, (name, state, problem) in enumerate(
        [
            ("lernen.example.org", "waiting", None),
            ("learn.harbourmusic.org", "verified", None),
            (f"{'a' * 60}.{'b' * 60}.example.org", "failing", "The TXT record says something else."),
        ]
    )
)
ADDRESS = views.AddressPage(
    "musicschool", "musicschool.coursecove.localhost", URL, ago(days=90), "coursecove.localhost", (), ()
)
MOVED = replace(
    ADDRESS,
    old=(
        views.OldAddress("harbour", "harbour.coursecove.localhost", ago(days=90), NOW + timedelta(days=275)),
        views.OldAddress(LONG_LABEL, f"{LONG_LABEL}.coursecove.localhost", ago(days=400), None),
    ),
    domains=DOMAINS,
)

REQUESTS = tuple(
    views.RequestRow(
        example_id(30 + n), name, email, message, state, ago(hours=n * n + 1), decided_at, decided_by
    )
    for n, (name, email, message, state, decided_at, decided_by) in enumerate(
        [
            ("Noa Visitor", "noa@example.org", "My daughter Ella plays the viola.", "waiting", None, None),
            (LONG_WORD, f"{'a' * 60}@{'b' * 60}.example", f"{LONG_NAME}. " * 4, "waiting", None, None),
            ("Sam Elsewhere", None, "", "waiting", None, None),
            ("Lea Marín", "lea@example.org", "", "accepted", ago(days=1), "Amara Okafor"),
            (LONG_NAME, "x@example.org", "", "declined", ago(days=3), None),
        ]
    )
)
MANY_REQUESTS = tuple(replace(REQUESTS[0], id=example_id(100 + n)) for n in range(50))
JOINING = views.JoiningPage("ask", f"{URL}/sign-up", REQUESTS)

EXPORTS = tuple(
    views.ExportRow(
        example_id(40 + n), state, ago(days=n), by, done, total, rows, size, problem, NOW + timedelta(days=6)
    )
    for n, (state, by, done, total, rows, size, problem) in enumerate(
        [
            ("ready", "Amara Okafor", 24, 24, 12_431, "3.4", None),
            ("failed", LONG_NAME, 3, 24, 310, "0", "It could not be written. Ask for another one."),
            ("expired", None, 24, 24, 9_020, "2.9", None),
        ]
    )
)
RUNNING = replace(EXPORTS[0], state="running", tables_done=9, rows=4_011)
WAITING = replace(EXPORTS[0], state="waiting", tables_done=0, tables_total=0, rows=0)
DATA = views.DataPage("Harbour Music School", EXPORTS, 30)

STAYS = tuple(
    views.StayRow(
        example_id(50 + n),
        name,
        reason,
        may_change,
        ago(days=n, minutes=12),
        ago(days=n, minutes=-18),
        over,
        by,
    )
    for n, (name, reason, may_change, over, by) in enumerate(
        [
            ("Robin Field", "Invoices of October are missing, as Amara wrote.", True, None, None),
            ("Robin Field", f"{LONG_NAME}: {LONG_WORD}", False, ago(days=1), "Amara Okafor"),
            (LONG_NAME, "Cannot sign in.", False, ago(days=2), None),
        ]
    )
)
MANY_STAYS = tuple(replace(STAYS[1], id=example_id(300 + n)) for n in range(50))

LINES = tuple(
    backoffice.SchoolLine(example_id(70 + n), name, shown, state, ago(days=900 - n), people, closes)
    for n, (name, shown, state, people, closes) in enumerate(
        [
            ("Harbour Music School", "musicschool.coursecove.localhost", "open", 396, None),
            (LONG_NAME, f"{LONG_LABEL}.coursecove.localhost", "closed", 4, NOW + timedelta(days=12)),
            ("Old Quay Drama", "oldquay.coursecove.localhost", "deleted", 0, None),
        ]
    )
)
STAY_LINES = tuple(
    backoffice.StayLine(
        each.id,
        each.operator_name,
        each.reason,
        each.may_change,
        each.starts_at,
        each.ends_at,
        each.over_at,
        each.ended_by,
    )
    for each in STAYS
)
ONE = backoffice.OneSchool(
    example_id(70),
    "org_2aBcDeFgHiJkLmNoPqRsTuVwXyZ",
    "Harbour Music School",
    "music-school",
    URL,
    "open",
    False,
    "Europe/London",
    "en-GB",
    True,
    "ask",
    ago(days=900),
    None,
    None,
    (("Owners and admins", 2), ("Teachers", 12), ("Students", 214), ("Guardians", 168)),
    (
        backoffice.Name("musicschool.coursecove.localhost", "subdomain", "current", None),
        backoffice.Name(
            f"{LONG_LABEL}.coursecove.localhost", "subdomain", "redirect", NOW + timedelta(days=200)
        ),
    ),
    (
        backoffice.Fact(example_id(80), "MembershipCreated", "role: STUDENT", ago(minutes=6), "Amara Okafor"),
        backoffice.Fact(example_id(81), "SchoolChanged", f"name: {'x' * 280}", ago(hours=6), None),
    ),
    (
        backoffice.Change(412, ago(minutes=6), "INSERT", "organization_memberships", "Amara Okafor"),
        backoffice.Change(411, ago(hours=6), "UPDATE", "organizations", None),
    ),
    STAY_LINES[1:],
    tuple(
        backoffice.ConsentLine(text.key, text.version, ago(days=900), "Amara Okafor", "203.0.113.7")
        for text in texts()
    ),
)
EMPTY_ONE = replace(
    ONE,
    name=LONG_NAME,
    provisional=True,
    names=(),
    facts=(),
    changes=(),
    stays=(),
    consents=(),
    errors={"reason": "Say why; the school's owners read it.", "minutes": "Choose how long."},
)
CLOSED_ONE = replace(ONE, state="closed", closed_at=ago(days=2), closes_at=NOW + timedelta(days=28))

Examples = dict[str, tuple[Page, Shell | None]]

SETTINGS = {
    "school": Page("schools/facts.html", FACTS),
    "school-wrong": Page(
        "schools/facts.html", replace(FACTS, name="", errors={"name": "Write a name."}), status=422
    ),
    "school-conflict": Page(
        "schools/facts.html", replace(FACTS, name=LONG_WORD, differences=CONFLICT), status=409
    ),
    "school-look": Page("schools/look.html", replace(LOOK, logo_url="/brand/logo?v=1")),
    "school-look-pale": Page(
        "schools/look.html", replace(LOOK, color="#facc15", legibility=legibility("#facc15"))
    ),
    "school-look-none": Page("schools/look.html", replace(LOOK, color="", legibility=None)),
    "school-look-wrong": Page(
        "schools/look.html",
        replace(
            LOOK,
            color="teal",
            legibility=None,
            errors={"brand_color": "Choose a colour.", "logo": "Choose a picture first."},
            differences=(Difference("Colour", "#1d4ed8", "teal"),),
        ),
        status=422,
    ),
    "school-region": Page("schools/region.html", REGION),
    "school-region-wrong": Page(
        "schools/region.html",
        replace(
            REGION,
            errors={"time_zone": "Choose a time zone.", "locale": "Choose a language."},
            differences=(Difference("Time zone", "America/New_York", "Europe/London"),),
        ),
        status=422,
    ),
    "school-rules": Page("schools/rules.html", RULES),
    "school-rules-wrong": Page(
        "schools/rules.html",
        replace(
            RULES,
            profiles_by="",
            joining="",
            errors={"profiles_by": "Choose one of these.", "joining": "Choose one of these."},
            differences=(Difference("Teaches children", "no", "yes"),),
        ),
        status=422,
    ),
}
DOORS = {
    "school-address": Page("schools/address.html", ADDRESS),
    "school-address-free": Page("schools/address.html", replace(ADDRESS, standing=FREE)),
    "school-address-moved": Page("schools/address.html", replace(MOVED, adjusted_from="music")),
    "school-address-wrong": Page(
        "schools/address.html",
        replace(
            MOVED,
            standing=TAKEN,
            typed_domain="no domain",
            errors={"domain": "This is not a domain. It looks like learn.example.org."},
        ),
        status=422,
    ),
    "school-joining": Page("schools/joining.html", JOINING),
    "school-joining-none": Page("schools/joining.html", replace(JOINING, requests=())),
    "school-joining-invited": Page(
        "schools/joining.html", replace(JOINING, joining="invited", requests=REQUESTS[3:])
    ),
    "school-joining-many": Page("schools/joining.html", replace(JOINING, requests=MANY_REQUESTS)),
    "school-data": Page("schools/data.html", DATA),
    "school-data-none": Page("schools/data.html", replace(DATA, exports=())),
    "school-data-running": Page("schools/data.html", replace(DATA, exports=(RUNNING, *EXPORTS[1:]))),
    "school-data-waiting": Page("schools/data.html", replace(DATA, exports=(WAITING,))),
    "school-data-wrong": Page(
        "schools/data.html",
        replace(
            DATA,
            school=LONG_NAME,
            typed_name=LONG_WORD,
            errors={"name": "This is not the school's name."},
        ),
        status=422,
    ),
    "school-support": Page("schools/support.html", views.SupportPage(STAYS)),
    "school-support-none": Page("schools/support.html", views.SupportPage(())),
    "school-support-many": Page("schools/support.html", views.SupportPage(MANY_STAYS, may_end=False)),
}
"""Address, joining, data and support."""


def pages(shell: Shell) -> Examples:
    """Each state of each page."""
    at_school = replace(shell, path="/school")
    return {name: (page, at_school) for name, page in (SETTINGS | DOORS).items()} | _operator(shell)


def _operator(shell: Shell) -> Examples:
    operator = replace(shell, school=School("Operator", "operator"), set_up=None, path="/schools")
    pages = {
        "operator-schools": Page("backoffice/schools.html", backoffice.SchoolsPage(LINES, older="/schools")),
        "operator-schools-none": Page("backoffice/schools.html", backoffice.SchoolsPage(())),
        "operator-schools-unfound": Page("backoffice/schools.html", backoffice.SchoolsPage((), q="nothing")),
        "operator-school": Page("backoffice/school.html", ONE),
        "operator-school-inside": Page("backoffice/school.html", replace(ONE, inside=STAY_LINES[0])),
        "operator-school-bare": Page("backoffice/school.html", EMPTY_ONE, status=422),
        "operator-school-closed": Page("backoffice/school.html", CLOSED_ONE),
        "operator-school-deleted": Page(
            "backoffice/school.html",
            replace(CLOSED_ONE, state="deleted", errors={"why": "Say why."}),
            status=422,
        ),
    }
    return {name: (page, operator) for name, page in pages.items()}
