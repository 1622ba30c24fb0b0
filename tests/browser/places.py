"""Every place of the site that somebody can look at, derived from the URL map."""

from collections.abc import Iterator
from dataclasses import dataclass

from coursecove.accounts.access import PageRoute
from coursecove.accounts.roles import Role
from coursecove.web.listing import listed_routes
from tests.browser.cast import NOBODY
from tests.browser.scenes import LONG, NEW, PLAYERS
from tests.pages.addresses import OPERATOR_PAGES, may_see, seeded

PLAYED_BY = {
    Role.SUPER_ADMIN: "amara",
    Role.TEACHER: "hana",
    Role.STUDENT: "isla",
    Role.GUARDIAN: "priya",
}
SOMEBODY = {
    "/people/{member_id:uuid}": ("/people/{priya}", "/people/{isla}"),
    "/people/{member_id:uuid}/family": ("/people/{priya}/family", "/people/{isla}/family"),
    "/people/lists/{list_id:uuid}": ("/people/lists/{list}",),
    "/learning/{course_id:uuid}": ("/learning/{learned_course}",),
    "/learning/lessons/{lesson_id:uuid}": ("/learning/lessons/{learned_lesson}",),
    "/courses/{course_id:uuid}/learners": ("/courses/{learned_course}/learners",),
    "/courses/{course_id:uuid}/learners/new": ("/courses/{learned_course}/learners/new",),
    "/courses/{course_id:uuid}/progress": ("/courses/{learned_course}/progress",),
    "/courses/{course_id:uuid}/links": ("/courses/{learned_course}/links",),
    "/courses/{course_id:uuid}/release": ("/courses/{learned_course}/release",),
    "/courses/{course_id:uuid}/certificates": ("/courses/{learned_course}/certificates",),
    "/certificates/{certificate_id:uuid}": ("/certificates/{certificate}",),
    "/courses/{course_id:uuid}": ("/courses/{course}",),
    "/courses/{course_id:uuid}/settings": ("/courses/{course}/settings",),
    "/courses/lessons/{lesson_id:uuid}": ("/courses/lessons/{lesson}",),
    "/courses/lessons/{lesson_id:uuid}/preview": ("/courses/lessons/{lesson}/preview",),
    "/courses/lessons/{lesson_id:uuid}/files": ("/courses/lessons/{lesson}/files",),
    "/courses/lessons/{lesson_id:uuid}/versions": ("/courses/lessons/{lesson}/versions",),
    "/courses/lessons/{lesson_id:uuid}/versions/comparison": (
        "/courses/lessons/{lesson}/versions/comparison?from=1",
    ),
    "/profiles/{profile_id:uuid}": ("/profiles/{profile}",),
    "/lessons/{booking_id:uuid}": ("/lessons/{booking}",),
    "/lessons/{booking_id:uuid}/move": ("/lessons/{booking}/move",),
    "/lessons/{booking_id:uuid}/cancellation": ("/lessons/{booking}/cancellation",),
    "/schedule/types/{type_id:uuid}": ("/schedule/types/{type}",),
    "/schedule/locations/{location_id:uuid}": ("/schedule/locations/{location}",),
    "/schedule/rooms/{room_id:uuid}": ("/schedule/rooms/{room}",),
    "/schedule/closures/{closure_id:uuid}": ("/schedule/closures/{closure}",),
    "/schedule/teachers/{member_id:uuid}": ("/schedule/teachers/{hana}",),
    "/hours/{member_id:uuid}": ("/hours/{hana}",),
    "/mails/{mail_id:uuid}": ("/mails/{mail}",),
    "/schools/{school_id:uuid}": ("/schools/{school}",),
    "/people/{user_id:uuid}": ("/people/{user}",),
}
"""Addresses for routes that are about a row; a route that is missing here fails the tests until it is."""

NO_PAGES = {
    ("apex", "/found/logo"), ("apex", "/tls/ask"), ("school", "/brand/logo"),
    *(("school", f"/courses/files/{{file_id:uuid}}/{place}") for place in ("picture", "sound.mp3", "film.mp4", "download")),
    ("school", "/people/export"), ("school", "/certificates/{certificate_id:uuid}/certificate.pdf"), ("school", "/people/lists/{list_id:uuid}/export"),
    ("school", "/"), ("school", "/brand.css"), ("school", "/calendar/feeds/{secret}.ics"), ("school", "/sign-in"), ("school", "/sign-up"), ("school", "/user-profile"),
    ("mail", "/mails/{mail_id:uuid}/html"), ("id", "/"), ("id", "/continue"), ("id", "/identity.css"), ("id", "/brand/{label}.css"),
    ("id", "/passkeys.js"), ("id", "/v1/client/handshake"), ("id", "/.well-known/jwks.json"),
    ("id", "/images/people/{user_id}/{version}"), ("id", "/images/organizations/{organization_id}/{version}"),
}  # fmt: skip
"""Addresses of a GET that answers no page of ours: a redirect, a stylesheet, a script, a picture, a letter, a file."""

