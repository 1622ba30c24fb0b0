"""Pages about the school, one's own account and keys."""

from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import available_timezones

from starlette.requests import Request

from coursecove.accounts import actions, queries
from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission, may
from coursecove.accounts.scopes import Scope
from coursecove.accounts.views import (
    Account,
    Activity,
    NewToken,
    TokenRow,
    Tokens,
)
from coursecove.accounts.views import Scope as ScopeChoice
from coursecove.accounts.wording import told
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.kit.web.tokens import Session


@page("GET", "/activity", allow=Permission.SEE_ACTIVITY)
async def activity(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await queries.happened(db, cursor=request.query_params.get("cursor"))
    data = Activity(
        tuple(told(each) for each in found.rows),
        newer=_address("/activity", found.previous),
        older=_address("/activity", found.following),
    )
    return Page("accounts/activity.html", data)


@page("GET", "/account", allow=Permission.MANAGE_ACCOUNT)
async def account(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("accounts/account.html", await _account(request, db, me))


@page("POST", "/account/preferences", allow=Permission.MANAGE_ACCOUNT)
async def update_account(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    time_zone, locale = str(form.get("time_zone", "")), str(form.get("locale", ""))
    try:
        await actions.change_account(db, me, time_zone=time_zone, locale=locale)
    except Invalid as refusal:
        data = await _account(request, db, me, errors=dict(refusal.fields))
        return Page("accounts/account.html", data, status=422)
    return Redirect("/account", toast=_("Saved."))


@page("GET", "/account/tokens", allow=Permission.MANAGE_TOKENS)
async def tokens(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("accounts/tokens.html", await _tokens(db))


@page("POST", "/account/tokens", allow=Permission.MANAGE_TOKENS)
async def create_token(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    name, expires = str(form.get("name", "")), str(form.get("expires", "90"))
    chosen = [str(value) for value in form.getlist("scopes")]
    try:
        token, secret = await actions.create_token(
            db, me, name=name, scopes=_scopes(chosen), days=_days(expires)
        )
    except Invalid as refusal:
        data = await _tokens(db, name=name, chosen=chosen, expires=expires, errors=dict(refusal.fields))
        return Page("accounts/tokens.html", data, status=422)
    return Page("accounts/tokens.html", await _tokens(db, created=NewToken(token.name, secret)))


@page("POST", "/account/tokens/{token_id:uuid}/revocation", allow=Permission.MANAGE_TOKENS)
async def create_token_revocation(request: Request, db: UserDb, me: Member) -> Answer:
    token = await actions.revoke_token(db, request.path_params["token_id"])
    return Redirect("/account/tokens", toast=_("“%(name)s” no longer works.") % {"name": token.name})


PAGES: tuple[PageRoute, ...] = (
    activity,
    account,
    update_account,
    tokens,
    create_token,
    create_token_revocation,
)


async def _account(request: Request, db: Reads, me: Member, errors: dict[str, str] | None = None) -> Account:
    facts = await queries.member_facts(db, me.id)
    return Account(
        name=me.name,
        email=me.email,
        role=me.role,
        school=me.school_name,
        joined_at=facts.joined_at,
        theme=request.state.theme,
        time_zone=facts.time_zone,
        locale=facts.locale,
        time_zones=tuple(sorted(available_timezones())),
        locales=tuple(actions.LOCALES.items()),
        signed_in_at=_signed_in_at(request.state.session),
        may_make_tokens=may(me.role, Permission.MANAGE_TOKENS),
        errors=errors or {},
    )


def _signed_in_at(session: Session) -> datetime | None:
    """Tokens are renewed all the time; the age of the sign-in itself is a claim of its own, in minutes."""
    age = session.factor_ages[0] if session.factor_ages else -1
    return session.issued_at - timedelta(minutes=age) if age >= 0 else None


async def _tokens(
    db: Reads,
    *,
    created: NewToken | None = None,
    name: str = "",
    chosen: list[str] | None = None,
    expires: str = "90",
    errors: dict[str, str] | None = None,
) -> Tokens:
    rows = tuple(
        TokenRow(
            each.id,
            each.name,
            f"{actions.TOKEN_PREFIX}…{each.hint}",
            tuple(each.scopes),
            each.created_at,
            each.expires_at,
            each.last_used_at,
            each.revoked_at,
            each.expired,
        )
        for each in await queries.tokens(db)
    )
    choices = tuple(ScopeChoice(scope.value, scope.words, scope.value) for scope in Scope)
    return Tokens(rows, choices, created, name, tuple(chosen or ()), expires, errors or {})


def _scopes(chosen: list[str]) -> list[Scope]:
    known = set(Scope)
    return [Scope(value) for value in chosen if value in known]


def _days(expires: str) -> int | None:
    if expires == "":
        return None
    if expires not in ("30", "90", "365"):
        raise Invalid(fields={"expires": _("Choose one of these.")})
    return int(expires)


def _address(path: str, cursor: str | None, **parameters: str) -> str | None:
    if cursor is None:
        return None
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given | {'cursor': cursor})}"
