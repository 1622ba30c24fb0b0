"""Session tokens: what one has to be before anybody counts as signed in."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import jwt
from jwt.types import Options

from coursecove.kit import clock
from coursecove.kit.web.keys import KeySource
from coursecove.kit.web.organization_claim import OrganizationClaim, read_organization

LARGEST = 8 * 1024
_CACHED_TOKENS = 20_000
_CACHED_SECONDS = 120
_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
_SESSION_CATEGORIES = frozenset({None, "cl_B7d4PD111AAA", "cl_I7d4PD111III"})


class Refusal(StrEnum):
    """The one thing that was wrong with a token."""

    TOO_LARGE = "too large"
    MALFORMED = "malformed"
    ALGORITHM = "wrong algorithm"
    TYPE = "wrong type"
    CATEGORY = "wrong category"
    KEY = "unknown key"
    SIGNATURE = "wrong signature"
    ISSUER = "wrong issuer"
    TIMES = "unusable times"
    EXPIRED = "expired"
    NOT_YET = "not yet valid"
    SUBJECT = "no subject or session"
    NO_ORIGIN = "no origin"
    ORIGIN = "made for another origin"
    PENDING = "sign-in not finished"


class TokenRefused(Exception):
    """This token signs nobody in."""

    def __init__(self, reason: Refusal, session: "Session | None" = None) -> None:
        """`session` is known where the token is genuine and only its time is wrong or its sign-in unfinished."""
        super().__init__(reason.value)
        self.reason = reason
        self.session = session


@dataclass(frozen=True, slots=True)
class Session:
    """What a verified token says; none of it is a permission."""

    subject: str
    session_id: str
    organization_claim: OrganizationClaim | None
    issued_at: datetime
    expires_at: datetime
    impersonator: str | None
    factor_ages: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _Signed:
    """A token whose signature, issuer and shape hold; times and origin are checked each time."""

    session: Session
    not_before: float
    origin: str | None
    pending: bool


class SessionVerifier:
    """Verifies the session tokens of one issuer."""

    def __init__(
        self,
        issuer: str,
        keys: KeySource,
        *,
        leeway: float = 5,
        allow_missing_azp: bool = False,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._issuer, self._keys, self._leeway, self._now = issuer, keys, leeway, now
        self._allow_missing_azp = allow_missing_azp
        self._seen: OrderedDict[bytes, tuple[float, _Signed]] = OrderedDict()

    async def verify(self, token: str, origin: str) -> Session:
        """The session of a token made for this very origin; raises TokenRefused."""
        moment = self._now().timestamp()
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        signed = self._recall(digest, moment) or await self._signed(token, digest, moment)
        self._check_origin(signed, origin)
        self._check_times(signed, moment)
        if signed.pending:
            raise TokenRefused(Refusal.PENDING, signed.session)
        return signed.session

    async def verify_handshake(self, token: str) -> list[str]:
        """The Set-Cookie lines that the issuer signed; a token made from a template could smuggle them in."""
        claims = await self._claims(token)
        moment = self._now().timestamp()
        if "exp" in claims and _number(claims["exp"]) <= moment - self._leeway:
            raise TokenRefused(Refusal.EXPIRED)
        lines = claims.get("handshake")
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise TokenRefused(Refusal.MALFORMED)
        return lines

    async def _signed(self, token: str, digest: bytes, moment: float) -> _Signed:
        claims = await self._claims(token)
        if claims.get("iss") != self._issuer:
            raise TokenRefused(Refusal.ISSUER)
        signed = _read(claims)
        self._seen[digest] = (moment + _CACHED_SECONDS, signed)
        while len(self._seen) > _CACHED_TOKENS:
            self._seen.popitem(last=False)
        return signed

    def _recall(self, digest: bytes, moment: float) -> _Signed | None:
        kept = self._seen.get(digest)
        if kept is None or kept[0] <= moment:
            return None
        self._seen.move_to_end(digest)
        return kept[1]

    async def _claims(self, token: str) -> dict[str, Any]:
        kid = _check_header(token)
        key = await self._keys.key(kid)
        if key is not None:
            try:
                return _decode(token, key)
            except jwt.InvalidSignatureError:
                pass  # the issuer may have a new key under the old name
        renewed = await self._keys.renewed(kid)
        if renewed is None:
            raise TokenRefused(Refusal.KEY)
        try:
            return _decode(token, renewed)
        except jwt.InvalidSignatureError:
            raise TokenRefused(Refusal.SIGNATURE) from None

    def _check_origin(self, signed: _Signed, origin: str) -> None:
        if signed.origin is None and not self._allow_missing_azp:
            raise TokenRefused(Refusal.NO_ORIGIN)
        if signed.origin is not None and signed.origin != origin:
            raise TokenRefused(Refusal.ORIGIN)

    def _check_times(self, signed: _Signed, moment: float) -> None:
        session = signed.session
        if session.expires_at.timestamp() <= moment - self._leeway:
            raise TokenRefused(Refusal.EXPIRED, session)
        if max(signed.not_before, session.issued_at.timestamp()) > moment + self._leeway:
            raise TokenRefused(Refusal.NOT_YET, session)


def _check_header(token: str) -> str:
    """The name of the key, once everything the header says is fit for a session token."""
    if len(token) > LARGEST:
        raise TokenRefused(Refusal.TOO_LARGE)
    if token.count(".") != 2 or not token.isascii():
        raise TokenRefused(Refusal.MALFORMED)
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise TokenRefused(Refusal.MALFORMED) from None
    if header.get("alg") != "RS256":
        raise TokenRefused(Refusal.ALGORITHM)
    if header.get("typ", "JWT") != "JWT":
        raise TokenRefused(Refusal.TYPE)
    category = header.get("cat")
    if not isinstance(category, str | None) or category not in _SESSION_CATEGORIES:
        raise TokenRefused(Refusal.CATEGORY)
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise TokenRefused(Refusal.KEY)
    return kid


def _decode(token: str, key: Any) -> dict[str, Any]:
    """Signature and JSON only: the claims are judged here, so that a cached token meets the same rules."""
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], options=_SIGNATURE_ONLY)
    except jwt.InvalidSignatureError:
        raise
    except jwt.PyJWTError:
        raise TokenRefused(Refusal.MALFORMED) from None
    return claims


def _read(claims: Mapping[str, Any]) -> _Signed:
    subject, session_id, origin = claims.get("sub"), claims.get("sid"), claims.get("azp")
    if not (isinstance(subject, str) and subject and isinstance(session_id, str) and session_id):
        raise TokenRefused(Refusal.SUBJECT)
    if not isinstance(origin, str | None):
        raise TokenRefused(Refusal.ORIGIN)
    session = Session(
        subject=subject,
        session_id=session_id,
        organization_claim=read_organization(claims),
        issued_at=_moment(claims.get("iat")),
        expires_at=_moment(claims.get("exp")),
        impersonator=_impersonator(claims.get("act")),
        factor_ages=_factor_ages(claims.get("fva")),
    )
    return _Signed(session, _number(claims.get("nbf")), origin or None, claims.get("sts") == "pending")


def _moment(value: object) -> datetime:
    try:
        return datetime.fromtimestamp(_number(value), UTC)
    except (OverflowError, OSError, ValueError):
        raise TokenRefused(Refusal.TIMES) from None


def _number(value: object) -> float:
    """Seconds since the epoch, within four thousand years."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**37:
        raise TokenRefused(Refusal.TIMES)
    return float(value)


def _impersonator(claim: object) -> str | None:
    """Who acts as the subject; an unreadable claim still marks the session as somebody else's."""
    if claim is None:
        return None
    actor = claim.get("sub") if isinstance(claim, dict) else None
    return actor if isinstance(actor, str) and actor else "unknown"


def _factor_ages(claim: object) -> tuple[int, int] | None:
    """Minutes since the first and the second factor, -1 for never."""
    if isinstance(claim, list) and len(claim) == 2 and all(type(age) is int for age in claim):
        return claim[0], claim[1]
    return None
