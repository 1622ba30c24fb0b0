"""The URL map: every page of every host, in one place."""

from collections.abc import Iterable
from pathlib import Path

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

import coursecove.accounts.pages
import coursecove.analytics.pages
import coursecove.courses.certificate_pages
import coursecove.courses.enrolment_pages
import coursecove.courses.learning_pages
import coursecove.courses.pages
import coursecove.courses.release_pages
import coursecove.people.pages
import coursecove.scheduling.booking_pages
import coursecove.scheduling.calendar_pages
import coursecove.scheduling.pages
import coursecove.scheduling.series_pages
import coursecove.schools.pages.address
import coursecove.schools.pages.data
import coursecove.schools.pages.founding
import coursecove.schools.pages.joining
import coursecove.schools.pages.mine
import coursecove.schools.pages.settings
import coursecove.schools.pages.support
from coursecove.accounts.access import PageRoute
from coursecove.accounts.person_access import PersonRoute
from coursecove.web import doors, feeds, places
from coursecove.web.edge import endpoint
from coursecove.web.entry import apex_entries, school_entries
from coursecove.web.person_edge import person_route

HERE = Path(__file__).parent

SCHOOL_PAGES: tuple[PageRoute, ...] = (
    *coursecove.analytics.pages.PAGES,
    *coursecove.courses.pages.PAGES,
    *coursecove.courses.learning_pages.PAGES,
    *coursecove.courses.enrolment_pages.PAGES,
    *coursecove.courses.release_pages.PAGES,
    *coursecove.courses.certificate_pages.PAGES,
    *coursecove.people.pages.PAGES,
    *coursecove.scheduling.booking_pages.PAGES,
    *coursecove.scheduling.series_pages.PAGES,
    *coursecove.scheduling.calendar_pages.PAGES,
    *coursecove.scheduling.pages.PAGES,
    *coursecove.accounts.pages.PAGES,
    *coursecove.schools.pages.settings.PAGES,
    *coursecove.schools.pages.address.PAGES,
    *coursecove.schools.pages.joining.PAGES,
    *coursecove.schools.pages.data.PAGES,
    *coursecove.schools.pages.support.PAGES,
)
DOOR_PAGES: tuple[PersonRoute, ...] = coursecove.schools.pages.joining.DOORS
APEX_PAGES: tuple[PersonRoute, ...] = (
    *coursecove.schools.pages.founding.PAGES,
    *coursecove.schools.pages.mine.PAGES,
)


def static_files() -> Mount:
    return Mount("/static", StaticFiles(directory=HERE / "static"), name="static")


def school_routes() -> list[BaseRoute]:
    """What answers at a school's address."""
    return [
        Route("/", places.home, name="home"),
        *_pages(SCHOOL_PAGES),
        *(person_route(page) for page in DOOR_PAGES),
        Route("/sign-up", doors.sign_up),
        Route("/brand/logo", doors.logo),
        Route("/verify", doors.verify),
        Route("/calendar/feeds/{secret}.ics", feeds.feed),
        *school_entries(),
        Route("/account/theme", places.set_theme, methods=["POST"]),
        Route("/session/end", places.end_session, methods=["POST"]),
        Route("/auth/refresh", places.refresh, methods=["POST"]),
        Route("/brand.css", places.brand_css),
        static_files(),
    ]


def apex_routes() -> list[BaseRoute]:
    """What answers at the root domain itself."""
    return [
        Route("/", places.landing, name="landing"),
        *(person_route(page) for page in APEX_PAGES),
        Route("/legal/{key}", doors.legal),
        Route("/tls/ask", doors.tls_ask),
        *apex_entries(),
        Route("/account/theme", places.set_theme, methods=["POST"]),
        Route("/session/end", places.end_session, methods=["POST"]),
        Route("/auth/refresh", places.refresh, methods=["POST"]),
        static_files(),
    ]


def _pages(pages: Iterable[PageRoute]) -> list[BaseRoute]:
    return [Route(page.path, endpoint(page), methods=[page.method], name=page.name) for page in pages]
