"""The URL map: every page of every host, in one place."""

from collections.abc import Iterable
from pathlib import Path

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

import coursecove.accounts.pages
import coursecove.analytics.pages
import coursecove.people.pages
from coursecove.accounts.access import PageRoute
from coursecove.web import places
from coursecove.web.edge import endpoint
from coursecove.web.entry import apex_entries, school_entries

HERE = Path(__file__).parent

SCHOOL_PAGES: tuple[PageRoute, ...] = (
    *coursecove.analytics.pages.PAGES,
    *coursecove.people.pages.PAGES,
    *coursecove.accounts.pages.PAGES,
)


def static_files() -> Mount:
    return Mount("/static", StaticFiles(directory=HERE / "static"), name="static")


def school_routes() -> list[BaseRoute]:
    """What answers at a school's address."""
    return [
        Route("/", places.home, name="home"),
        *_pages(SCHOOL_PAGES),
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
        *apex_entries(),
        Route("/account/theme", places.set_theme, methods=["POST"]),
        static_files(),
    ]


def _pages(pages: Iterable[PageRoute]) -> list[BaseRoute]:
    return [Route(page.path, endpoint(page), methods=[page.method], name=page.name) for page in pages]