IN_STORIES = {
    ("apex", "/sign-in"), ("apex", "/sign-up"), ("apex", "/user-profile"),
    *(("apex", f"/found/{step}") for step in ("look", "place", "terms", "progress")),
    *(("id", path) for path in (
        "/sign-in/second-factor", "/sign-in/unfinished", "/sign-in/school", "/sign-up", "/sign-up/code", "/convert/{token}",
        "/reset", "/reset/sent", "/reset/{token}", "/reauthenticate", "/account", "/account/addresses/new",
        "/account/addresses/code", "/account/security", "/account/password", "/account/sessions", "/account/second-factor",
        "/account/second-factor/app", "/invitations/{ticket}",
    )),
}  # fmt: skip
"""Pages that the stories of test_founding.py, test_identity.py and test_clerk_pages.py look at on their way."""

SAME_AS_ANOTHER = {("id", "/reset/second-factor")}
"""Built of the parts of `/sign-in/second-factor`; what it does is asked in tests/identity."""


@dataclass(frozen=True)
class Place:
    """One address, as one person sees it."""

    host: str
    path: str
    who: str
    status: int = 200

    def __str__(self) -> str:
        return f"{self.who}@{self.host or 'apex'}{self.path}"


def _of_schools() -> Iterator[Place]:
    for role, who in PLAYED_BY.items():
        for route in _pages_of(role):
            for path in SOMEBODY[route.path] if "{" in route.path else (route.path,):
                yield Place("musicschool", path, who)
    for role, who in PLAYERS[LONG].items():
        yield from (Place(LONG, route.path, who) for route in _pages_of(role) if "{" not in route.path)
    yield from (Place(NEW, "/dashboard", who) for who in PLAYERS[NEW].values())


def _pages_of(role: Role) -> list[PageRoute]:
    return [route for route in may_see(role) if ("school", route.path) not in NO_PAGES]


SCHOOLS = tuple(_of_schools())
OPERATOR = tuple(
    Place("operator", path, "operator")
    for route in OPERATOR_PAGES
    if route.method == "GET"
    for path in SOMEBODY.get(route.path, (seeded(route.path),))
)
OPEN = (
    Place("", "/", NOBODY),
    Place("", "/legal/terms", NOBODY),
    Place("musicschool", "/api/v1/docs", NOBODY),
    Place("musicschool", "/verify", NOBODY),
    Place("musicschool", "/verify?code=0000-0000-0000", NOBODY, 404),
)
APEX = (Place("", "/found", "amara"), Place("", "/schools", "amara"), Place("yogastudio", "/join", "amara"))
MAILBOX = (
    Place("mail", "/", NOBODY),
    Place("mail", "/?to=nobody", NOBODY),
    *(Place("mail", path, NOBODY) for path in SOMEBODY["/mails/{mail_id:uuid}"]),
)
IDENTITY = (
    Place("id", "/sign-in", NOBODY),
    Place("id", "/sign-in", "amara"),
    Place("id", "/sign-out", NOBODY),
    Place("id", "/sign-out", "amara"),
    Place("id", "/sign-in?redirect_url=https://elsewhere.example/", NOBODY, 400),
    Place("id", "/sign-in/user_nobody", NOBODY, 404),
)
REFUSED = (
    Place("musicschool", "/nowhere", "amara", 404),
    Place("musicschool", "/nowhere", NOBODY, 404),
    Place("musicschool", "/people/01933f0e-7c1a-7b6e-9f00-000000000000", "amara", 404),
    Place("musicschool", "/people", "isla", 403),
    Place("musicschool", "/people?cursor=nonsense", "amara", 400),
    Place("yogastudio", "/dashboard", "amara", 403),
    Place("operator", "/", "amara", 403),
    Place("", "/nowhere", NOBODY, 404),
    Place("nosuchschool", "/dashboard", NOBODY, 404),
)
STATES = (
    Place("musicschool", "/people?q=nobody+is+called+this", "amara"),
    Place("musicschool", "/people?role=STUDENT&q=a", "amara"),
)
BARE = ("id", "nosuchschool")
"""Hosts whose pages are so short that there is nothing to skip."""

KEYBOARD = tuple(
    place
    for place in (*SCHOOLS, *OPERATOR, *OPEN, *APEX, *MAILBOX, *IDENTITY, *REFUSED)
    if place.host not in (LONG, NEW)
)
PLACES = (*SCHOOLS, *OPERATOR, *OPEN, *APEX, *MAILBOX, *IDENTITY, *REFUSED, *STATES)


def not_looked_at() -> set[tuple[str, str]]:
    """Pages of the URL map at which no test looks."""
    seen = {(_kind(place), place.path.partition("?")[0]) for place in PLACES}
    seen |= {(host, template) for template in SOMEBODY for host in ("school", "mail", "operator")}
    seen |= {("apex", "/legal/{key}")}
    pages = {(route.host, seeded(route.path)) for route in listed_routes() if route.methods == "GET"}
    return (
        {page for page in pages if not page[1].endswith("/…")}
        - seen
        - NO_PAGES
        - IN_STORIES
        - SAME_AS_ANOTHER
    )


def _kind(place: Place) -> str:
    return {"": "apex", "operator": "operator", "mail": "mail", "id": "id"}.get(place.host, "school")
