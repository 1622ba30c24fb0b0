"""Fills the shell: what stands around every page of a school."""

from typing import cast

from starlette.requests import Request

from coursecove.accounts.access import Member
from coursecove.accounts.wording import role_word
from coursecove.kit.web.formats import Reader, Theme
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.shell import Person, School, SchoolLink, Shell
from coursecove.web.nav import navigation

THEMES = ("light", "dark", "system")


def theme_of(request: Request) -> Theme:
    """The theme this browser chose; the system's own where it chose none."""
    chosen = request.cookies.get("theme", "system")
    return cast("Theme", chosen if chosen in THEMES else "system")


def reader_of(request: Request, me: Member | None, csrf_token: str = "") -> Reader:
    """How to write for whoever reads the answer."""
    school = getattr(request.state, "school", None)
    locale = me.locale if me else getattr(school, "locale", "en-GB")
    zone = me.time_zone if me else getattr(school, "time_zone", "UTC")
    return Reader(locale, zone, theme_of(request), csrf_token)


def shell_of(request: Request, me: Member, csrf_token: str) -> Shell:
    """Everything around the page for this member."""
    root: PublicRoot = request.app.state.root
    return Shell(
        school=School(
            me.school_name, me.school_label, f"/brand.css?v={me.brand_color[1:]}" if me.brand_color else None
        ),
        person=Person(me.name, me.email, role_word(me.role)),
        nav=navigation(me.role),
        path=request.url.path,
        schools=school_links(me, root),
        theme=theme_of(request),
        locale=me.locale,
        time_zone=me.time_zone,
        csrf_token=csrf_token,
    )


def school_links(me: Member, root: PublicRoot) -> tuple[SchoolLink, ...]:
    """The switcher's entries: each school on its own address."""
    return tuple(
        SchoolLink(
            each.name,
            each.label,
            role_word(each.role),
            f"{root.origin(each.label)}/dashboard",
            current=each.label == me.school_label,
        )
        for each in me.schools
    )
