"""Development only: everybody on a page, signed in by one click. Composition refuses it anywhere but under .localhost."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import users
from coursecove_identity.clock import now_ms
from coursecove_identity.pages.frame import Form, Frame
from coursecove_identity.pages.sign_in import SignInPages
from coursecove_identity.roles import ROLES
from coursecove_identity.store import many
from coursecove_identity.users import User

MOST = 400

EVERYBODY = """
    select u.id, u.first_name, u.last_name, coalesce(e.email_address, '') as email_address, o.id as organization_id,
           o.name as organization_name, m.role
      from identity.organizations o join identity.memberships m on m.organization_id = o.id
      join identity.users u on u.id = m.user_id
      left join identity.email_addresses e on e.user_id = u.id and e.is_primary
     order by o.created_at, o.id, array_position(array['org:admin', 'org:teacher', 'org:guardian'], m.role) nulls last,
              m.created_at, u.id
     limit $1"""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person in one organisation."""

    id: str
    first_name: str | None
    last_name: str | None
    email_address: str
    organization_id: str
    organization_name: str
    role: str

    @property
    def name(self) -> str:
        return f"{self.first_name or ''} {self.last_name or ''}".strip() or self.email_address

    @property
    def role_name(self) -> str:
        return "Owner" if self.role == "org:admin" else ROLES[self.role].name


class OneClickPages:
    """`/sign-in/people` and `/sign-in/<user id>`."""

    def __init__(self, frame: Frame, sign_in: SignInPages) -> None:
        self.frame, self.provider, self.sign_in = frame, frame.provider, sign_in

    def routes(self) -> list[Route]:
        return [
            self.frame.get("/sign-in/people", self.everybody),
            self.frame.get("/sign-in/{user_id}", self.one_click),
            self.frame.post("/sign-in/{user_id}", self.take),
        ]

    async def everybody(self, request: Request) -> Response:
        """By school; the school that asked comes first."""
        target = self.frame.target(request)
        if target is None:
            return await self.frame.page(request, "problem.html", 400)
        async with self.provider.store.reading() as connection:
            found = await many(connection, Somebody, EVERYBODY, MOST)
        schools: dict[str, list[Somebody]] = {}
        for each in found:
            schools.setdefault(each.organization_id, []).append(each)
        first = await self.provider.around.organization_at(target.label) if target.label else None
        ordered = sorted(schools.values(), key=lambda people: people[0].organization_id != first)
        asked = request.query_params.get("redirect_url")
        query = f"?{urlencode({'redirect_url': asked})}" if asked else ""
        return await self.frame.page(request, "people.html", schools=ordered, query=query)

    async def one_click(self, request: Request) -> Response:
        """A link from the terminal signs in at once; one on another site leads to a button first."""
        user = await self._user(request)
        if self.frame.target(request) is None or user is None:
            return await self.frame.page(request, "problem.html", 404 if user is None else 400)
        if request.headers.get("sec-fetch-site") == "cross-site":
            action = self.frame.link(f"/sign-in/{quote(user.id)}", request)
            return await self.frame.page(request, "confirm.html", person=user, action=action)
        return await self.sign_in.begin(request, user, "one_click", second_factor_at=now_ms())

    async def take(self, request: Request, form: Form) -> Response:
        user = await self._user(request)
        if self.frame.target(request) is None or user is None:
            return await self.frame.page(request, "problem.html", 404 if user is None else 400)
        return await self.sign_in.begin(request, user, "one_click", second_factor_at=now_ms())

    async def _user(self, request: Request) -> User | None:
        async with self.provider.store.transaction() as connection:
            return await users.find(connection, request.path_params["user_id"])
