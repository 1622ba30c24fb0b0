"""What members change about themselves and their keys."""

import secrets
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from uuid import UUID
from zoneinfo import available_timezones

from coursecove.accounts.access import Member
from coursecove.accounts.api_models import ApiToken
from coursecove.accounts.events import ApiTokenCreated, ApiTokenRevoked
from coursecove.accounts.models import Membership
from coursecove.accounts.roles import Role
from coursecove.accounts.scopes import Scope
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.errors import Forbidden, Invalid

LOCALES = {"en-GB": "English (United Kingdom)", "en-US": "English (United States)"}
TOKEN_PREFIX = "cove_"  # noqa: S105 - what secrets start with, so that scanners find leaked ones


class TokenNeedsName(Invalid):
    """Give the key a name that says what it is for."""


class MoreThanMyself(Forbidden):
    """A key cannot make another that may do more, or works longer, than itself."""


def checked_zone(name: str) -> str:
    """The zone's name, or Invalid where the time zone database does not have it."""
    if name not in zones():
        raise Invalid("This is not a time zone.", fields={"time_zone": "Choose a time zone from the list."})
    return name


def checked_locale(name: str) -> str:
    if name not in LOCALES:
        raise Invalid(
            "This is not a language we have.", fields={"locale": "Choose a language from the list."}
        )
    return name


async def change_account(
    db: UserDb, actor: Member, *, time_zone: str | None, locale: str | None
) -> Membership:
    """The caller's own time zone and language in this school; None takes the school's."""
    mine = await db.get(Membership, actor.id)
    mine.time_zone = None if time_zone is None else checked_zone(time_zone)
    mine.locale = None if locale is None else checked_locale(locale)
    mine.updated_at = clock.now()
    await db.flush()
    return mine


async def create_token(
    db: UserDb, actor: Member, *, name: str, scopes: list[Scope], days: int | None, of_school: bool = False
) -> tuple[ApiToken, str]:
    """A new key and its secret, which is never to be had again."""
    if not name.strip():
        raise TokenNeedsName(fields={"name": TokenNeedsName.title()})
    if not scopes:
        raise Invalid("A key without a right opens nothing.", fields={"scopes": "Choose at least one right."})
    if of_school and actor.role != Role.SUPER_ADMIN:
        raise Forbidden
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        member_id=None if of_school else actor.id,
        created_by=actor.id,
        name=name.strip()[:100],
        scopes=sorted(set(scopes)),
        secret_hash=digest(secret),
        hint=secret[-4:],
        created_at=clock.now(),
        expires_at=_expiry(days),
    )
    db.add(token)
    await db.flush()
    await db.emit(ApiTokenCreated(token.id))
    return token, secret


def check_delegation(maker: ApiToken, *, scopes: list[Scope], days: int | None) -> None:
    """Refuse a key that would outgrow the key it is made with."""
    if not set(scopes) <= set(maker.scopes):
        raise MoreThanMyself
    ends = _expiry(days)
    if maker.expires_at is not None and (ends is None or ends > maker.expires_at):
        raise MoreThanMyself


async def revoke_token(db: UserDb, token_id: UUID) -> ApiToken:
    """Stop a key at once; revoking it again changes nothing."""
    token = await db.get(ApiToken, token_id, lock=True)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        await db.flush()
        await db.emit(ApiTokenRevoked(token.id))
    return token


@cache
def zones() -> frozenset[str]:
    """Every time zone there is; listing them walks the file system, so it is done once."""
    return frozenset(available_timezones())


def digest(secret: str) -> bytes:
    """What is kept of a key: 256 random bits need no slow hash."""
    return sha256(secret.encode()).digest()


def _expiry(days: int | None) -> datetime | None:
    return None if days is None else clock.now() + timedelta(days=days)
