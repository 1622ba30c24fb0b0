"""One call of the Backend API: its deadline, when it is repeated, and what its refusal means to us."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

import httpx
import msgspec

from coursecove.kit.errors import ProblemError
from coursecove.kit.web.language import gettext as _
from coursecove.providers.identity import (
    IdentityUnavailable,
    ProviderConflict,
    ProviderForgot,
    ProviderRefused,
    TooManyInvitations,
)

VERSION = "2025-11-10"
PAGE_DEADLINE = 4.0
DEADLINE = 15.0
TRIES = 3
LONGEST_PAUSE = 3.0
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_KEY_REFUSED = frozenset(
    {
        "clerk_key_invalid",
        "authentication_invalid",
        "authorization_header_format_invalid",
        "secret_key_invalid",
    }
)
_MEANINGS: Mapping[int, type[ProblemError]] = {404: ProviderForgot, 409: ProviderConflict}
_log = logging.getLogger("coursecove.identity")

Query = Sequence[tuple[str, str | int]]


class _Meta(msgspec.Struct):
    param_name: str | None = None


class _Fault(msgspec.Struct):
    code: str = ""
    message: str = ""
    long_message: str | None = None
    meta: _Meta | None = None

    @property
    def param(self) -> str:
        return (self.meta.param_name if self.meta else None) or ""


class _Faults(msgspec.Struct):
    errors: list[_Fault] = []


class Uncertain(IdentityUnavailable):
    """The sign-in service did not answer, so nobody knows whether it did what it was asked. Please look and try again."""


class SessionRefused(IdentityUnavailable):
    """The sign-in service will not prolong this session."""


class Calls:
    """Speaks to the Backend API with a secret key."""

    def __init__(self, client: httpx.AsyncClient, secret_key: str) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {secret_key}", "clerk-api-version": VERSION}

    async def get(self, path: str, query: Query = ()) -> bytes:
        return await self.send("GET", path, query=query)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Query = (),
        deadline: float = DEADLINE,
        repeatable: bool = False,
    ) -> bytes:
        """The answer's bytes. A POST is repeated only where it cannot have arrived; Uncertain where it may have."""
        once = method == "POST" and not repeatable
        try:
            async with asyncio.timeout(deadline):
                return await self._repeated(method, path, body, query, once=once)
        except TimeoutError as late:
            raise (Uncertain if once else IdentityUnavailable) from late

    async def _repeated(self, method: str, path: str, body: object, query: Query, *, once: bool) -> bytes:
        for attempt in range(1, TRIES + 1):
            try:
                answer = await self._once(method, path, body, query)
            except _NOT_SENT as problem:
                if attempt == TRIES:
                    raise IdentityUnavailable from problem
            except httpx.HTTPError as problem:
                if once:
                    raise Uncertain from problem
                if attempt == TRIES:
                    raise IdentityUnavailable from problem
            else:
                if answer.is_success:
                    return answer.content
                if attempt == TRIES or not _worth_another(answer, once=once):
                    raise refusal_of(answer, once=once)
                await asyncio.sleep(_pause(answer))
                continue
            await asyncio.sleep(0.1 * attempt)
        raise IdentityUnavailable

    async def _once(self, method: str, path: str, body: object, query: Query) -> httpx.Response:
        content = None if body is None else msgspec.json.encode(body)
        headers = self._headers if content is None else self._headers | {"content-type": "application/json"}
        params = httpx.QueryParams([(name, str(value)) for name, value in query])
        return await self._client.request(method, path, content=content, params=params, headers=headers)


def _worth_another(answer: httpx.Response, *, once: bool) -> bool:
    """Was nothing done, and may it be done in a moment?"""
    if answer.status_code == 429:
        return (_retry_after(answer) or 1) <= LONGEST_PAUSE
    return answer.status_code == 503 or (answer.status_code >= 500 and not once)


def _pause(answer: httpx.Response) -> float:
    return min(_retry_after(answer) or 0.2, LONGEST_PAUSE)


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def refusal_of(answer: httpx.Response, *, once: bool) -> ProblemError:
    """What an answer that is no success means, in our family of errors."""
    faults, status = _faults(answer), answer.status_code
    codes = [fault.code for fault in faults]
    if status == 401 and codes and not _KEY_REFUSED & set(codes):
        return SessionRefused()
    if status == 401 or (status == 403 and _KEY_REFUSED & set(codes)):
        _log.error("identity_key_refused", extra={"status": status, "codes": codes})
        return IdentityUnavailable()
    if status in _MEANINGS:
        return _MEANINGS[status]()
    if status == 429 and "/invitations" in answer.request.url.path:
        return TooManyInvitations(retry_after=int(_retry_after(answer) or 60))
    if 400 <= status < 500 and status != 429:
        said = {fault.param: sentence(fault.code) for fault in faults if fault.param}
        return ProviderRefused(sentence(codes[0]) if codes else None, fields=said, codes=codes)
    return Uncertain() if once and status != 429 else IdentityUnavailable()


def _faults(answer: httpx.Response) -> list[_Fault]:
    try:
        return msgspec.json.decode(answer.content, type=_Faults).errors
    except msgspec.MsgspecError:
        return []


def sentence(code: str) -> str:
    """A refusal in words for people; the provider's own are English and speak of parameters."""
    known: Mapping[str, str] = {
        "form_identifier_exists": _("This is taken already. Please choose another."),
        "form_param_format_invalid": _("This does not have the right form."),
        "form_param_value_invalid": _("This value is not possible here."),
        "form_param_missing": _("This is missing."),
        "form_param_max_length_exceeded": _("This is too long."),
        "duplicate_record": _("There is an open invitation for this address already."),
        "organization_invitation_not_unique": _("There is an open invitation for this address already."),
        "already_a_member_in_organization": _("This person belongs to the school already."),
        "organization_minimum_permissions_needed": _("A school needs at least one owner or admin."),
        "organization_membership_quota_exceeded": _("The school has as many members as it may have."),
        "organization_quota_exceeded": _("There are as many schools as there may be."),
        "organization_invitation_not_pending": _("This invitation is not open any more."),
        "organization_invitation_already_accepted": _("This invitation has been accepted already."),
        "not_an_admin_in_organization": _("Only an owner or admin may invite people."),
        "form_password_pwned": _("This password is known from break-ins elsewhere. Please choose another."),
    }
    return known.get(code) or ProviderRefused.title()
