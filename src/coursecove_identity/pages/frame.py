"""What all pages share: templates, who is there, where to go afterwards, and that forms are our own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from coursecove_identity import clients, devices, managed, sessions, tokens, words
from coursecove_identity.cookies import is_repeated
from coursecove_identity.devices import Device
from coursecove_identity.provider import Brand, Provider
from coursecove_identity.site import Target
from coursecove_identity.store import Connection
from coursecove_identity.tokens import Standing
from coursecove_identity.visitor import Visitor

LONGEST_TEXT = 4096
PENDING_MAY = ("/account/second-factor", "/account/passkeys", "/account/backup-codes")
PLACES = (
    "select organization_id from identity.memberships where user_id = $1 order by created_at, organization_id"
)


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent; every value is short text or a file."""

    data: FormData

    def text(self, name: str) -> str:
        return self.secret(name).strip()

    def secret(self, name: str) -> str:
        """Exactly as typed."""
        value = self.data.get(name)
        return value[:LONGEST_TEXT] if isinstance(value, str) else ""

    def long(self, name: str) -> str:
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def flag(self, name: str) -> bool:
        return bool(self.secret(name))

    def file(self, name: str) -> UploadFile | None:
        value = self.data.get(name)
        return value if isinstance(value, UploadFile) else None


Show: TypeAlias = Callable[[Request], Awaitable[Response]]
Take: TypeAlias = Callable[[Request, Form], Awaitable[Response]]
ShowMine: TypeAlias = Callable[[Request, Standing], Awaitable[Response]]
TakeMine: TypeAlias = Callable[[Request, Standing, Form], Awaitable[Response]]


