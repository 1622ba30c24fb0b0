"""Signing in with a passkey: alone, or as the second factor. The one thing that needs script."""

import base64

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import attempts, audit, passkeys, users
from coursecove_identity.audit import Action
from coursecove_identity.clock import MINUTE, now_ms
from coursecove_identity.pages.frame import Form, Frame, visitor, with_cookies
from coursecove_identity.pages.sign_in import SignInPages
from coursecove_identity.passkeys import Passkey, PasskeyRefused
from coursecove_identity.words import gettext as _

CHALLENGE = "passkey"


class PasskeyPages:
    """`/sign-in/passkey`: a challenge for the script, and the form that it sends back."""

    def __init__(self, frame: Frame, sign_in: SignInPages) -> None:
        self.frame, self.provider, self.sign_in = frame, frame.provider, sign_in

    def routes(self) -> list[Route]:
        return [
            self.frame.post("/sign-in/passkey/options", self.options),
            self.frame.post("/sign-in/passkey", self.take),
        ]

    async def options(self, request: Request, form: Form) -> Response:
        text, challenge = passkeys.authentication_options(self.provider)
        return await asked(self.frame, request, text, challenge)

    async def take(self, request: Request, form: Form) -> Response:
        passkey = await answered(self.frame, request, form)
        if passkey is None:
            return await self.sign_in.show(request, 422, refused())
        async with self.provider.store.transaction() as connection:
            user = await users.find(connection, passkey.user_id)
        if user is None or user.banned or user.locked:
            return await self.sign_in.show(request, 422, refused())
        return await self.sign_in.begin(request, user, "passkey", second_factor_at=now_ms())


async def asked(
    frame: Frame, request: Request, text: str, challenge: bytes, user_id: str | None = None
) -> Response:
    """The challenge, and the cookie that binds it to this browser."""
    provider = frame.provider
    async with provider.store.transaction() as connection:
        most = provider.policy.network_per_minute
        if not await provider.limits.within(connection, f"passkey:{visitor(request).network}", most, MINUTE):
            return Response(status_code=429)
        details = {"challenge": base64.b64encode(challenge).decode()}
        _attempt, secret = await attempts.begin(
            provider,
            connection,
            "passkey",
            user_id=user_id,
            details=details,
            lifetime=provider.policy.challenge_lifetime,
        )
    line = provider.cookies.own(CHALLENGE, secret, provider.policy.challenge_lifetime // 1000)
    return with_cookies(Response(text, media_type="application/json"), [line])


async def challenge_of(frame: Frame, request: Request, user_id: str | None = None) -> bytes | None:
    """What this browser was asked; good once."""
    provider = frame.provider
    cookie = request.cookies.get(provider.cookies.own_name(CHALLENGE))
    async with provider.store.transaction() as connection:
        attempt = await attempts.current(provider, connection, cookie, "passkey")
        if attempt is None or attempt.user_id != user_id or not await attempts.use(connection, attempt):
            return None
    return base64.b64decode(attempt.details["challenge"])


async def answered(frame: Frame, request: Request, form: Form, user_id: str | None = None) -> Passkey | None:
    """The passkey that answered the challenge; the person's own, where it has to be."""
    challenge = await challenge_of(frame, request, user_id)
    if challenge is None:
        return None
    provider = frame.provider
    try:
        async with provider.store.transaction() as connection:
            passkey = await passkeys.check(provider, connection, form.long("answer"), challenge)
            if user_id is not None and passkey.user_id != user_id:
                raise PasskeyRefused
    except PasskeyRefused:
        async with provider.store.transaction() as connection:
            await audit.record(
                connection, Action.SIGN_IN_FAILED, visitor(request), user_id=user_id, method="passkey"
            )
        return None
    return passkey


def refused() -> str:
    return _("The passkey could not be used. Try again, or sign in another way.")
