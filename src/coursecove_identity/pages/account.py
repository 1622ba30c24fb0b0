"""The person's own page: what they are called, their picture, their addresses."""

import asyncpg
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import attempts, audit, emails, images, managed, notices, users, verification
from coursecove_identity.attempts import Attempt
from coursecove_identity.audit import Action
from coursecove_identity.clock import HOUR
from coursecove_identity.emails import EmailAddress
from coursecove_identity.ids import new_id
from coursecove_identity.images import NotAPicture
from coursecove_identity.pages.frame import Form, Frame, visitor, with_cookies
from coursecove_identity.pages.reset import tell_owner
from coursecove_identity.pages.sign_in import too_often
from coursecove_identity.pages.sign_up import LONGEST_NAME, wrong_code
from coursecove_identity.store import Connection
from coursecove_identity.tokens import Standing
from coursecove_identity.words import gettext as _

ATTEMPT = "email"
MOST_ADDRESSES = 5


class AccountPages:
    """`/account` and the addresses below it."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.provider = frame, frame.provider

    def routes(self) -> list[Route]:
        frame = self.frame
        return [
            frame.get_mine("/account", self.show),
            frame.post_mine("/account/name", self.rename),
            frame.post_mine("/account/picture", self.picture),
            frame.post_mine("/account/picture/removal", self.remove_picture),
            frame.get_mine("/account/addresses/new", self.show_new, fresh=True),
            frame.post_mine("/account/addresses", self.add, fresh=True),
            frame.get_mine("/account/addresses/code", self.show_code),
            frame.post_mine("/account/addresses/code", self.code),
            frame.post_mine("/account/addresses/{email_id}/primary", self.make_primary, fresh=True),
            frame.post_mine("/account/addresses/{email_id}/removal", self.remove, fresh=True),
        ]

    async def show(
        self,
        request: Request,
        stands: Standing,
        status: int = 200,
        errors: dict[str, str] | None = None,
    ) -> Response:
        async with self.provider.store.reading() as connection:
            addresses = await emails.of_user(connection, stands.user.id)
            is_managed = await managed.find(connection, stands.user.id) is not None
        return await self.frame.page(
            request,
            "account.html",
            status,
            me=stands.user,
            addresses=addresses,
            is_managed=is_managed,
            may_add=len(addresses) < MOST_ADDRESSES,
            errors=errors or {},
        )

    async def rename(self, request: Request, stands: Standing, form: Form) -> Response:
        first, last = form.text("first_name"), form.text("last_name")
        if not first or len(first) > LONGEST_NAME or len(last) > LONGEST_NAME:
            return await self.show(request, stands, 422, {"first_name": _("Say what you are called.")})
        async with self.provider.store.transaction() as connection:
            await users.change(connection, stands.user.id, first_name=first, last_name=last or None)
            await audit.record(connection, Action.PROFILE_CHANGED, visitor(request), user_id=stands.user.id)
        return self.frame.go("/account?done=saved")

    async def picture(self, request: Request, stands: Standing, form: Form) -> Response:
        file = form.file("picture")
        given = await file.read(images.LARGEST + 1) if file is not None else b""
        try:
            async with self.provider.store.transaction() as connection:
                await images.put(connection, stands.user.id, given)
        except NotAPicture:
            problem = _("This is no picture that we can show: choose a PNG, JPEG, WebP or GIF of up to 5 MB.")
            return await self.show(request, stands, 422, {"picture": problem})
        return self.frame.go("/account?done=picture")

    async def remove_picture(self, request: Request, stands: Standing, form: Form) -> Response:
        async with self.provider.store.transaction() as connection:
            await images.remove(connection, stands.user.id)
        return self.frame.go("/account?done=removed")

    async def show_new(
        self, request: Request, stands: Standing, status: int = 200, problem: str | None = None
    ) -> Response:
        return await self.frame.page(request, "address_new.html", status, problem=problem, me=stands.user)

    async def add(self, request: Request, stands: Standing, form: Form) -> Response:
        """A code goes to the new address; if it is somebody else's already, word of that goes there instead."""
        address = emails.normal(form.text("email"))
        if address is None:
            return await self.show_new(request, stands, 422, _("This is not an e-mail address."))
        async with self.provider.store.transaction() as connection:
            if not await self._may_add(connection, stands, address):
                return await self.show_new(request, stands, 429, too_often())
            attempt, secret = await attempts.begin(
                self.provider, connection, "email", user_id=stands.user.id, details={"email": address}
            )
            await self._write(connection, attempt, address)
        self.provider.letters.send_soon()
        line = self.provider.cookies.own(ATTEMPT, secret, self.provider.policy.attempt_lifetime // 1000)
        return self.frame.go("/account/addresses/code", [line])

    async def show_code(
        self, request: Request, stands: Standing, status: int = 200, problem: str | None = None
    ) -> Response:
        attempt = await self._attempt(request, stands)
        if attempt is None:
            return self.frame.go("/account/addresses/new")
        return await self.frame.page(
            request,
            "code.html",
            status,
            problem=problem,
            address=attempt.details["email"],
            action="/account/addresses/code",
            again=None,
            back="/account/addresses/new",
        )

    async def code(self, request: Request, stands: Standing, form: Form) -> Response:
        attempt = await self._attempt(request, stands)
        if attempt is None:
            return self.frame.go("/account/addresses/new")
        async with self.provider.store.transaction() as connection:
            right = await verification.check_code(self.provider, connection, attempt, form.text("code"))
        if not right or not await self._added(request, stands, attempt):
            return await self.show_code(request, stands, 422, wrong_code())
        self.provider.letters.send_soon()
        cleared = self.provider.cookies.own(ATTEMPT, "", 0)
        return with_cookies(self.frame.go("/account?done=email"), [cleared])

    async def make_primary(self, request: Request, stands: Standing, form: Form) -> Response:
        async with self.provider.store.transaction() as connection:
            address = await self._own(request, connection, stands)
            if address is None or address.verified_at is None:
                return await self.frame.page(request, "problem.html", 404)
            await tell_owner(
                self.frame, request, connection, stands.user.id, _("Your letters now go to another address.")
            )
            await emails.make_primary(connection, address.id)
            await audit.record(
                connection, Action.EMAIL_MADE_PRIMARY, visitor(request), user_id=stands.user.id
            )
        self.provider.letters.send_soon()
        return self.frame.go("/account?done=primary")

    async def remove(self, request: Request, stands: Standing, form: Form) -> Response:
        """Any but the primary one: somebody without an address could not get in again."""
        async with self.provider.store.transaction() as connection:
            address = await self._own(request, connection, stands)
            if address is None or address.is_primary:
                return await self.frame.page(request, "problem.html", 404)
            await emails.remove(connection, address.id)
            await audit.record(connection, Action.EMAIL_REMOVED, visitor(request), user_id=stands.user.id)
            await tell_owner(
                self.frame,
                request,
                connection,
                stands.user.id,
                _("An address was removed from your account."),
            )
        self.provider.letters.send_soon()
        return self.frame.go("/account?done=removed")

    async def _added(self, request: Request, stands: Standing, attempt: Attempt) -> bool:
        try:
            async with self.provider.store.transaction() as connection:
                if not await attempts.use(connection, attempt):
                    return False
                await emails.add(
                    connection, stands.user.id, attempt.details["email"], strategy="email_code", verified=True
                )
                await audit.record(connection, Action.EMAIL_ADDED, visitor(request), user_id=stands.user.id)
                await tell_owner(
                    self.frame,
                    request,
                    connection,
                    stands.user.id,
                    _("An address was added to your account."),
                )
        except asyncpg.UniqueViolationError:
            return False
        return True

    async def _write(self, connection: Connection, attempt: Attempt, address: str) -> None:
        taken = await users.by_email(connection, address) is not None
        code = await verification.new_code(self.provider, connection, attempt, void=taken)
        key = new_id("mail")
        letter = notices.address_taken(address, key) if taken else notices.email_code(address, code, key)
        await self.provider.letters.due(connection, letter)

    async def _may_add(self, connection: Connection, stands: Standing, address: str) -> bool:
        limits, policy = self.provider.limits, self.provider.policy
        if len(await emails.of_user(connection, stands.user.id)) >= MOST_ADDRESSES:
            return False
        if not await limits.within(connection, f"addresses:{stands.user.id}", policy.mails_per_hour, HOUR):
            return False
        return await limits.within(connection, f"mail:{address.lower()}", policy.mails_per_hour, HOUR)

    async def _own(self, request: Request, connection: Connection, stands: Standing) -> EmailAddress | None:
        address = await emails.find(connection, request.path_params["email_id"])
        return address if address is not None and address.user_id == stands.user.id else None

    async def _attempt(self, request: Request, stands: Standing) -> Attempt | None:
        cookie = request.cookies.get(self.provider.cookies.own_name(ATTEMPT))
        async with self.provider.store.transaction() as connection:
            attempt = await attempts.current(self.provider, connection, cookie, "email")
        return attempt if attempt is not None and attempt.user_id == stands.user.id else None
