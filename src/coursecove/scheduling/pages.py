"""Every page of scheduling."""

from coursecove.accounts.access import PageRoute
from coursecove.scheduling import closure_pages, hours_pages, place_pages, teacher_pages, type_pages

PAGES: tuple[PageRoute, ...] = (
    *type_pages.PAGES,
    *place_pages.PAGES,
    *teacher_pages.PAGES,
    *closure_pages.PAGES,
    *hours_pages.PAGES,
)
