"""Fills the shell: what stands around every page of a school."""

from typing import cast

from starlette.requests import Request

from coursecove.accounts.access import Member
from coursecove.accounts.wording import role_word
from coursecove.kit.web.formats import Reader, Theme, local_time
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.names import OPERATOR
from coursecove.kit.web.shell import Notice, Person, School, SchoolLink, Shell
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
            me.school_name,
            me.school_label,
            f"/brand.css?v={me.brand_color[1:]}" if me.brand_color else None,
            f"/brand/logo?v={me.logo_digest}" if me.logo_digest else None,
        ),
        person=Person(me.name, me.email, _("Support") if me.support else role_word(me.role)),
        nav=navigation(me.role, in_person=me.support is None),
        path=request.url.path,
        schools=school_links(me, root),
        theme=theme_of(request),
        locale=me.locale,
        time_zone=me.time_zone,
        csrf_token=csrf_token,
        account_url=None if me.support else "/account",
        notice=notice_of(me, root),
    )


def notice_of(me: Member, root: PublicRoot) -> Notice | None:
    """That support is here: said to the owners, and to support itself."""
    if me.support is not None:
        until = local_time(me.support.ends_at, "clock", me.time_zone)
        text = (
            _("You are here for support until %(time)s, and may change things.")
            if me.support.may_change
            else _("You are here for support until %(time)s. You may look, not change.")
        )
        return Notice(
            text % {"time": until}, _("Leave"), href=f"{root.origin(OPERATOR)}/schools/{me.school_id}"
        )
    if me.visited is None:
        return None
    facts = {
        "name": me.visited.operator_name,
        "time": local_time(me.visited.ends_at, "clock", me.time_zone),
        "reason": me.visited.reason,
    }
    text = _("%(name)s of support may look into your school until %(time)s: %(reason)s") % facts
    return Notice(text, _("End it now"), post=f"/school/support/{me.visited.id}/end")


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
