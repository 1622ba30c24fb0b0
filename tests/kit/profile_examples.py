"""Examples of the pages about children's profiles and consents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import Shell
from coursecove.people import profile_views as views
from coursecove.people.consent_texts import TEXTS

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
LONG_NAME = "Adhurimi-Përparimi Krasniqi-Gjonbalaj de los Ángeles y Santísima Trinidad Fernández"


def _id(n: int) -> UUID:
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0200 + n)


GUARDIANS = ((str(_id(1)), "Priya Natarajan"), (str(_id(2)), LONG_NAME))
STATES = ("pending", "pending", "active", "suspended", "converted", "forgotten")
ROWS = tuple(
    views.ProfileRow(_id(10 + n), name, f"{name.split()[0].lower()}-{n}", status, n > 0, "Priya Natarajan")
    for n, (name, status) in enumerate(
        zip(
            ("Leo", "Mina", "Arun Natarajan", LONG_NAME, "Meera Natarajan", "Former member"),
            STATES,
            strict=True,
        )
    )
)
PROFILES = views.ProfilesPage(ROWS, 214, older="/profiles?cursor=x")
NEW = views.NewProfilePage(earliest="2008-11-25", latest="2026-11-24")
NEW_WRONG = replace(
    NEW,
    first_name=LONG_NAME,
    birth_date="2001-01-01",
    username="leo natarajan!",
    errors={
        "first_name": "At most 80 letters.",
        "birth_date": "This person is 18 or older.",
        "username": "Small letters, digits and hyphens.",
        "guardian_id": "Choose a guardian.",
    },
)
RECORDS = (
    views.ConsentRow(
        "Third parties", "2026-11", False, "on paper", LONG_NAME, "Folder 12, by phone on Monday", None,
        "Amara Okafor", NOW - timedelta(minutes=9),
    ),
    views.ConsentRow(
        "A profile", "2026-11", True, "signed in", "Priya Natarajan", None, "2001:db8::7334", "Priya Natarajan",
        NOW - timedelta(days=90),
    ),
)  # fmt: skip
SHOWN = tuple(
    views.ConsentShown(text.purpose, text.title, text.version, text.paragraphs, n == 0)
    for n, text in enumerate(TEXTS)
)
ACTIVE = views.ProfilePage(
    _id(12), "Leo Natarajan", "Leo", date(2017, 3, 9), "leo-n", "active", "Priya Natarajan", _id(5), "musicschool",
    SHOWN, RECORDS, GUARDIANS, consented=True, grown_up=False, staff=True, signs=False,
)  # fmt: skip
WAITING = replace(
    ACTIVE,
    name="Leo",
    status="pending",
    member_id=None,
    consented=False,
    records=(),
    texts=tuple(replace(text, in_force=False) for text in SHOWN),
)
BY_GUARDIAN = replace(WAITING, staff=False, signs=True)
UNSIGNED = {"purposes": "Without this one there is no profile.", "signature": "Type your name as we know it."}
PROFILE_STATES = {
    "profile-waiting": WAITING,
    "profile-waiting-paper-wrong": replace(
        WAITING, given={"note": ""}, errors={**UNSIGNED, "guardian_id": "Choose.", "note": "Say where it is."}
    ),
    "profile-consent": BY_GUARDIAN,
    "profile-consent-wrong": replace(BY_GUARDIAN, given={"signature": "P"}, errors=UNSIGNED),
    "profile-number": replace(ACTIVE, status="pending", member_id=None, staff=False, signs=True),
    "profile-number-wrong": replace(
        ACTIVE,
        status="pending",
        given={"last_name": LONG_NAME},
        errors={
            "pin": "This number is too easy.",
            "pin_again": "Not the same.",
            "username": "Taken meanwhile.",
        },
    ),
    "profile": ACTIVE,
    "profile-seen-by-a-guardian": replace(ACTIVE, staff=False, signs=True),
    "profile-suspended": replace(ACTIVE, status="suspended", name=LONG_NAME, guardian=LONG_NAME),
    "profile-grown-up": replace(
        ACTIVE, grown_up=True, given={"email": "leo"}, errors={"email": "No address."}
    ),
    "profile-converted": replace(ACTIVE, status="converted", grown_up=True),
    "profile-forgotten": replace(
        ACTIVE, status="forgotten", name="Former member", first_name="Former member", birth_date=None
    ),
    "profile-name-taken": replace(
        ACTIVE, given={"sign_in_name": "mina"}, errors={"sign_in_name": "Somebody has this name already."}
    ),
    "profile-refused": replace(ACTIVE, problem="The sign-in service could not be reached."),
}
CHILDREN = tuple(
    views.ChildRow(row.name, "Grandparent", row.id if row.status else None, row.status) for row in ROWS[1:5]
)


def pages(shell: Shell) -> dict[str, tuple[Page, Shell | None]]:
    """Each state of each page."""
    staff, family = replace(shell, path="/profiles"), replace(shell, path="/family", set_up=None)
    return {
        "profiles": (Page("people/profiles.html", PROFILES), staff),
        "profiles-made-by-others": (Page("people/profiles.html", replace(PROFILES, makes=False)), staff),
        "profiles-none": (Page("people/profiles.html", views.ProfilesPage((), 0)), staff),
        "profiles-none-suspended": (
            Page("people/profiles.html", views.ProfilesPage((), 0, "suspended")),
            staff,
        ),
        "profile-new": (Page("people/new_profile.html", replace(NEW, guardians=GUARDIANS)), staff),
        "profile-new-by-a-guardian": (Page("people/new_profile.html", NEW), family),
        "profile-new-wrong": (
            Page("people/new_profile.html", replace(NEW_WRONG, guardians=GUARDIANS)),
            staff,
        ),
        **{
            name: (Page("people/profile.html", data), staff if data.staff else family)
            for name, data in PROFILE_STATES.items()
        },
        "family": (
            Page(
                "people/family.html",
                views.FamilyPage((*CHILDREN, views.ChildRow(LONG_NAME, "Carer", None, None))),
            ),
            family,
        ),
        "family-none": (Page("people/family.html", views.FamilyPage(())), family),
        "family-made-by-others": (Page("people/family.html", views.FamilyPage((), makes=False)), family),
    }
