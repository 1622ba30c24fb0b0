"""What stands around a page: the school, the person, and where they may go."""

from __future__ import annotations

from dataclasses import dataclass

from coursecove.kit.web.formats import Reader, Theme


@dataclass(frozen=True, slots=True)
class School:
    name: str
    label: str
    brand_css: str | None = None
    logo: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    role_label: str


@dataclass(frozen=True, slots=True)
class SchoolLink:
    """One of the person's schools, in the switcher."""

    name: str
    label: str
    role: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    icon: str
    href: str
    badge: int | None = None


@dataclass(frozen=True, slots=True)
class NavGroup:
    label: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class SetUp:
    """How far an owner has come, shown in the sidebar until it is done."""

    done: int
    total: int
    next_step: str
    href: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that stands above every page while it lasts; `post` or `href` is what can be done about it."""

    text: str
    action: str
    post: str | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything around a page; composition fills it, the templates only draw it."""

    school: School
    person: Person
    nav: tuple[NavGroup, ...]
    path: str
    schools: tuple[SchoolLink, ...] = ()
    theme: Theme = "system"
    locale: str = "en-GB"
    time_zone: str = "UTC"
    csrf_token: str = ""
    sign_out_url: str = "/session/end"
    theme_url: str = "/account/theme"
    account_url: str | None = "/account"
    set_up: SetUp | None = None
    notice: Notice | None = None

    @property
    def reader(self) -> Reader:
        return Reader(self.locale, self.time_zone, self.theme, self.csrf_token)

    @property
    def tabs(self) -> tuple[NavItem, ...]:
        """The first places of the navigation, for the thumb."""
        return tuple(item for group in self.nav for item in group.items)[:4]

    def is_here(self, href: str) -> bool:
        """Whether the page lies at or below `href`; the root only stands for itself."""
        place = href.split("?", maxsplit=1)[0]
        return self.path == place or (place != "/" and self.path.startswith(f"{place}/"))

    @property
    def here(self) -> str | None:
        """The navigation entry closest to the page, so that only one is marked."""
        hits = [item.href for group in self.nav for item in group.items if self.is_here(item.href)]
        return max(hits, key=len, default=None)
