"""Signing in with a school's code, a name and a PIN: for those who have no address of their own."""

from urllib.parse import quote

import asyncpg
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import audit, managed, notices, passwords, users, verification
from coursecove_identity.audit import Action
from coursecove_identity.ids import new_id
from coursecove_identity.managed import ManagedProfile
from coursecove_identity.pages.frame import Form, Frame, visitor
from coursecove_identity.pages.sign_in import SignInPages, too_often
from coursecove_identity.pages.sign_up import said_weakness
from coursecove_identity.provider import Provider
from coursecove_identity.sign_ins import Failed
from coursecove_identity.store import Connection
from coursecove_identity.users import User
from coursecove_identity.words import gettext as _


class SchoolPages:
    """`/sign-in/school`, and the link with which a profile becomes its person's own."""

    def __init__(self, frame: Frame, sign_in: SignInPages) -> None:
        self.frame, self.provider, self.sign_in = frame, frame.provider, sign_in

    def routes(self) -> list[Route]:
        frame = self.frame
        return [
            frame.get("/sign-in/school", self.show),
            frame.post("/sign-in/school", self.take),
            frame.get("/convert/{token}", self.show_convert),
            frame.post("/convert/{token}", self.convert),
        ]

    async def show(
        self,
        request: Request,
        status: int = 200,
        problem: str | None = None,
        given: dict[str, str] | None = None,
    ) -> Response:
        target = self.frame.target(request)
        if target is None:
            return await self.frame.page(request, "problem.html", 400)
        label = "" if target.label == "id" else target.label
        blank = {"school": label, "username": ""}
        return await self.frame.page(request, "school.html", status, problem=problem, given=given or blank)

    async def take(self, request: Request, form: Form) -> Response:
        if self.frame.target(request) is None:
            return await self.frame.page(request, "problem.html", 400)
        given = {"school": form.text("school").lower(), "username": form.text("username")}
        found = await self._check(request, given, form.secret("pin"))
        if isinstance(found, Failed):
            blocked = found is Failed.TOO_OFTEN
            problem = (
                too_often() if blocked else _("These do not fit together. Ask your school if you are stuck.")
            )
            return await self.show(request, 429 if blocked else 422, problem, given)
        return await self.sign_in.begin(request, found, "pin")

    async def show_convert(self, request: Request, status: int = 200, problem: str | None = None) -> Response:
        user, _address = await self._owner(request)
        if user is None:
            return await self.frame.page(request, "reset_over.html", 404)
        least = self.provider.policy.password_length
        return await self.frame.page(
            request, "convert.html", status, problem=problem, least=least, action=request.url.path
        )

    async def convert(self, request: Request, form: Form) -> Response:
        user, address = await self._owner(request)
        if user is None or address is None:
            return await self.frame.page(request, "reset_over.html", 404)
        password = form.secret("password")
        about = [user.first_name or "", user.last_name or "", address]
        weak = passwords.weakness(password, self.provider.policy, about=about)
        if weak is not None:
            return await self.show_convert(request, 422, said_weakness(weak))
        hashed = await self.provider.hasher.hash(password)
        try:
            async with self.provider.store.transaction() as connection:
                if not await verification.use_link(connection, request.path_params["token"], "convert"):
                    return await self.frame.page(request, "reset_over.html", 404)
                await managed.convert_managed(
                    connection, user.id, password_hash=hashed, email_address=address
                )
        except asyncpg.UniqueViolationError:
            return await self.show_convert(
                request, 422, _("This address belongs to another account already.")
            )
        return self.frame.go("/sign-in?done=converted")

    async def _check(self, request: Request, given: dict[str, str], pin: str) -> User | Failed:
        """Counted first, then one hash, whether there is such a school, such a name, or neither."""
        provider, who, device = self.provider, visitor(request), self.frame.device(request)
        organization_id = await provider.around.organization_at(given["school"][:63])
        async with provider.store.transaction() as connection:
            profile, user = await self._profile(connection, organization_id, given["username"])
            account = f"pin:{user.id}" if user else f"pin:{given['school']}:{given['username'].lower()}"
            known = device.id if device.is_known_to(user) else None
            tried = await provider.limits.try_account(connection, account, who, device=known)
        if tried is None:
            return Failed.TOO_OFTEN
        right = await provider.hasher.verify(profile.pin_hash if profile else None, pin[:64])
        async with provider.store.transaction() as connection:
            if user is None or not right or user.banned or user.locked:
                user_id = user.id if user else None
                await audit.record(connection, Action.SIGN_IN_FAILED, who, user_id=user_id, method="pin")
                return Failed.WRONG
            await provider.limits.succeeded(connection, tried)
        return user

    async def _profile(
        self, connection: Connection, organization_id: str | None, username: str
    ) -> tuple[ManagedProfile | None, User | None]:
        profile = await managed.by_name(connection, organization_id or "", username)
        return profile, await users.find(connection, profile.user_id) if profile else None

    async def _owner(self, request: Request) -> tuple[User | None, str | None]:
        async with self.provider.store.transaction() as connection:
            found = await verification.owner_of_link(connection, request.path_params["token"], "convert")
            if found is None:
                return None, None
            return await users.find(connection, found[0]), found[1]


async def offer_conversion(
    provider: Provider, connection: Connection, user_id: str, address: str, *, school: str
) -> None:
    """Send the link; opening it proves the address. The caller sends the letters after its commit."""
    token = await verification.new_link(provider, connection, user_id, "convert", email_address=address)
    link = f"{provider.issuer}/convert/{quote(token)}"
    await provider.letters.due(connection, notices.conversion_link(address, link, school, new_id("mail")))
