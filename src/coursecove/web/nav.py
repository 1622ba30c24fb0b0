"""What the sidebar offers to whom: only places that exist and that the role may enter."""

from dataclasses import dataclass

from coursecove.accounts.permissions import IN_PERSON, Permission, may
from coursecove.accounts.roles import Role
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.shell import NavGroup, NavItem


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the sidebar, in English; shown in the reader's language."""

    group: str
    label: str
    icon: str
    href: str
    allow: Permission


PLACES = (
    Place("Run", "Dashboard", "layout-dashboard", "/dashboard", Permission.SEE_DASHBOARD),
    Place("Run", "Activity", "history", "/activity", Permission.SEE_ACTIVITY),
    Place("Lessons", "Lessons", "list-checks", "/lessons", Permission.BOOK_LESSONS),
    Place("Lessons", "Calendar", "calendar-days", "/calendar", Permission.BOOK_LESSONS),
    Place("Teach", "Courses", "book-open", "/courses", Permission.AUTHOR_COURSES),
    Place("Learn", "Learning", "graduation-cap", "/learning", Permission.LEARN),
    Place("Learn", "Certificates", "award", "/certificates", Permission.LEARN),
    Place("People", "People", "users", "/people", Permission.SEE_PEOPLE),
    Place("People", "My children", "heart-handshake", "/family", Permission.SEE_FAMILY),
    Place("People", "Children’s profiles", "baby", "/profiles", Permission.MANAGE_PROFILES),
    Place("Lessons", "Scheduling", "sliders-horizontal", "/schedule/types", Permission.MANAGE_SCHEDULE),
    Place("Lessons", "My hours", "clock", "/hours", Permission.OFFER_LESSONS),
    Place("Settings", "School", "building-2", "/school", Permission.MANAGE_SCHOOL),
    Place("Settings", "My account", "user-round", "/account", Permission.MANAGE_ACCOUNT),
    Place("Settings", "API tokens", "key-round", "/account/tokens", Permission.MANAGE_TOKENS),
)


def navigation(role: Role, *, in_person: bool = True) -> tuple[NavGroup, ...]:
    """The groups and places for a role, in order; support is not led to what only owners themselves may do."""
    groups: dict[str, list[NavItem]] = {}
    for place in PLACES:
        if may(role, place.allow) and (in_person or place.allow not in IN_PERSON):
            groups.setdefault(place.group, []).append(NavItem(_(place.label), place.icon, place.href))
    return tuple(NavGroup(_(label), tuple(items)) for label, items in groups.items())
