"""Only our own pages may change anything in the name of the person looking at them."""

import base64
import hashlib
import hmac
import secrets

from starlette.requests import Request

from coursecove.kit.errors import Forbidden

FIELD = "csrf_token"
HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class SentFromElsewhere(Forbidden):
    """This was sent from another site, so nothing was changed. Open the page here and try again."""


class StaleForm(Forbidden):
    """This form is no longer valid. Nothing was changed. Load the page again and repeat your change."""


class CsrfGuard:
    """Checks where an unsafe request was sent from and that its form was made for this session on this host."""

    def __init__(self, key: bytes, *, exempt: frozenset[str] = frozenset()) -> None:
        if len(key) < 32:
            raise ValueError("the key for forms needs at least 32 bytes")
        self._key, self._exempt = key, exempt

    def token(self, session_id: str | None, origin: str) -> str:
        """A token for one page; it differs each time, so that compression gives nothing away."""
        salt = secrets.token_bytes(9)
        return base64.urlsafe_b64encode(salt + self._mac(salt, session_id, origin)).decode()

    async def check(self, request: Request, session_id: str | None) -> None:
        """Let the request pass or raise SentFromElsewhere or StaleForm."""
        if request.method in _SAFE or request.url.path in self._exempt:
            return
        check_origin(request)
        if not self._fits(await _submitted(request), session_id, request.state.origin):
            raise StaleForm

    def _fits(self, token: str, session_id: str | None, origin: str) -> bool:
        try:
            raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            return False
        return hmac.compare_digest(raw[9:], self._mac(raw[:9], session_id, origin))

    def _mac(self, salt: bytes, session_id: str | None, origin: str) -> bytes:
        message = b"\0".join((salt, (session_id or "").encode(), origin.encode()))
        return hmac.digest(self._key, message, hashlib.sha256)


def check_origin(request: Request) -> None:
    """Sibling schools are same-site, so no cookie rule keeps them apart: only our exact origin may send."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is None and origin is None:
        raise SentFromElsewhere
    if site not in (None, "same-origin") or origin not in (None, request.state.origin):
        raise SentFromElsewhere


async def _submitted(request: Request) -> str:
    """The token as header, else as a form field; no other kind of body is read for one."""
    header = request.headers.get(HEADER)
    if header is not None:
        return header
    if not request.headers.get("content-type", "").lower().startswith(_FORMS):
        return ""
    value = (await request.form()).get(FIELD)
    return value if isinstance(value, str) else ""
