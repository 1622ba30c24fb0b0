"""The URL map as the tests walk it: every declared page, with ids filled in and a form to send."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from coursecove import demo
from coursecove.accounts.access import PageRoute
from coursecove.accounts.permissions import may
from coursecove.accounts.roles import Role
from coursecove.backoffice.access import OperatorRoute
from coursecove.kit.ids import new_id
from coursecove.web.operator import OPERATOR_PAGES
from coursecove.web.routes import SCHOOL_PAGES
from tests.conftest import School
from tests.pages.stage import Site, make_key

Form = Mapping[str, str | list[str]]

FORMS: dict[str, Form] = {
    "update_account": {"time_zone": "Europe/London", "locale": "en-GB"},
    "update_school": {"time_zone": "Europe/London", "locale": "en-GB", "brand_color": "#0f766e"},
    "create_token": {"name": "Spreadsheet", "scopes": ["people:read"], "expires": "30"},
    "create_token_revocation": {},
    "create_retry": {},
    "create_replay": {"webhook": ["msg_nothing"]},
    "create_range_replay": {"start": "2020-01-01T00:00", "end": "2020-01-02T00:00"},
}
"""What a person would send from each form; a form that is not here fails the tests until it is."""

PARAMETER = re.compile(r"\{(\w+):uuid\}")


def seeded(path: str) -> str:
    """The address with what every seeded database has: the webhook that told of the first of the cast."""
    return path.replace("{webhook_id:path}", f"seed_{demo.LEADS[0].external_id}")


@dataclass(frozen=True)
class Rows:
    """Ids of one school, by the name that routes give them."""

    ids: Mapping[str, tuple[UUID, ...]]

    def of(self, route: PageRoute | OperatorRoute) -> Iterator[str]:
        """The route's addresses: one, or one for each row that it could be about."""
        names = PARAMETER.findall(route.path)
        if not names:
            yield seeded(route.path)
            return
        (name,) = names
        for row in self.ids[name]:
            yield PARAMETER.sub(str(row), route.path)


async def rows_of(site: Site, school: School) -> Rows:
    """A member of each role, and a key of its owner."""
    key = await make_key(site, school.one(Role.SUPER_ADMIN))
    return Rows({"member_id": tuple(school.one(role).member_id for role in Role), "token_id": (key,)})


def rows_of_nothing() -> Rows:
    return Rows({name: (new_id(),) for name in ("member_id", "token_id", "run_id")})


def form_of(route: PageRoute | OperatorRoute) -> Form | None:
    return FORMS[route.name] if route.method == "POST" else None


def may_see(role: Role) -> list[PageRoute]:
    """The pages that a role may look at, as the matrix says."""
    return [route for route in SCHOOL_PAGES if route.method == "GET" and may(role, route.allow)]


__all__ = [
    "FORMS",
    "OPERATOR_PAGES",
    "SCHOOL_PAGES",
    "Rows",
    "form_of",
    "may_see",
    "rows_of",
    "rows_of_nothing",
    "seeded",
]
