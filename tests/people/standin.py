"""A provider that fits on a page: the part of the Backend API that people need, in memory, in its documented shapes."""

import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from coursecove.demo import PEOPLE, SCHOOLS, external_id
from coursecove.providers.identity.roles import PROVIDER_ROLES

Json = dict[str, Any]
WEEK_MS = 7 * 86_400_000


def refused(status: int, code: str, param: str | None = None) -> Response:
    meta = {"param_name": param} if param else {}
    return JSONResponse({"errors": [{"code": code, "message": code, "meta": meta}]}, status)


@dataclass
class StandIn:
    """Everybody and everything the provider knows; a test looks into it and breaks it at will."""

    users: dict[str, Json] = field(default_factory=dict)
    members: dict[tuple[str, str], Json] = field(default_factory=dict)
    invitations: dict[str, Json] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    conversions: list[tuple[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    down: bool = False
    deaf: bool = False
    """Does what it is asked, but its answers are lost."""
    too_many: bool = False
    _clock: int = field(default_factory=lambda: int(time.time() * 1000))
    _made: int = 0

    def __post_init__(self) -> None:
        for person in PEOPLE:
            self._add_user(person.external_id, person.first_name, person.last_name)
            for school in SCHOOLS:
                role = person.role_in(school.label)
                if role is not None:
                    known = external_id("orgmem", f"{school.label}:{person.key}")
                    self._add_member(school.external_id, person.external_id, PROVIDER_ROLES[role], known)

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(Starlette(routes=self._routes()))
        return httpx.AsyncClient(transport=transport, base_url="http://provider")

    def role_of(self, school: str, user: str) -> str | None:
        found = self.members.get((school, user))
        return found and found["role"]

    def open_invitations(self) -> list[Json]:
        return [each for each in self.invitations.values() if each["status"] == "pending"]

    def _now(self) -> int:
        self._clock += 1
        return self._clock

    def _id(self, prefix: str) -> str:
        self._made += 1
        return f"{prefix}_standin{self._made:020d}"

    def _add_user(self, user_id: str, first: str | None, last: str | None) -> Json:
        now = self._now()
        self.users[user_id] = {
            "object": "user",
            "id": user_id,
            "first_name": first,
            "last_name": last,
            "email_addresses": [],
            "primary_email_address_id": None,
            "created_at": now,
            "updated_at": now,
        }
        return self.users[user_id]

    def _add_member(self, school: str, user: str, role: str, known: str | None = None) -> Json:
        now, person = self._now(), self.users[user]
        self.members[school, user] = {
            "object": "organization_membership",
            "id": known or self._id("orgmem"),
            "role": role,
            "public_metadata": {},
            "organization": {"id": school, "name": NAMES[school].name, "slug": NAMES[school].slug},
            "public_user_data": {
                "user_id": user,
                "first_name": person["first_name"],
                "last_name": person["last_name"],
            },
            "created_at": now,
            "updated_at": now,
        }
        return self.members[school, user]

    def _routes(self) -> list[Route]:
        org = "/v1/organizations/{org}"
        return [
            self._route("GET", f"{org}/memberships", self._find),
            self._route("POST", f"{org}/memberships", self._join),
            self._route("PATCH", f"{org}/memberships/{{user}}", self._change),
            self._route("PATCH", f"{org}/memberships/{{user}}/metadata", self._change_metadata),
            self._route("DELETE", f"{org}/memberships/{{user}}", self._leave),
            self._route("POST", f"{org}/invitations/bulk", self._invite_all),
            self._route("GET", f"{org}/invitations", self._list),
            self._route("POST", f"{org}/invitations", self._invite_one),
            self._route("POST", f"{org}/invitations/{{invitation}}/revoke", self._revoke),
            self._route("POST", f"{org}/invitations/{{invitation}}/resend", self._resend),
            self._route("POST", f"{org}/managed_profiles", self._manage),
            self._route("POST", "/v1/users/{user}/pin", self._pin),
            self._route("POST", "/v1/users/{user}/conversion", self._convert),
            self._route("POST", "/v1/users/{user}/managed_username", self._rename),
            self._route("DELETE", "/v1/users/{user}", self._end),
        ]

    def _route(self, method: str, path: str, handler: Any) -> Route:
        async def answer(request: Request) -> Response:
            self.calls.append(f"{method} {request.url.path}")
            if self.down:
                return Response(status_code=503)
            body = await request.json() if await request.body() else {}
            answered: Response = handler(request, body, **request.path_params)
            return Response(status_code=502) if self.deaf and method == "POST" else answered

        return Route(path, answer, methods=[method])

    def _find(self, request: Request, _body: Json, org: str) -> Response:
        user = request.query_params.get("user_id")
        found = [
            each for (school, who), each in self.members.items() if school == org and user in (None, who)
        ]
        return JSONResponse({"data": found, "total_count": len(found)})

    def _join(self, _request: Request, body: Json, org: str) -> Response:
        if (org, body["user_id"]) in self.members:
            return refused(422, "already_a_member_in_organization", "user_id")
        return JSONResponse(self._add_member(org, body["user_id"], body["role"]))

    def _change(self, _request: Request, body: Json, org: str, user: str) -> Response:
        found = self.members.get((org, user))
        if found is None:
            return refused(404, "resource_not_found")
        if self._is_last_admin(org, user) and body["role"] != "org:admin":
            return refused(422, "organization_minimum_permissions_needed")
        found |= {"role": body["role"], "updated_at": self._now()}
        return JSONResponse(found)

    def _change_metadata(self, _request: Request, body: Json, org: str, user: str) -> Response:
        found = self.members[org, user]
        found["public_metadata"] |= body["public_metadata"]
        return JSONResponse(found | {"updated_at": self._now()})

    def _leave(self, _request: Request, _body: Json, org: str, user: str) -> Response:
        if (org, user) not in self.members:
            return refused(404, "resource_not_found")
        if self._is_last_admin(org, user):
            return refused(422, "organization_minimum_permissions_needed")
        return JSONResponse(self.members.pop((org, user)))

    def _is_last_admin(self, org: str, user: str) -> bool:
        admins = [
            who
            for (school, who), each in self.members.items()
            if school == org and each["role"] == "org:admin"
        ]
        return admins == [user]

    def _invite_one(self, _request: Request, body: Json, org: str) -> Response:
        if self.too_many:
            return JSONResponse({"errors": []}, 429, {"retry-after": "600"})
        return self._refusal(body, org) or JSONResponse(self._invite(body, org))

    def _invite_all(self, _request: Request, body: list[Json], org: str) -> Response:
        if self.too_many:
            return JSONResponse({"errors": []}, 429, {"retry-after": "600"})
        for each in body:
            refusal = self._refusal(each, org)
            if refusal is not None:
                return refusal
        made = [self._invite(each, org) for each in body]
        return JSONResponse({"data": made, "total_count": len(made)})

    def _refusal(self, body: Json, org: str) -> Response | None:
        email = body["email_address"]
        if email.startswith("refused"):
            return refused(422, "form_param_format_invalid", "email_address")
        if any(
            each["email_address"] == email and each["organization_id"] == org
            for each in self.open_invitations()
        ):
            return refused(400, "duplicate_record", "email_address")
        return None

    def _invite(self, body: Json, org: str) -> Json:
        now = self._now()
        made = {
            "object": "organization_invitation",
            "id": self._id("orginv"),
            "email_address": body["email_address"],
            "role": body["role"],
            "organization_id": org,
            "status": "pending",
            "url": "https://id.example/secret",
            "expires_at": now + WEEK_MS,
            "public_metadata": body.get("public_metadata", {}),
            "created_at": now,
            "updated_at": now,
        }
        self.invitations[made["id"]] = made
        return made

    def _list(self, request: Request, _body: Json, org: str) -> Response:
        email = request.query_params.get("email_address")
        found = [
            each
            for each in reversed(self.open_invitations())
            if each["organization_id"] == org and email in (None, each["email_address"])
        ]
        start = int(request.query_params.get("offset", 0))
        page = found[start : start + int(request.query_params.get("limit", 10))]
        return JSONResponse({"data": page, "total_count": len(found)})

    def _revoke(self, _request: Request, _body: Json, org: str, invitation: str) -> Response:
        found = self.invitations.get(invitation)
        if found is None:
            return refused(404, "resource_not_found")
        found |= {"status": "revoked", "updated_at": self._now()}
        return JSONResponse(found)

    def _resend(self, _request: Request, _body: Json, org: str, invitation: str) -> Response:
        found = self.invitations.get(invitation)
        if found is None or found["status"] != "pending":
            return refused(404, "resource_not_found")
        found |= {"expires_at": self._now() + 2 * WEEK_MS, "updated_at": self._now()}
        return JSONResponse(found)

    def _manage(self, _request: Request, body: Json, org: str) -> Response:
        if any(each.get("managed") == (org, body["username"]) for each in self.users.values()):
            return refused(422, "form_identifier_exists", "username")
        user = self._add_user(self._id("user"), body["first_name"], body.get("last_name"))
        self._add_member(org, user["id"], "org:student")
        self.pins[user["id"]] = body["pin"]
        answer = dict(user)
        user["managed"] = (org, body["username"])
        return JSONResponse(answer)

    def _pin(self, _request: Request, body: Json, user: str) -> Response:
        self.pins[user] = body["pin"]
        return JSONResponse({})

    def _rename(self, _request: Request, body: Json, user: str) -> Response:
        school, _ = self.users[user]["managed"]
        if any(each.get("managed") == (school, body["username"]) for each in self.users.values()):
            return refused(422, "form_identifier_exists", "username")
        self.users[user]["managed"] = (school, body["username"])
        return JSONResponse({})

    def _end(self, _request: Request, _body: Json, user: str) -> Response:
        if self.users.pop(user, None) is None:
            return refused(404, "resource_not_found")
        return JSONResponse({"object": "user", "id": user, "deleted": True})

    def _convert(self, _request: Request, body: Json, user: str) -> Response:
        self.conversions.append((user, body["email_address"]))
        return JSONResponse({})


NAMES = {school.external_id: school for school in SCHOOLS}
