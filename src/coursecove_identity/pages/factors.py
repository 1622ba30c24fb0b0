"""Setting up and taking away what is shown beside a password."""

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import attempts, audit, emails, passkeys, second_factors, sessions
from coursecove_identity.attempts import Attempt
from coursecove_identity.audit import Action
from coursecove_identity.clock import now_ms
from coursecove_identity.pages.frame import Form, Frame, visitor, with_cookies
from coursecove_identity.pages.passkey import asked, challenge_of
from coursecove_identity.pages.reset import tell_owner
from coursecove_identity.passkeys import PasskeyRefused
from coursecove_identity.store import Connection
from coursecove_identity.tokens import Standing
from coursecove_identity.words import gettext as _

ATTEMPT = "totp"
MOST_PASSKEYS = 10


class FactorPages:
    """`/account/second-factor`, `/account/passkeys`, `/account/backup-codes`."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.provider = frame, frame.provider

    def routes(self) -> list[Route]:
        frame = self.frame
        return [
            frame.get_mine("/account/second-factor", self.choose, fresh=True),
            frame.get_mine("/account/second-factor/app", self.show_app, fresh=True),
            frame.post_mine("/account/second-factor/app", self.add_app, fresh=True),
            frame.post_mine("/account/second-factor/app/removal", self.remove_app, fresh=True),
            frame.post_mine("/account/passkeys/options", self.options, fresh=True),
            frame.post_mine("/account/passkeys", self.add_passkey, fresh=True),
            frame.post_mine("/account/passkeys/{passkey_id}/removal", self.remove_passkey, fresh=True),
            frame.post_mine("/account/backup-codes", self.new_codes, fresh=True),
        ]

    async def choose(
        self, request: Request, stands: Standing, status: int = 200, problem: str | None = None
    ) -> Response:
        async with self.provider.store.reading() as connection:
            has = await second_factors.enrolled(connection, stands.user.id)
        return await self.frame.page(
            request, "factor_choose.html", status, problem=problem, me=stands.user, has=has
        )

    async def show_app(
        self, request: Request, stands: Standing, status: int = 200, problem: str | None = None
    ) -> Response:
        """The same secret while the page is open, so that a wrong code does not start all over."""
        async with self.provider.store.transaction() as connection:
            attempt, secret = await self._attempt(request, stands, connection), None
            if attempt is None:
                details = {"secret": second_factors.new_secret()}
                attempt, secret = await attempts.begin(
                    self.provider, connection, "totp", user_id=stands.user.id, details=details
                )
            address = await emails.primary_of(connection, stands.user.id)
        account = address.email_address if address else stands.user.username or stands.user.name
        text = str(attempt.details["secret"])
        uri = second_factors.provisioning_uri(self.provider, text, account)
        response = await self.frame.page(
            request,
            "factor_app.html",
            status,
            problem=problem,
            me=stands.user,
            drawing=_qr(uri),
            secret=" ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        )
        if secret is not None:
            age = self.provider.policy.attempt_lifetime // 1000
            response.headers.append("set-cookie", self.provider.cookies.own(ATTEMPT, secret, age))
        return response

    async def add_app(self, request: Request, stands: Standing, form: Form) -> Response:
        provider, user = self.provider, stands.user
        async with provider.store.transaction() as connection:
            attempt = await self._attempt(request, stands, connection)
            right = attempt is not None and await second_factors.add_totp(
                provider, connection, user, str(attempt.details["secret"]), form.text("code")
            )
            if attempt is not None and right:
                await attempts.use(connection, attempt)
                await self._set_up(request, connection, stands, Action.TOTP_ADDED)
        if not right:
            return await self.show_app(
                request, stands, 422, _("This code does not fit. Look at the app again.")
            )
        return await self._after(request, stands)

    async def remove_app(self, request: Request, stands: Standing, form: Form) -> Response:
        async with self.provider.store.transaction() as connection:
            await second_factors.remove_totp(connection, stands.user.id)
            await self._noted(request, connection, stands, Action.TOTP_REMOVED)
        self.provider.letters.send_soon()
        return self.frame.go("/account/security?done=removed")

    async def options(self, request: Request, stands: Standing, form: Form) -> Response:
        async with self.provider.store.reading() as connection:
            known = await passkeys.of_user(connection, stands.user.id)
            address = await emails.primary_of(connection, stands.user.id)
        if len(known) >= MOST_PASSKEYS:
            return Response(status_code=409)
        account = address.email_address if address else stands.user.username or stands.user.name
        text, challenge = passkeys.registration_options(self.provider, stands.user, account, known)
        return await asked(self.frame, request, text, challenge, stands.user.id)

    async def add_passkey(self, request: Request, stands: Standing, form: Form) -> Response:
        provider, user = self.provider, stands.user
        challenge = await challenge_of(self.frame, request, user.id)
        name = form.text("name")[:100] or visitor(request).browser
        try:
            if challenge is None:
                raise PasskeyRefused
            async with provider.store.transaction() as connection:
                await passkeys.add(
                    provider, connection, user, answer=form.long("answer"), challenge=challenge, name=name
                )
                await self._set_up(request, connection, stands, Action.PASSKEY_ADDED)
        except PasskeyRefused:
            problem = _(
                "The passkey could not be added. Try again; some devices allow only one for each person."
            )
            return await self.choose(request, stands, 422, problem)
        return await self._after(request, stands)

    async def remove_passkey(self, request: Request, stands: Standing, form: Form) -> Response:
        async with self.provider.store.transaction() as connection:
            removed = await passkeys.remove(connection, stands.user.id, request.path_params["passkey_id"])
            if removed is None:
                return await self.frame.page(request, "problem.html", 404)
            await self._noted(request, connection, stands, Action.PASSKEY_REMOVED)
        self.provider.letters.send_soon()
        return self.frame.go("/account/security?done=removed")

    async def new_codes(self, request: Request, stands: Standing, form: Form) -> Response:
        async with self.provider.store.transaction() as connection:
            has = await second_factors.enrolled(connection, stands.user.id)
            if not has.any:
                return self.frame.go("/account/second-factor")
            codes = await self._codes(request, connection, stands)
        return await self.frame.page(request, "backup_codes.html", me=stands.user, codes=codes, first=False)

    async def _set_up(
        self, request: Request, connection: Connection, stands: Standing, action: Action
    ) -> None:
        """The session that set it up has shown it; others have to, and letters tell of it."""
        await sessions.proved(connection, stands.session.id, second_at=now_ms())
        await self._noted(request, connection, stands, action)

    async def _after(self, request: Request, stands: Standing) -> Response:
        """With the first second factor come backup codes, shown once."""
        self.provider.letters.send_soon()
        async with self.provider.store.transaction() as connection:
            session = await sessions.find(connection, stands.session.id) or stands.session
            since = [self.provider.cookies.client_uat(session.known_since)]
            has = await second_factors.enrolled(connection, stands.user.id)
            if has.backup_codes:
                return self.frame.go("/account/security?done=factor", since)
            codes = await self._codes(request, connection, stands)
        page = await self.frame.page(request, "backup_codes.html", me=stands.user, codes=codes, first=True)
        return with_cookies(page, since)

    async def _codes(self, request: Request, connection: Connection, stands: Standing) -> list[str]:
        codes = await second_factors.new_backup_codes(self.provider, connection, stands.user.id)
        await audit.record(connection, Action.BACKUP_CODES_MADE, visitor(request), user_id=stands.user.id)
        return codes

    async def _noted(
        self, request: Request, connection: Connection, stands: Standing, action: Action
    ) -> None:
        await audit.record(connection, action, visitor(request), user_id=stands.user.id)
        await tell_owner(self.frame, request, connection, stands.user.id, _said(action))

    async def _attempt(self, request: Request, stands: Standing, connection: Connection) -> Attempt | None:
        cookie = request.cookies.get(self.provider.cookies.own_name(ATTEMPT))
        attempt = await attempts.current(self.provider, connection, cookie, "totp")
        return attempt if attempt is not None and attempt.user_id == stands.user.id else None


def _qr(uri: str) -> str:
    """An SVG that stands in the page itself; nothing is loaded for it, and its colours are the page's."""
    return segno.make(uri, error="m").svg_inline(scale=5, border=3, svgclass="qr", dark="#000", light="#fff")


def _said(action: Action) -> str:
    match action:
        case Action.TOTP_ADDED:
            return _("An app for codes was added to your account.")
        case Action.TOTP_REMOVED:
            return _("The app for codes was removed from your account.")
        case Action.PASSKEY_ADDED:
            return _("A passkey was added to your account.")
    return _("A passkey was removed from your account.")