class Frame:
    """One provider's pages."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._environment = Environment(
            loader=PackageLoader("coursecove_identity"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.install_gettext_callables(  # type: ignore[attr-defined] # added by the extension
            words.gettext, words.ngettext, newstyle=True
        )
        self._environment.globals.update(language=words.language, direction=words.direction)

    # Routes

    def get(self, path: str, show: Show) -> Route:
        return Route(path, show, methods=["GET"])

    def post(self, path: str, take: Take) -> Route:
        """Only for forms of this very host: the browser says where they come from."""

        async def guarded(request: Request) -> Response:
            if not self.sent_from_here(request):
                return await self.page(request, "problem.html", 400)
            async with request.form(max_files=1, max_fields=40) as data:
                return await take(request, Form(data))

        return Route(path, guarded, methods=["POST"])

    def get_mine(self, path: str, show: ShowMine, *, fresh: bool = False) -> Route:
        """For somebody who is signed in; `fresh` where they must have proved it a moment ago."""

        async def guarded(request: Request) -> Response:
            stands = await self.standing(request)
            return await self._elsewhere(request, stands, fresh=fresh) or await show(request, _sure(stands))

        return self.get(path, guarded)

    def post_mine(self, path: str, take: TakeMine, *, fresh: bool = False) -> Route:
        async def guarded(request: Request, form: Form) -> Response:
            stands = await self.standing(request)
            elsewhere = await self._elsewhere(request, stands, fresh=fresh)
            return elsewhere or await take(request, _sure(stands), form)

        return self.post(path, guarded)

    # Who is there

    def client_secret(self, request: Request) -> str:
        """What this browser was given; nothing where a sibling host planted a second one."""
        name = self.provider.cookies.name("__client")
        planted = is_repeated("; ".join(request.headers.getlist("cookie")), name)
        return "" if planted else request.cookies.get(name, "")

    def device(self, request: Request) -> Device:
        name = self.provider.cookies.own_name(devices.COOKIE)
        return devices.read(self.provider, request.cookies.get(name))

    async def standing(self, request: Request) -> Standing | None:
        """Who is signed in in this browser."""
        secret = self.client_secret(request)
        if not secret:
            return None
        async with self.provider.store.transaction() as connection:
            client = await clients.by_secret(connection, secret)
            session = await sessions.open_in_client(connection, client.id) if client else None
            stands = await tokens.standing(self.provider, connection, session)
            if stands is not None:
                await sessions.touch(connection, stands.session)
        return stands

    def sent_from_here(self, request: Request) -> bool:
        """A browser names the origin, or at least whether it is the same; who names neither is not believed."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        return (site, origin) != (None, None) and (
            site in (None, "same-origin") and origin in (None, self.provider.issuer)
        )

    # Where to go

    def target(self, request: Request) -> Target | None:
        """Where to go afterwards: what was asked for if it is ours, the root if nothing was."""
        asked = request.query_params.get("redirect_url")
        return self.provider.site.target(self.provider.site.origin() + "/" if asked is None else asked)

    async def landing(self, request: Request, connection: Connection, user_id: str) -> str:
        """The address asked for, else the person's first school, else the root."""
        target = self.target(request)
        if target is not None and "redirect_url" in request.query_params:
            return target.url
        label = await self._first_label(connection, user_id)
        return self.provider.site.origin(label) + (self.provider.around.landing if label else "/")

    def link(self, path: str, request: Request) -> str:
        """A page of ours that knows as well where to go afterwards."""
        asked = request.query_params.get("redirect_url")
        return f"{path}?{urlencode({'redirect_url': asked})}" if asked else path

    async def _first_label(self, connection: Connection, user_id: str) -> str | None:
        for row in await connection.fetch(PLACES, user_id):
            label = await self.provider.around.label_of(row["organization_id"])
            if label is not None:
                return label
        return None

    # Answers

    async def page(self, request: Request, template: str, status: int = 200, **data: object) -> Response:
        target = self.target(request)
        label = target.label if target and target.label not in ("", "id") else ""
        brand = await self.provider.around.brand_of(label) if label else None
        html = self._environment.get_template(template).render(
            brand=brand or Brand(""),
            brand_sheet=f"/brand/{label}.css" if brand and brand.stylesheet else "",
            link=lambda path: self.link(path, request),
            nonce=getattr(request.state, "script_nonce", ""),
            notice=_NOTICES.get(request.query_params.get("done", ""), lambda: "")(),
            root=self.provider.site.origin(),
            around=self.provider.around,
            policy=self.provider.policy,
            path=request.url.path,
            **{"problem": None, "errors": {}} | data,
        )
        return HTMLResponse(html, status)

    def go(self, path: str, cookies: Sequence[str] = ()) -> Response:
        return with_cookies(RedirectResponse(path, 303), cookies)

    async def _elsewhere(self, request: Request, stands: Standing | None, *, fresh: bool) -> Response | None:
        """Where somebody has to go before this page is theirs; what a school looks after never is."""
        here = self.provider.issuer + request.url.path
        back = urlencode({"redirect_url": here})
        if stands is None:
            return self.go(f"/sign-in?{back}")
        if stands.is_pending and not request.url.path.startswith(PENDING_MAY):
            return self.go(f"/sign-in/unfinished?{back}")
        if fresh and await self._is_managed(stands):
            return self.go("/account/security")
        if fresh and not stands.is_fresh(self.provider.policy.fresh):
            return self.go(f"/reauthenticate?{back}")
        return None

    async def _is_managed(self, stands: Standing) -> bool:
        async with self.provider.store.reading() as connection:
            return await managed.find(connection, stands.user.id) is not None


def with_cookies(response: Response, lines: Sequence[str]) -> Response:
    for line in lines:
        response.headers.append("set-cookie", line)
    return response


def visitor(request: Request) -> Visitor:
    return Visitor.of(request)


def _sure(stands: Standing | None) -> Standing:
    if stands is None:
        raise LookupError("nobody is signed in")
    return stands


_ = words.gettext
_NOTICES: dict[str, Callable[[], str]] = {
    "saved": lambda: _("Saved."),
    "picture": lambda: _("Your picture was changed."),
    "email": lambda: _("The address was added."),
    "primary": lambda: _("Letters now go to that address."),
    "removed": lambda: _("Removed."),
    "password": lambda: _("Your password was changed."),
    "reset": lambda: _("Your password was changed. Sign in with the new one."),
    "sessions": lambda: _("Signed out there."),
    "everywhere": lambda: _("Signed out everywhere else."),
    "factor": lambda: _("Your second factor is set up."),
    "signed-out": lambda: _("You are signed out."),
    "converted": lambda: _("The account is yours. Sign in with your address and your new password."),
}
