"""The mailbox of a development start: what would have been sent, for whoever sits at this machine."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from coursecove.accounts.access import Answer, Redirect
from coursecove.kit.db import ReadDb, ServiceDb
from coursecove.kit.errors import NotFound
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.notifications import actions, queries
from coursecove.notifications.views import Mailbox, OpenedMail

LONGEST_SEARCH = 254
PAPER = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""A mail's HTML may look as it likes, and run, load, send or frame nothing; its links open windows of their own."""

Handler: TypeAlias = Callable[[Request, Any], Awaitable[Answer | Response]]


@dataclass(frozen=True, slots=True)
class MailboxRoute:
    """A page of the mailbox; it runs on the service client, for there is nobody to sign in."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler

    @property
    def name(self) -> str:
        return self.handler.__name__


async def mailbox(request: Request, db: ReadDb) -> Answer:
    """All mail, newest first, or the mail to some address."""
    wanted = request.query_params.get("to", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    found = await queries.mails(db, recipient=wanted, cursor=request.query_params.get("cursor"))
    data = Mailbox(found.rows, wanted, _address(wanted, found.previous), _address(wanted, found.following))
    return Page("notifications/mailbox.html", data)


async def opened_mail(request: Request, db: ReadDb) -> Answer:
    mail = await queries.mail(db, request.path_params["mail_id"])
    settings = request.app.state.settings
    sender = settings.mail.sender(settings.root_domain).named(mail.from_name)
    data = OpenedMail(mail, str(sender), f"/mails/{mail.id}/html")
    return Page("notifications/mail.html", data)


async def paper(request: Request, db: ReadDb) -> Response:
    """The mail's own HTML, in a document that can do nothing."""
    mail = await queries.mail(db, request.path_params["mail_id"])
    if mail.html is None:
        raise NotFound
    html = mail.html.replace("<head>", '<head><base target="_blank">', 1)
    return HTMLResponse(html, headers={"content-security-policy": PAPER})


async def create_emptying(request: Request, db: ServiceDb) -> Answer:
    await actions.empty_mailbox(db)
    return Redirect("/", toast=_("The mailbox is empty."))


PAGES: tuple[MailboxRoute, ...] = (
    MailboxRoute("GET", "/", mailbox),
    MailboxRoute("GET", "/mails/{mail_id:uuid}", opened_mail),
    MailboxRoute("GET", "/mails/{mail_id:uuid}/html", paper),
    MailboxRoute("POST", "/emptyings", create_emptying),
)


def _address(recipient: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return "/?" + urlencode({"to": recipient, "cursor": cursor} if recipient else {"cursor": cursor})
