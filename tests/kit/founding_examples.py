"""Examples of the pages outside of every school: founding one, its texts, its door, one's own schools."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from coursecove.kit.web.branding import legibility
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import SchoolLink
from coursecove.schools import views
from coursecove.schools.pages.legal import texts
from tests.kit.school_examples import (
    FREE,
    LOCALES,
    LONG_LABEL,
    LONG_NAME,
    LONG_WORD,
    NOW,
    TAKEN,
    URL,
    ZONES,
    Examples,
    ago,
    example_id,
)

MINE = views.MySchoolsPage(
    "Amara Okafor",
    "amara@harbourmusic.example",
    (
        SchoolLink("Harbour Music School", "musicschool", "Owner or admin", f"{URL}/dashboard"),
        SchoolLink(LONG_NAME, LONG_LABEL, "Teacher", "/dashboard"),
    ),
    (views.ClosedRow(example_id(60), LONG_NAME, NOW + timedelta(days=12)),),
    "/session/end",
)
MANY_SCHOOLS = replace(MINE, schools=MINE.schools * 20, closed=())
JOIN = views.JoinPage("Harbour Music School", "noa@example.org", True, None, "/session/end")

FOUND_NAME = views.FoundNamePage("Harbour Music School", "harbour", "coursecove.localhost", FREE)
FOUND_LOOK = views.FoundLookPage("Harbour Music School", "#0f766e", legibility("#0f766e"), False)
FOUND_PLACE = views.FoundPlacePage(
    "Harbour Music School", "Europe/London", "en-GB", None, True, ZONES, LOCALES
)
FOUND_TERMS = views.FoundTermsPage(
    "Harbour Music School",
    "harbour.coursecove.localhost",
    "#0f766e",
    "Europe/London",
    "English (United Kingdom)",
    True,
    False,
    texts(),
)
NOT_AGREED = dict.fromkeys(("terms", "dpa"), "Please agree to this, or the school cannot be made.")


SHOWN: dict[str, Page] = {
    "found": Page("schools/found_name.html", replace(FOUND_NAME, name="", slug="", standing=None)),
    "found-free": Page("schools/found_name.html", FOUND_NAME),
    "found-failed": Page(
        "schools/found_name.html", replace(FOUND_NAME, failed="The address was taken meanwhile.")
    ),
    "found-wrong": Page(
        "schools/found_name.html",
        replace(
            FOUND_NAME,
            name=LONG_NAME,
            slug="yogastudio",
            standing=TAKEN,
            errors={"name": "This name is too long.", "slug": "This address is taken."},
        ),
        status=422,
    ),
    "found-look": Page("schools/found_look.html", FOUND_LOOK),
    "found-look-wrong": Page(
        "schools/found_look.html",
        replace(
            FOUND_LOOK,
            name=LONG_NAME,
            color="teal",
            legibility=None,
            has_logo=True,
            errors={"brand_color": "Choose a colour.", "logo": "This file cannot be used as a logo."},
        ),
        status=422,
    ),
    "found-place": Page("schools/found_place.html", FOUND_PLACE),
    "found-place-wrong": Page(
        "schools/found_place.html",
        replace(
            FOUND_PLACE,
            name=LONG_WORD,
            errors={
                "time_zone": "Choose a time zone.",
                "locale": "Choose a language.",
                "serves_minors": "Say whether you teach people under 18.",
            },
        ),
        status=422,
    ),
    "found-terms": Page("schools/found_terms.html", FOUND_TERMS),
    "found-terms-wrong": Page(
        "schools/found_terms.html",
        replace(
            FOUND_TERMS,
            name=LONG_NAME,
            shown=f"{LONG_LABEL}.coursecove.localhost",
            agreed=("privacy",),
            notice="A text was changed while you were reading. Please look at it again.",
            errors=NOT_AGREED,
        ),
        status=422,
    ),
    "found-progress": Page(
        "schools/found_progress.html", views.FoundProgressPage("Harbour Music School", 1, slow=False)
    ),
    "found-progress-slow": Page(
        "schools/found_progress.html", views.FoundProgressPage(LONG_NAME, 2, slow=True)
    ),
    "my-schools": Page("schools/mine.html", MINE),
    "my-schools-none": Page("schools/mine.html", replace(MINE, email="", schools=(), closed=())),
    "my-schools-many": Page("schools/mine.html", MANY_SCHOOLS),
    "join": Page("schools/join.html", JOIN),
    "join-asked": Page("schools/join.html", replace(JOIN, asked_at=ago(hours=3))),
    "join-invited": Page("schools/join.html", replace(JOIN, school=LONG_NAME, takes_requests=False)),
}


def pages() -> Examples:
    """Each state of each page."""
    legal: Examples = {
        f"school-legal-{text.key}": (
            Page(f"schools/legal/{text.key}.html", views.LegalPage(text.title, text.version, "CourseCove")),
            None,
        )
        for text in texts()
    }
    return legal | {name: (page, None) for name, page in SHOWN.items()}
