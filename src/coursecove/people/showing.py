"""From what was read to what a page shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from starlette.requests import Request

from coursecove.accounts.access import Member
from coursecove.accounts.permissions import Permission, may
from coursecove.accounts.roles import Role
from coursecove.accounts.wording import role_word
from coursecove.kit.web.language import gettext as _
from coursecove.people import queries
from coursecove.people.models import ChangeKind
from coursecove.people.queries import Roster, Search, WholePerson
from coursecove.people.views import (
    Choices,
    Past,
    PersonPage,
    Relative,
    RemovedBanner,
    RemovedRow,
    Row,
    Standing,
)
from coursecove.people.wording import problem_words, relation_word

URGENCY = {"calm": 0, "soon": 1, "now": 2}
SEEN_COOKIE = "removed_seen"


def address(path: str, cursor: str | None = None, **parameters: str) -> str:
    """A page's address with what it is narrowed to."""
    given = {name: value for name, value in parameters.items() if value}
    if cursor:
        given["cursor"] = cursor
    return f"{path}?{urlencode(given)}" if given else path


def standing_of(text: str) -> Standing:
    if text == "invited":
        return "invited"
    return "removed" if text == "removed" else "active"


def search_of(request: Request) -> Search:
    """What the address narrows a list to."""
    role = request.query_params.get("role", "")
    text = request.query_params.get("q", "").replace("\0", "")[:200]
    return Search(text, role if role in set(Role) else "")


def role_choices(*roles: Role) -> Choices:
    return tuple((role.value, role_word(role)) for role in (roles or tuple(Role)))


def tabs_of(numbers: Roster, *, manages: bool) -> tuple[tuple[str, str], ...]:
    """The lists that a viewer has, with how many stand on each."""
    active = (_("Members (%(num)s)") % {"num": numbers.active}, "/people")
    invited = (_("Invited (%(num)s)") % {"num": numbers.invited}, "/people?status=invited")
    removed = (_("Removed (%(num)s)") % {"num": numbers.removed}, "/people?status=removed")
    return (active, invited, removed) if manages else (active,)


def member_rows(found: Sequence[queries.Listed], me: Member) -> tuple[Row, ...]:
    return tuple(
        Row(
            row.id,
            row.name,
            row.email,
            row.role,
            row.since,
            suspended=row.suspended,
            days_left=row.days_left,
            is_me=row.id == me.id,
        )
        for row in found
    )


def invited_rows(found: Sequence[queries.Invited]) -> tuple[Row, ...]:
    return tuple(
        Row(
            row.id,
            row.email,
            None,
            row.role,
            row.created_at,
            until=row.expires_at,
            expired=row.expired,
            by=row.invited_by,
        )
        for row in found
    )


def banner_of(found: Sequence[queries.Removed], seen: str) -> RemovedBanner | None:
    """The banner, unless it was put away and neither grew more urgent nor got somebody new."""
    if not found:
        return None
    left = min(row.days_left for row in found)
    urgency: Literal["calm", "soon", "now"] = "now" if left <= 3 else "soon" if left <= 7 else "calm"
    newest = max(row.removed_at for row in found)
    rows = tuple(
        RemovedRow(
            row.id,
            row.name,
            row.role,
            row.removed_at,
            row.removed_by,
            row.left,
            row.days_left,
            row.family,
            row.keys,
        )
        for row in found
    )
    banner = RemovedBanner(rows, urgency, _mark(urgency, newest))
    return None if banner.dismissable and _was_seen(seen, urgency, newest) else banner


def _mark(urgency: str, newest: datetime) -> str:
    return f"{urgency}.{int(newest.timestamp())}"


def is_mark(seen: str) -> bool:
    """Could this be what a browser remembers of a banner put away?"""
    level, _dot, moment = seen.partition(".")
    return level in URGENCY and moment.isascii() and moment.isdigit() and len(moment) <= 12


def _was_seen(seen: str, urgency: str, newest: datetime) -> bool:
    level, _dot, moment = seen.partition(".")
    return is_mark(seen) and URGENCY[level] >= URGENCY[urgency] and int(moment) >= int(newest.timestamp())


def person_page(
    me: Member, found: WholePerson, *, confirm: str | None = None, problem: str | None = None
) -> PersonPage:
    """A member's page, with what this viewer may do there."""
    manages = may(me.role, Permission.MANAGE_PEOPLE)
    return PersonPage(
        found.id,
        found.name,
        found.email,
        found.role,
        found.joined_at,
        found.active,
        found.suspended,
        found.days_left,
        found.time_zone,
        found.locale,
        relatives=tuple(_relative(each) for each in found.family),
        past=tuple(_past(each) for each in found.past) if manages else (),
        roles=role_choices(),
        is_me=found.id == me.id,
        only_owner=found.only_owner,
        manages=manages,
        links=_links(found),
        profile_id=found.profile_id,
        confirm_role=confirm,
        problem=problem,
    )


def _relative(linked: queries.Linked) -> Relative:
    word = _("Child") if linked.is_child else relation_word(linked.relation)
    return Relative(linked.link_id, linked.id, linked.name, linked.role, word)


def _links(found: queries.Person) -> Literal["guardian", "child"] | None:
    """Whom this person can be linked with."""
    if not found.active:
        return None
    return "guardian" if found.role == Role.STUDENT else "child" if found.role == Role.GUARDIAN else None


def _past(asked: queries.AskedAbout) -> Past:
    role = role_word(asked.role).lower() if asked.role else ""
    words = {
        ChangeKind.ROLE: _("Role changed to %(role)s") % {"role": role},
        ChangeKind.REMOVAL: _("Removed"),
        ChangeKind.LEAVING: _("Left"),
        ChangeKind.RESTORATION: _("Restored"),
    }.get(ChangeKind(asked.kind), asked.kind)
    problem = problem_words(asked.problem) if asked.problem else None
    return Past(words, asked.status, problem, asked.asked_by, asked.asked_at)
