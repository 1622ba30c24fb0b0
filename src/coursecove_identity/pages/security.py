"""How the person signs in: password, second factor, passkeys, backup codes, and where they are signed in."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import audit, emails, managed, passkeys, passwords, second_factors, sessions, users
from coursecove_identity.audit import Action
from coursecove_identity.clock import now_ms
from coursecove_identity.pages.frame import Form, Frame, visitor
from coursecove_identity.pages.reset import tell_owner
from coursecove_identity.pages.sign_up import said_weakness
from coursecove_identity.tokens import Standing
from coursecove_identity.visitor import Visitor
from coursecove_identity.words import gettext as _


class SecurityPages:
    """`/account/security`, `/account/password` and `/account/sessions`."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.provider = frame, frame.provider

    def routes(self) -> list[Route]:
        frame = self.frame
        return [
            frame.get_mine("/account/security", self.show),
            frame.get_mine("/account/password", self.show_password, fresh=True),
            frame.post_mine("/account/password", self.password, fresh=True),
            frame.get_mine("/account/sessions", self.show_sessions),
            frame.post_mine("/account/sessions/others/end", self.end_others),
            frame.post_mine("/account/sessions/{session_id}/end", self.end),
        ]

    async def show(self, request: Request, stands: Standing) -> Response:
        async with self.provider.store.reading() as connection:
            has = await second_factors.enrolled(connection, stands.user.id)
            keys = await passkeys.of_user(connection, stands.user.id)
            has_password = await passwords.hash_of(connection, stands.user.id) is not None
            is_managed = await managed.find(connection, stands.user.id) is not None
        return await self.frame.page(
            request,
            "security.html",
            me=stands.user,
            has=has,
            keys=keys,
            has_password=has_password,
            is_managed=is_managed,
            is_staff=stands.is_staff,
        )

    async def show_password(
        self, request: Request, stands: Standing, status: int = 200, problem: str | None = None
    ) -> Response:
        async with self.provider.store.reading() as connection:
            has_password = await passwords.hash_of(connection, stands.user.id) is not None
        policy, second = self.provider.policy, stands.user.mfa_enabled_at is not None
        least = policy.password_length_with_second_factor if second else policy.password_length
        return await self.frame.page(
            request,
            "password.html",
            status,
            problem=problem,
            me=stands.user,
            has_password=has_password,
            least=least,
        )

    async def password(self, request: Request, stands: Standing, form: Form) -> Response:
        """The present one and the new one; who has none was proved by a passkey a moment ago."""
        user, new = stands.user, form.secret("new")
        async with self.provider.store.reading() as connection:
            hashed = await passwords.hash_of(connection, user.id)
            known = [each.email_address for each in await emails.of_user(connection, user.id)]
        if hashed is not None and not await self.provider.hasher.verify(hashed, form.secret("current")):
            return await self.show_password(request, stands, 422, _("This is not your present password."))
        about = [user.first_name or "", user.last_name or "", *known]
        second = user.mfa_enabled_at is not None
        weak = passwords.weakness(new, self.provider.policy, about=about, second_factor=second)
        if weak is not None:
            return await self.show_password(request, stands, 422, said_weakness(weak))
        made = await self.provider.hasher.hash(new)
        async with self.provider.store.transaction() as connection:
            await passwords.keep(connection, user.id, made)
            if form.flag("everywhere"):
                await sessions.end_all(connection, user.id, "revoked", but=stands.session.id)
            await users.change(connection, user.id)
            await audit.record(connection, Action.PASSWORD_CHANGED, visitor(request), user_id=user.id)
            await tell_owner(self.frame, request, connection, user.id, _("Your password was changed."))
        self.provider.letters.send_soon()
        return self.frame.go("/account/security?done=password")

    async def show_sessions(self, request: Request, stands: Standing) -> Response:
        async with self.provider.store.reading() as connection:
            found = await sessions.open_of_user(connection, stands.user.id)
        lines = [
            {
                "id": each.id,
                "browser": Visitor(each.ip_address, each.user_agent).browser,
                "address": each.ip_address or _("address unknown"),
                "seen": _ago(now_ms() - each.last_active_at),
                "here": each.id == stands.session.id,
            }
            for each in found
        ]
        return await self.frame.page(request, "sessions.html", me=stands.user, sessions=lines)

    async def end(self, request: Request, stands: Standing, form: Form) -> Response:
        async with self.provider.store.transaction() as connection:
            session = await sessions.find(connection, request.path_params["session_id"])
            if session is None or session.user_id != stands.user.id:
                return await self.frame.page(request, "problem.html", 404)
            await sessions.end(connection, session.id, "revoked")
            await self._noted(request, stands, session.id)
        if session.id == stands.session.id:
            lines = self.provider.cookies
            return self.frame.go("/sign-in?done=signed-out", [lines.client(""), lines.client_uat(None)])
        return self.frame.go("/account/sessions?done=sessions")

    async def end_others(self, request: Request, stands: Standing, form: Form) -> Response:
        """Everywhere but here; browsers known until now count as new ones."""
        async with self.provider.store.transaction() as connection:
            await sessions.end_all(connection, stands.user.id, "revoked", but=stands.session.id)
            await users.change(connection, stands.user.id, devices_since=now_ms())
        await self._noted(request, stands, None)
        return self.frame.go("/account/sessions?done=everywhere")

    async def _noted(self, request: Request, stands: Standing, session_id: str | None) -> None:
        async with self.provider.store.transaction() as connection:
            await audit.record(
                connection,
                Action.SESSION_ENDED,
                visitor(request),
                user_id=stands.user.id,
                session_id=session_id,
            )


def _ago(span: int) -> str:
    minutes = max(0, span) // 60_000
    if minutes < 2:
        return _("just now")
    if minutes < 60:
        return _("{number} minutes ago").format(number=minutes)
    if minutes < 48 * 60:
        return _("{number} hours ago").format(number=minutes // 60)
    return _("{number} days ago").format(number=minutes // 1440)
