"""Signing in with a password, and with the second factor where there is one."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import attempts, audit, memberships, second_factors, sign_ins, users
from coursecove_identity.attempts import Attempt
from coursecove_identity.audit import Action
from coursecove_identity.clock import DAY, now_ms
from coursecove_identity.pages.frame import Form, Frame, visitor
from coursecove_identity.second_factors import Enrolled
from coursecove_identity.sign_ins import Failed, Started
from coursecove_identity.store import Connection
from coursecove_identity.users import User
from coursecove_identity.words import gettext as _

ATTEMPT = "sign_in"


class SignInPages:
    """`/sign-in` and what follows it."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.provider = frame, frame.provider

    def routes(self) -> list[Route]:
        frame = self.frame
        return [
            frame.get("/sign-in", self.show),
            frame.post("/sign-in", self.sign_in),
            frame.get("/sign-in/second-factor", self.show_second),
            frame.post("/sign-in/second-factor", self.second),
            frame.get("/sign-in/unfinished", self.unfinished),
        ]

    async def show(
        self, request: Request, status: int = 200, problem: str | None = None, identifier: str = ""
    ) -> Response:
        target = self.frame.target(request)
        if target is None:
            return await self.frame.page(request, "problem.html", 400)
        stands = await self.frame.standing(request)
        return await self.frame.page(
            request,
            "sign_in.html",
            status,
            problem=problem,
            identifier=identifier,
            current=stands.user if stands else None,
            onward=target.url,
        )

    async def sign_in(self, request: Request, form: Form) -> Response:
        if self.frame.target(request) is None:
            return await self.frame.page(request, "problem.html", 400)
        identifier, password = form.text("identifier"), form.secret("password")
        found = await sign_ins.check_password(
            self.provider, visitor(request), self.frame.device(request), identifier, password
        )
        if isinstance(found, Failed):
            return await self.show(request, STATUS[found], _said(found), identifier)
        return await self.first_factor_shown(request, found, "password")

    async def first_factor_shown(self, request: Request, user: User, method: str) -> Response:
        """On to the second factor where the person has one, else the session begins."""
        if user.mfa_enabled_at is None:
            return await self.begin(request, user, method)
        async with self.provider.store.transaction() as connection:
            _attempt, secret = await attempts.begin(
                self.provider,
                connection,
                "sign_in",
                user_id=user.id,
                details={"method": method},
                redirect_url=request.query_params.get("redirect_url"),
            )
        line = self.provider.cookies.own(ATTEMPT, secret, self.provider.policy.attempt_lifetime // 1000)
        return self.frame.go(self.frame.link("/sign-in/second-factor", request), [line])

    async def begin(
        self, request: Request, user: User, method: str, *, second_factor_at: int | None = None
    ) -> Response:
        async with self.provider.store.transaction() as connection:
            started = await self._start(request, connection, user, method, second_factor_at)
            url = await self.frame.landing(request, connection, user.id)
            due = second_factor_at is None and await memberships.runs_or_teaches(connection, user.id)
            if due:
                await users.begin_grace(connection, user.id, now_ms() + self.provider.policy.grace)
        self.provider.letters.send_soon()
        cleared = self.provider.cookies.own(ATTEMPT, "", 0)
        onward = self.frame.link("/sign-in/unfinished", request) if due else url
        return self.frame.go(onward, [*started.cookies, cleared])

    async def show_second(self, request: Request, status: int = 200, problem: str | None = None) -> Response:
        attempt, has = await self._second(request)
        if attempt is None or has is None:
            return self.frame.go(self.frame.link("/sign-in", request))
        return await self.frame.page(request, "second_factor.html", status, problem=problem, has=has)

    async def second(self, request: Request, form: Form) -> Response:
        attempt, has = await self._second(request)
        if attempt is None or attempt.user_id is None or has is None:
            return self.frame.go(self.frame.link("/sign-in", request))
        verdict = await check_second(self.frame, request, attempt.user_id, form.text("code"))
        if verdict is not None:
            return await self.show_second(request, STATUS[verdict], said_second(verdict))
        return await self.finish(request, attempt)

    async def finish(self, request: Request, attempt: Attempt) -> Response:
        """Both factors were shown; whoever sends the same form twice is signed in once."""
        async with self.provider.store.transaction() as connection:
            first = await attempts.use(connection, attempt)
            user = await users.find(connection, attempt.user_id or "")
        if not first or user is None or user.banned or user.locked:
            return self.frame.go(self.frame.link("/sign-in", request))
        return await self.begin(request, user, str(attempt.details["method"]), second_factor_at=now_ms())

    async def attempt(self, request: Request, connection: Connection) -> Attempt | None:
        cookie = request.cookies.get(self.provider.cookies.own_name(ATTEMPT))
        return await attempts.current(self.provider, connection, cookie, "sign_in")

    async def unfinished(self, request: Request) -> Response:
        """Signed in, and a second factor is due: show it, set it up, or later while the grace lasts."""
        stands, target = await self.frame.standing(request), self.frame.target(request)
        if stands is None or target is None:
            return self.frame.go(self.frame.link("/sign-in", request))
        onward = target.url
        if not stands.is_staff or stands.session.second_factor_at is not None:
            return self.frame.go(onward)
        if stands.user.mfa_enabled_at is not None:
            return self.frame.go(self.frame.link("/reauthenticate", request))
        return await self.frame.page(
            request,
            "unfinished.html",
            onward=None if stands.is_pending else onward,
            days=max(1, -((now_ms() - (stands.grace_until or 0)) // DAY)),
        )

    async def _start(
        self, request: Request, connection: Connection, user: User, method: str, second_at: int | None
    ) -> Started:
        return await sign_ins.start(
            self.provider,
            connection,
            visitor(request),
            user,
            client_secret=self.frame.client_secret(request),
            device=self.frame.device(request),
            method=method,
            second_factor_at=second_at,
        )

    async def _second(self, request: Request) -> tuple[Attempt | None, Enrolled | None]:
        async with self.provider.store.transaction() as connection:
            attempt = await self.attempt(request, connection)
            if attempt is None or attempt.user_id is None:
                return None, None
            return attempt, await second_factors.enrolled(connection, attempt.user_id)


async def check_second(frame: Frame, request: Request, user_id: str, code: str) -> Failed | None:
    """A code from the app or a backup code; counted before it is looked at."""
    provider, who = frame.provider, visitor(request)
    async with provider.store.transaction() as connection:
        user = await users.find(connection, user_id)
        device = frame.device(request)
        known = device.id if device.is_known_to(user) else None
        tried = await provider.limits.try_account(connection, f"second:{user_id}", who, device=known)
    if tried is None:
        return Failed.TOO_OFTEN
    async with provider.store.transaction() as connection:
        if await second_factors.check_totp(provider, connection, user_id, code):
            await provider.limits.succeeded(connection, tried)
            return None
        if await second_factors.use_backup_code(provider, connection, user_id, code):
            await provider.limits.succeeded(connection, tried)
            await audit.record(connection, Action.BACKUP_CODE_USED, who, user_id=user_id)
            return None
        await audit.record(connection, Action.SECOND_FACTOR_FAILED, who, user_id=user_id)
    return Failed.WRONG


STATUS: Mapping[Failed, int] = {Failed.WRONG: 422, Failed.TOO_OFTEN: 429}


def _said(failed: Failed) -> str:
    if failed is Failed.TOO_OFTEN:
        return too_often()
    return _("These do not fit together. Check the address and the password.")


def said_second(failed: Failed) -> str:
    return too_often() if failed is Failed.TOO_OFTEN else _("This code is not right, or was used already.")


def too_often() -> str:
    return _("That was too often. Wait a little and try again; a new password or a passkey works too.")
