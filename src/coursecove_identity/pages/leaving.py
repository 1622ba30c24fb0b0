"""Signing out, and proving once more who one is."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import audit, clients, emails, passkeys, passwords, second_factors, sessions
from coursecove_identity.audit import Action
from coursecove_identity.clock import now_ms
from coursecove_identity.pages.frame import Form, Frame, visitor
from coursecove_identity.pages.passkey import answered, asked, refused
from coursecove_identity.pages.sign_in import STATUS, check_second, said_second, too_often
from coursecove_identity.sign_ins import Failed
from coursecove_identity.tokens import Standing
from coursecove_identity.words import gettext as _


class LeavingPages:
    """`/sign-out` and `/reauthenticate`."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.provider = frame, frame.provider

    def routes(self) -> list[Route]:
        frame = self.frame
        return [
            frame.get("/sign-out", self.before_sign_out),
            frame.post("/sign-out", self.sign_out),
            frame.get("/reauthenticate", self.show),
            frame.post("/reauthenticate", self.prove),
            frame.post("/reauthenticate/passkey/options", self.options),
            frame.post("/reauthenticate/passkey", self.prove_by_passkey),
        ]

    async def before_sign_out(self, request: Request) -> Response:
        if self.frame.target(request) is None:
            return await self.frame.page(request, "problem.html", 400)
        stands = await self.frame.standing(request)
        return await self.frame.page(request, "sign_out.html", current=stands.user if stands else None)

    async def sign_out(self, request: Request, form: Form) -> Response:
        target = self.frame.target(request)
        if target is None:
            return await self.frame.page(request, "problem.html", 400)
        stands = await self.frame.standing(request)
        if stands is not None:
            async with self.provider.store.transaction() as connection:
                await sessions.end(connection, stands.session.id, "ended")
                await audit.record(
                    connection,
                    Action.SIGNED_OUT,
                    visitor(request),
                    user_id=stands.user.id,
                    session_id=stands.session.id,
                )
        lines = self.provider.cookies
        return self.frame.go(target.url, [lines.client(""), lines.client_uat(None)])

    async def show(self, request: Request, status: int = 200, problem: str | None = None) -> Response:
        stands, target = await self.frame.standing(request), self.frame.target(request)
        if stands is None or target is None:
            return self.frame.go(self.frame.link("/sign-in", request))
        async with self.provider.store.reading() as connection:
            has = await second_factors.enrolled(connection, stands.user.id)
            has_password = await passwords.hash_of(connection, stands.user.id) is not None
            address = await emails.primary_of(connection, stands.user.id)
        return await self.frame.page(
            request,
            "reauthenticate.html",
            status,
            problem=problem,
            has=has,
            has_password=has_password,
            account=address.email_address if address else stands.user.username or stands.user.name,
        )

    async def prove(self, request: Request, form: Form) -> Response:
        """The password, and the second factor where there is one; both are asked before either is judged aloud."""
        stands, target = await self.frame.standing(request), self.frame.target(request)
        if stands is None or target is None:
            return self.frame.go(self.frame.link("/sign-in", request))
        wrong = await self._check_password(request, stands, form.secret("password"))
        if wrong is not None:
            await self._failed(request, stands)
            problem = too_often() if wrong is Failed.TOO_OFTEN else _("This is not your password.")
            return await self.show(request, STATUS[wrong], problem)
        second_at = None
        if stands.user.mfa_enabled_at is not None:
            verdict = await check_second(self.frame, request, stands.user.id, form.text("code"))
            if verdict is not None:
                return await self.show(request, STATUS[verdict], said_second(verdict))
            second_at = now_ms()
        return await self._proved(request, stands, target.url, second_at)

    async def options(self, request: Request, form: Form) -> Response:
        stands = await self.frame.standing(request)
        if stands is None:
            return Response(status_code=404)
        async with self.provider.store.reading() as connection:
            known = await passkeys.of_user(connection, stands.user.id)
        text, challenge = passkeys.authentication_options(self.provider, known)
        return await asked(self.frame, request, text, challenge, stands.user.id)

    async def prove_by_passkey(self, request: Request, form: Form) -> Response:
        stands, target = await self.frame.standing(request), self.frame.target(request)
        if stands is None or target is None:
            return self.frame.go(self.frame.link("/sign-in", request))
        if await answered(self.frame, request, form, stands.user.id) is None:
            return await self.show(request, 422, refused())
        return await self._proved(request, stands, target.url, now_ms())

    async def _check_password(self, request: Request, stands: Standing, password: str) -> Failed | None:
        provider, user = self.provider, stands.user
        async with provider.store.transaction() as connection:
            device = self.frame.device(request)
            known = device.id if device.is_known_to(user) else None
            tried = await provider.limits.try_account(connection, user.id, visitor(request), device=known)
            hashed = await passwords.hash_of(connection, user.id)
        if tried is None:
            return Failed.TOO_OFTEN
        if not await provider.hasher.verify(hashed, password):
            return Failed.WRONG
        async with provider.store.transaction() as connection:
            await provider.limits.succeeded(connection, tried)
        return None

    async def _proved(self, request: Request, stands: Standing, url: str, second_at: int | None) -> Response:
        async with self.provider.store.transaction() as connection:
            client = await clients.by_secret(connection, self.frame.client_secret(request))
            _client, secret = await clients.renewed(connection, client)
            session = await sessions.proved(
                connection, stands.session.id, first_at=now_ms(), second_at=second_at
            )
            await audit.record(
                connection,
                Action.REAUTHENTICATED,
                visitor(request),
                user_id=stands.user.id,
                session_id=stands.session.id,
            )
        lines = self.provider.cookies
        since = lines.client_uat((session or stands.session).known_since)
        return self.frame.go(url, [lines.client(secret), since])

    async def _failed(self, request: Request, stands: Standing) -> None:
        async with self.provider.store.transaction() as connection:
            await audit.record(
                connection, Action.REAUTHENTICATION_FAILED, visitor(request), user_id=stands.user.id
            )
