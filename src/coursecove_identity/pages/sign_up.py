"""Signing up: an address is proved before there is an account, and nobody learns whether it had one."""

import asyncpg
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import accounts, attempts, audit, emails, notices, passwords, users, verification
from coursecove_identity.accounts import NewAccount, NewAddress
from coursecove_identity.attempts import Attempt
from coursecove_identity.audit import Action
from coursecove_identity.clock import HOUR
from coursecove_identity.ids import new_id
from coursecove_identity.pages.frame import Form, Frame, visitor
from coursecove_identity.pages.sign_in import SignInPages, too_often
from coursecove_identity.passwords import Weakness
from coursecove_identity.store import Connection
from coursecove_identity.users import User
from coursecove_identity.words import gettext as _

ATTEMPT = "sign_up"
LONGEST_NAME = 100


class SignUpPages:
    """`/sign-up` and the code that follows."""

    def __init__(self, frame: Frame, sign_in: SignInPages) -> None:
        self.frame, self.provider, self.sign_in = frame, frame.provider, sign_in

    def routes(self) -> list[Route]:
        frame = self.frame
        return [
            frame.get("/sign-up", self.show),
            frame.post("/sign-up", self.sign_up),
            frame.get("/sign-up/code", self.show_code),
            frame.post("/sign-up/code", self.code),
            frame.post("/sign-up/code/again", self.again),
        ]

    async def show(
        self,
        request: Request,
        status: int = 200,
        errors: dict[str, str] | None = None,
        given: dict[str, str] | None = None,
    ) -> Response:
        if self.frame.target(request) is None:
            return await self.frame.page(request, "problem.html", 400)
        stands = await self.frame.standing(request)
        blank = {"first_name": "", "last_name": "", "email": request.query_params.get("email", "")[:254]}
        return await self.frame.page(
            request,
            "sign_up.html",
            status,
            errors=errors or {},
            given=given or blank,
            current=stands.user if stands else None,
        )

    async def sign_up(self, request: Request, form: Form) -> Response:
        given = {name: form.text(name) for name in ("first_name", "last_name", "email")}
        password = form.secret("password")
        errors = self._errors(given, password, accepted=form.flag("terms"))
        if errors:
            return await self.show(request, 422, errors, given)
        address = emails.normal(given["email"]) or ""
        hashed = await self.provider.hasher.hash(password)
        details = given | {"email": address, "hash": hashed, "terms": self.provider.policy.terms_version}
        async with self.provider.store.transaction() as connection:
            if not await self._may_write(connection, request, address):
                return await self.show(request, 429, {"form": too_often()}, given)
            attempt, secret = await attempts.begin(
                self.provider,
                connection,
                "sign_up",
                details=details,
                redirect_url=request.query_params.get("redirect_url"),
            )
            await self._write(connection, attempt)
        self.provider.letters.send_soon()
        line = self.provider.cookies.own(ATTEMPT, secret, self.provider.policy.attempt_lifetime // 1000)
        return self.frame.go(self.frame.link("/sign-up/code", request), [line])

    async def show_code(self, request: Request, status: int = 200, problem: str | None = None) -> Response:
        attempt = await self._attempt(request)
        if attempt is None:
            return self.frame.go(self.frame.link("/sign-up", request))
        return await self.frame.page(
            request,
            "code.html",
            status,
            problem=problem,
            address=attempt.details["email"],
            action=self.frame.link("/sign-up/code", request),
            again=self.frame.link("/sign-up/code/again", request),
            back=self.frame.link("/sign-up", request),
        )

    async def code(self, request: Request, form: Form) -> Response:
        attempt = await self._attempt(request)
        if attempt is None:
            return self.frame.go(self.frame.link("/sign-up", request))
        async with self.provider.store.transaction() as connection:
            right = await verification.check_code(self.provider, connection, attempt, form.text("code"))
        user = await self._open(request, attempt) if right else None
        if user is None:
            return await self.show_code(request, 422, wrong_code())
        return await self.sign_in.begin(request, user, "sign_up")

    async def again(self, request: Request, form: Form) -> Response:
        attempt = await self._attempt(request)
        if attempt is None:
            return self.frame.go(self.frame.link("/sign-up", request))
        async with self.provider.store.transaction() as connection:
            if not await self._may_write(connection, request, attempt.details["email"]):
                return await self.show_code(request, 429, too_often())
            await self._write(connection, attempt)
        self.provider.letters.send_soon()
        return self.frame.go(self.frame.link("/sign-up/code", request))

    async def _open(self, request: Request, attempt: Attempt) -> User | None:
        """The account; None where somebody else verified the address meanwhile."""
        details, who = attempt.details, visitor(request)
        new = NewAccount(
            first_name=details["first_name"],
            last_name=details["last_name"] or None,
            addresses=[NewAddress(details["email"])],
            password_hash=details["hash"],
            terms_version=details["terms"],
        )
        try:
            async with self.provider.store.transaction() as connection:
                if not await attempts.use(connection, attempt):
                    return None
                user = await accounts.open_account(connection, new, ip_address=who.ip_address)
                await audit.record(connection, Action.SIGNED_UP, who, user_id=user.id)
                await audit.record(
                    connection, Action.TERMS_ACCEPTED, who, user_id=user.id, version=details["terms"]
                )
        except asyncpg.UniqueViolationError:
            return None
        return user

    async def _write(self, connection: Connection, attempt: Attempt) -> None:
        """A code, or word that there is an account: the same work either way."""
        address = str(attempt.details["email"])
        taken = await users.by_email(connection, address) is not None
        code = await verification.new_code(self.provider, connection, attempt, void=taken)
        key = new_id("mail")
        letter = (
            notices.already_here(self.provider, address, key)
            if taken
            else notices.sign_up_code(address, code, key)
        )
        await self.provider.letters.due(connection, letter)

    async def _may_write(self, connection: Connection, request: Request, address: str) -> bool:
        limits, policy = self.provider.limits, self.provider.policy
        network = visitor(request).network
        if not await limits.within(connection, f"sign-up:{network}", policy.network_per_minute, HOUR):
            return False
        return await limits.within(connection, f"mail:{address.lower()}", policy.mails_per_hour, HOUR)

    async def _attempt(self, request: Request) -> Attempt | None:
        cookie = request.cookies.get(self.provider.cookies.own_name(ATTEMPT))
        async with self.provider.store.transaction() as connection:
            return await attempts.current(self.provider, connection, cookie, "sign_up")

    def _errors(self, given: dict[str, str], password: str, *, accepted: bool) -> dict[str, str]:
        errors = {}
        if not given["first_name"] or len(given["first_name"]) > LONGEST_NAME:
            errors["first_name"] = _("Say what you are called.")
        if len(given["last_name"]) > LONGEST_NAME:
            errors["last_name"] = _("This is longer than we can keep.")
        if emails.normal(given["email"]) is None:
            errors["email"] = _("This is not an e-mail address.")
        weak = passwords.weakness(password, self.provider.policy, about=given.values())
        if weak is not None:
            errors["password"] = said_weakness(weak)
        if not accepted:
            errors["terms"] = _("Without this we cannot open an account.")
        return errors


def said_weakness(weak: Weakness) -> str:
    match weak.reason:
        case "short":
            return _(
                "Use at least {number} characters: a few words that only you put together are best."
            ).format(number=weak.length)
        case "long":
            return _("Use at most {number} characters.").format(number=weak.length)
    return _("This is too easy to guess. A few words that only you put together are best.")


def wrong_code() -> str:
    return _("This code is not right or no longer good. After five tries you need a new one.")
