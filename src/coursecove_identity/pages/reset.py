"""A new password for who forgot theirs; a second factor, where there is one, is asked before it takes effect."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import (
    attempts,
    audit,
    devices,
    emails,
    notices,
    passwords,
    second_factors,
    sessions,
    users,
    verification,
)
from coursecove_identity.attempts import Attempt
from coursecove_identity.audit import Action
from coursecove_identity.clock import HOUR, now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.pages.frame import Form, Frame, visitor
from coursecove_identity.pages.passkey import answered, asked, refused
from coursecove_identity.pages.sign_in import STATUS, check_second, said_second, too_often
from coursecove_identity.pages.sign_up import said_weakness
from coursecove_identity.passkeys import authentication_options, of_user
from coursecove_identity.store import Connection
from coursecove_identity.users import User
from coursecove_identity.words import gettext as _

ATTEMPT = "reset"


class ResetPages:
    """`/reset`, and the link that it sends."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.provider = frame, frame.provider

    def routes(self) -> list[Route]:
        frame = self.frame
        return [
            frame.get("/reset", self.show),
            frame.post("/reset", self.ask),
            frame.get("/reset/sent", self.sent),
            frame.get("/reset/second-factor", self.show_second),
            frame.post("/reset/second-factor", self.second),
            frame.post("/reset/passkey/options", self.options),
            frame.post("/reset/passkey", self.passkey),
            frame.get("/reset/{token}", self.show_new),
            frame.post("/reset/{token}", self.choose),
        ]

    async def show(self, request: Request, status: int = 200, problem: str | None = None) -> Response:
        return await self.frame.page(request, "reset.html", status, problem=problem)

    async def ask(self, request: Request, form: Form) -> Response:
        """A letter in any case, so that the answer and its time tell nothing."""
        address = emails.normal(form.text("email"))
        if address is None:
            return await self.show(request, 422, _("This is not an e-mail address."))
        who = visitor(request)
        async with self.provider.store.transaction() as connection:
            if not await self._may_write(connection, who.network, address):
                return await self.show(request, 429, too_often())
            user = await users.by_email(connection, address)
            await self._write(connection, user, address)
            user_id = user.id if user else None
            await audit.record(connection, Action.PASSWORD_RESET_ASKED, who, user_id=user_id)
        self.provider.letters.send_soon()
        return self.frame.go(self.frame.link("/reset/sent", request))

    async def sent(self, request: Request) -> Response:
        return await self.frame.page(request, "reset_sent.html")

    async def show_new(self, request: Request, status: int = 200, problem: str | None = None) -> Response:
        user = await self._owner(request)
        if user is None:
            return await self.frame.page(request, "reset_over.html", 404)
        second = user.mfa_enabled_at is not None
        policy = self.provider.policy
        least = policy.password_length_with_second_factor if second else policy.password_length
        return await self.frame.page(
            request, "reset_new.html", status, problem=problem, least=least, action=request.url.path
        )

    async def choose(self, request: Request, form: Form) -> Response:
        user = await self._owner(request)
        if user is None:
            return await self.frame.page(request, "reset_over.html", 404)
        password, second = form.secret("password"), user.mfa_enabled_at is not None
        async with self.provider.store.transaction() as connection:
            known = [each.email_address for each in await emails.of_user(connection, user.id)]
        about = [user.first_name or "", user.last_name or "", *known]
        weak = passwords.weakness(password, self.provider.policy, about=about, second_factor=second)
        if weak is not None:
            return await self.show_new(request, 422, said_weakness(weak))
        hashed = await self.provider.hasher.hash(password)
        details = {"hash": hashed, "everywhere": form.flag("everywhere")}
        async with self.provider.store.transaction() as connection:
            if not await verification.use_link(connection, request.path_params["token"], "reset"):
                return await self.frame.page(request, "reset_over.html", 404)
            attempt, secret = await attempts.begin(
                self.provider, connection, "reset", user_id=user.id, details=details
            )
        if second:
            line = self.provider.cookies.own(ATTEMPT, secret, self.provider.policy.attempt_lifetime // 1000)
            return self.frame.go("/reset/second-factor", [line])
        return await self._finish(request, attempt)

    async def show_second(self, request: Request, status: int = 200, problem: str | None = None) -> Response:
        attempt = await self._attempt(request)
        if attempt is None or attempt.user_id is None:
            return self.frame.go("/reset")
        async with self.provider.store.reading() as connection:
            has = await second_factors.enrolled(connection, attempt.user_id)
        return await self.frame.page(request, "reset_second.html", status, problem=problem, has=has)

    async def second(self, request: Request, form: Form) -> Response:
        attempt = await self._attempt(request)
        if attempt is None or attempt.user_id is None:
            return self.frame.go("/reset")
        verdict = await check_second(self.frame, request, attempt.user_id, form.text("code"))
        if verdict is not None:
            return await self.show_second(request, STATUS[verdict], said_second(verdict))
        return await self._finish(request, attempt)

    async def options(self, request: Request, form: Form) -> Response:
        attempt = await self._attempt(request)
        if attempt is None or attempt.user_id is None:
            return Response(status_code=404)
        async with self.provider.store.reading() as connection:
            known = await of_user(connection, attempt.user_id)
        text, challenge = authentication_options(self.provider, known)
        return await asked(self.frame, request, text, challenge, attempt.user_id)

    async def passkey(self, request: Request, form: Form) -> Response:
        attempt = await self._attempt(request)
        if attempt is None or attempt.user_id is None:
            return self.frame.go("/reset")
        if await answered(self.frame, request, form, attempt.user_id) is None:
            return await self.show_second(request, 422, refused())
        return await self._finish(request, attempt)

    async def _finish(self, request: Request, attempt: Attempt) -> Response:
        """The password takes effect, once; what is open ends where the person wanted that."""
        who, user_id = visitor(request), attempt.user_id or ""
        async with self.provider.store.transaction() as connection:
            if not await attempts.use(connection, attempt):
                return self.frame.go("/reset")
            await passwords.keep(connection, user_id, attempt.details["hash"])
            if attempt.details["everywhere"]:
                await sessions.end_all(connection, user_id, "revoked")
                await users.change(connection, user_id, devices_since=now_ms())
            else:
                await users.change(connection, user_id)
            await audit.record(connection, Action.PASSWORD_RESET, who, user_id=user_id)
            await tell_owner(self.frame, request, connection, user_id, _("Your password was changed."))
            user = await users.find(connection, user_id)
        self.provider.letters.send_soon()
        lines = [self.provider.cookies.own(ATTEMPT, "", 0)]
        if user is not None:  # whoever got in this way is no longer kept out by the tries of others
            lines.append(devices.line(self.provider, self.frame.device(request), user))
        return self.frame.go("/sign-in?done=reset", lines)

    async def _write(self, connection: Connection, user: User | None, address: str) -> None:
        key = new_id("mail")
        if user is None or user.banned:
            await self.provider.letters.due(connection, notices.no_account(self.provider, address, key))
            return
        token = await verification.new_link(self.provider, connection, user.id, "reset")
        link = f"{self.provider.issuer}/reset/{quote(token)}"
        await self.provider.letters.due(connection, notices.reset_link(address, link, key))

    async def _may_write(self, connection: Connection, network: str, address: str) -> bool:
        limits, policy = self.provider.limits, self.provider.policy
        if not await limits.within(connection, f"reset:{network}", policy.network_per_minute, HOUR):
            return False
        return await limits.within(connection, f"mail:{address.lower()}", policy.mails_per_hour, HOUR)

    async def _owner(self, request: Request) -> User | None:
        async with self.provider.store.transaction() as connection:
            found = await verification.owner_of_link(connection, request.path_params["token"], "reset")
            return await users.find(connection, found[0]) if found else None

    async def _attempt(self, request: Request) -> Attempt | None:
        cookie = request.cookies.get(self.provider.cookies.own_name(ATTEMPT))
        async with self.provider.store.transaction() as connection:
            return await attempts.current(self.provider, connection, cookie, "reset")


async def tell_owner(frame: Frame, request: Request, connection: Connection, user_id: str, what: str) -> None:
    """A letter to the primary address about a change of credentials."""
    address = await emails.primary_of(connection, user_id)
    if address is not None:
        letter = notices.credentials_changed(
            frame.provider, address.email_address, what, visitor(request), key=new_id("mail")
        )
        await frame.provider.letters.due(connection, letter)
