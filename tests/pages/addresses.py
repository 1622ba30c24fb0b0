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
    "create_removed_dismissal": {"seen": "calm.1764000000"},
    "update_role": {"role": "GUARDIAN"},
    "create_removal": {},
    "create_restoration": {},
    "create_erasure": {},
    "create_invitation": {"email": "not an address", "role": "STUDENT"},
    "create_invitation_list": {"text": "mina@example.com", "list_role": "STUDENT"},
    "create_invitation_revocation": {},
    "create_invitation_resending": {},
    "create_undoing": {},
    "create_selection_list": {"action": "role:GUARDIAN", "everybody": "1"},
    "create_list_start": {},
    "create_list_discarding": {},
    "create_list_undoing": {},
    "create_transfer": {},
    "create_leaving": {},
    "create_link": {"other": "00000000-0000-0000-0000-000000000000", "relation": "guardian"},
    "create_link_ending": {},
    "create_managed_profile": {"first_name": "", "birth_date": "", "username": ""},
    "create_consent": {},
    "create_withdrawal": {"purpose": "third_parties"},
    "create_suspension": {},
    "create_resumption": {},
    "create_activation": {},
    "update_pin": {},
    "create_conversion": {"email": "leo@example.com"},
}
"""What a person would send from each form; a form that is not here fails the tests until it is."""

FROM_ANOTHER_PAGE = frozenset({"export_people", "invite", "ownership", "leaving", "new_profile"})
"""Pages that have no place in the sidebar: another one leads there."""

NOTED = frozenset({"person", "profiles", "managed_profile", "family", "export_people"})
"""Pages that show children or everybody: each look is noted in the audit log, in a transaction of its own."""

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
    """A member of each role, a key of its owner, and one of everything that stands about people."""
    key = await make_key(site, school.one(Role.SUPER_ADMIN))
    members = tuple(school.one(role).member_id for role in Role)
    return Rows({"member_id": members, "token_id": (key,), **await _made(site, school)})


PEOPLE = """
    with list as (
      insert into team_lists (organization_id, id, kind) values ($1, gen_random_uuid(), 'invitation') returning id),
    invitation as (
      insert into invitations (organization_id, id, external_id, email, role)
      values ($1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid() || '@example.com', 'STUDENT') returning id),
    change as (
      insert into team_changes (organization_id, id, kind, status, email)
      values ($1, gen_random_uuid(), 'invitation', 'refused', 'somebody@example.com') returning id),
    profile as (
      insert into managed_profiles (organization_id, id, guardian_id, first_name, birth_date, username)
      values ($1, gen_random_uuid(), $2, 'Leo', current_date - 3000, 'u' || left(gen_random_uuid()::text, 8)) returning id)
    select list.id, invitation.id, change.id, profile.id,
           (select g.id from guardianships g where g.organization_id = $1 limit 1)
      from list, invitation, change, profile"""


async def _made(site: Site, school: School) -> Mapping[str, tuple[UUID, ...]]:
    """New rows each time: a test may have used up those of another."""
    names = ("list_id", "invitation_id", "change_id", "profile_id", "link_id")
    async with site.stage.database.service(school.id) as db:
        connection = await db.connection()
        row = await connection.fetchrow(PEOPLE, school.id, school.one(Role.GUARDIAN).member_id)
        assert row is not None
        return {name: (row_id or new_id(),) for name, row_id in zip(names, row, strict=True)}


def rows_of_nothing() -> Rows:
    names = (
        "member_id",
        "token_id",
        "run_id",
        "list_id",
        "invitation_id",
        "change_id",
        "profile_id",
        "link_id",
    )
    return Rows({name: (new_id(),) for name in names})


def form_of(route: PageRoute | OperatorRoute) -> Form | None:
    return FORMS[route.name] if route.method == "POST" else None


def may_see(role: Role) -> list[PageRoute]:
    """The pages that a role may look at, as the matrix says."""
    return [route for route in SCHOOL_PAGES if route.method == "GET" and may(role, route.allow)]


__all__ = [
    "FORMS",
    "FROM_ANOTHER_PAGE",
    "NOTED",
    "OPERATOR_PAGES",
    "SCHOOL_PAGES",
    "Rows",
    "form_of",
    "may_see",
    "rows_of",
    "rows_of_nothing",
    "seeded",
]
