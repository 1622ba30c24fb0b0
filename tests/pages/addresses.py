"""The URL map as the tests walk it: every declared page, with ids filled in and a form to send."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
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
from tests.pages import booking_addresses, course_addresses, learning_addresses, scheduling_addresses
from tests.pages.stage import Site, make_key

Form = Mapping[str, str | list[str]]

FORMS: dict[str, Form] = {
    "update_account": {"time_zone": "Europe/London", "locale": "en-GB"},
    "update_school_name": {"name": ""},
    "update_school_look": {"brand_color": "#0f766e"},
    "update_school_logo": {},
    "create_school_logo_removal": {},
    "update_school_region": {"time_zone": "Europe/London", "locale": "en-GB"},
    "update_school_rules": {"profiles_by": "owners", "joining": "invited"},
    "update_school_address": {"label": "-"},
    "create_school_domain": {"domain": "no domain"},
    "create_domain_check": {},
    "create_domain_removal": {},
    "create_acceptance": {"role": "STUDENT"},
    "create_refusal": {},
    "create_school_export": {},
    "create_export_download": {},
    "create_school_closing": {"name": "not its name"},
    "create_support_end": {},
    "create_support": {"reason": "", "minutes": "15"},
    "create_support_leave": {},
    "create_school_reopening": {},
    "create_session_end": {"session_id": "sess_nothing"},
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
    "update_username": {"sign_in_name": "leo"},
    "create_conversion": {"email": "leo@example.com"},
    **booking_addresses.FORMS,
    **scheduling_addresses.FORMS,
    **learning_addresses.FORMS,
    **course_addresses.FORMS,
}
"""What a person would send from each form; a form that is not here fails the tests until it is."""

SETTINGS_TABS = frozenset(
    {f"school_{tab}" for tab in ("address", "look", "region", "rules", "joining", "data", "support")}
)
FROM_ANOTHER_PAGE = (
    SETTINGS_TABS
    | scheduling_addresses.FROM_ANOTHER_PAGE
    | booking_addresses.FROM_ANOTHER_PAGE
    | learning_addresses.FROM_ANOTHER_PAGE
    | course_addresses.FROM_ANOTHER_PAGE
    | {"export_people", "invite", "ownership", "leaving", "new_profile"}
)
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
        shape = PARAMETER.sub("{}", route.path)
        for rows in product(*(self.ids[name] for name in names)):
            yield shape.format(*rows)


async def rows_of(site: Site, school: School) -> Rows:
    """A member of each role, a key of its owner, and one of everything that stands about people."""
    key = await make_key(site, school.one(Role.SUPER_ADMIN))
    members = tuple(school.one(role).member_id for role in Role)
    owner = school.one(Role.SUPER_ADMIN)
    ids = {"member_id": members, "token_id": (key,), "school_id": (school.id,), "user_id": (owner.user_id,)}
    made = await booking_addresses.made(site.stage.database, school)
    return Rows(ids | await _made(site, school) | made)


MADE_IDS = (
    "list_id",
    "invitation_id",
    "change_id",
    "profile_id",
    "link_id",
    "domain_id",
    "request_id",
    "export_id",
    "access_id",
)
MADE = """
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
      values ($1, gen_random_uuid(), $2, 'Leo', current_date - 3000, 'u' || left(gen_random_uuid()::text, 8)) returning id),
    domain as (
      insert into custom_domains (organization_id, id, name, proof)
      values ($1, gen_random_uuid(), gen_random_uuid() || '.example.com', 'proof') returning id),
    request as (
      insert into join_requests (organization_id, id, user_id, external_id, name, message)
      select $1, gen_random_uuid(), u.id, u.clerk_user_id, 'Noa Visitor', '' from users u where u.clerk_user_id = $3
      on conflict do nothing returning id),
    export as (
      insert into school_exports (organization_id, id, state, expires_at)
      values ($1, gen_random_uuid(), 'ready', now() + interval '1 day') returning id),
    stay as (
      insert into support_accesses (organization_id, id, operator, operator_name, reason, starts_at, ends_at)
      values ($1, gen_random_uuid(), $3, 'Robin', 'Why', now(), now()) returning id)
    select list.id, invitation.id, change.id, profile.id,
           (select g.id from guardianships g where g.organization_id = $1 limit 1), domain.id,
           (select id from request), export.id, stay.id
      from list, invitation, change, profile, domain, export, stay"""


async def _made(site: Site, school: School) -> Mapping[str, tuple[UUID, ...]]:
    """New rows each time: a test may have used up those of another."""
    operator = demo.OPERATOR.external_id
    async with site.stage.database.service(school.id) as db:
        connection = await db.connection()
        row = await connection.fetchrow(MADE, school.id, school.one(Role.GUARDIAN).member_id, operator)
        teacher = school.one(Role.TEACHER).member_id
        lessons = await connection.fetchrow(scheduling_addresses.MADE, school.id, teacher)
        assert row is not None
        assert lessons is not None
        ids = (*zip(MADE_IDS, row, strict=True), *zip(scheduling_addresses.MADE_IDS, lessons, strict=True))
        made = {name: (row_id or new_id(),) for name, row_id in ids}
        written = await course_addresses.course_made(connection, school.id)
        learned = await learning_addresses.learning_made(connection, school.id)
        for name, row_id in (*written.items(), *learned.items()):
            made[name] = (*made.get(name, ()), row_id)
        return made


def rows_of_nothing() -> Rows:
    made = {
        *MADE_IDS,
        *booking_addresses.MADE_IDS,
        *scheduling_addresses.MADE_IDS,
        *course_addresses.MADE_IDS,
        *learning_addresses.MADE_IDS,
    }
    names = ("member_id", "token_id", "run_id", "school_id", "user_id", *made)
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
