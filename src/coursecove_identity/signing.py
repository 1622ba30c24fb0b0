"""Signing keys, and the session tokens made with them, exactly in Clerk's shapes."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from jwt.algorithms import RSAAlgorithm

from coursecove_identity.clock import MINUTE, SECOND, now_ms
from coursecove_identity.ids import base62
from coursecove_identity.memberships import Place

SESSION_CATEGORY = "cl_B7d4PD111AAA"
TOKEN_LIFETIME = 60
NEVER = -1


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key and the name it is published under."""

    private: rsa.RSAPrivateKey
    kid: str

    @classmethod
    def of(cls, private: rsa.RSAPrivateKey) -> "SigningKey":
        """A key that is named after itself."""
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(private, f"ins_{base62(int.from_bytes(hashlib.sha256(public).digest()[:20]))}")

    @classmethod
    def opened(cls, der: bytes, kid: str) -> "SigningKey":
        found = load_der_private_key(der, None)
        if not isinstance(found, rsa.RSAPrivateKey):
            raise TypeError("the kept signing key is not an RSA key")
        return cls(found, kid)

    @property
    def der(self) -> bytes:
        return self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    @property
    def entry(self) -> dict[str, Any]:
        """The public half, as it stands in the key set."""
        public = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        named = {"use": "sig", "kty": "RSA", "kid": self.kid, "alg": "RS256"}
        return named | {"n": public["n"], "e": public["e"]}

    def jwks(self) -> dict[str, Any]:
        return key_set([self.entry])

    def sign(self, claims: dict[str, Any]) -> str:
        headers = {"cat": SESSION_CATEGORY, "kid": self.kid}
        return jwt.encode(claims, self.private, algorithm="RS256", headers=headers)


def new_private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_set(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"keys": list(entries)}


def mint_session_token(
    key: SigningKey,
    *,
    issuer: str,
    subject: str,
    session_id: str,
    origin: str,
    organization: Place | None = None,
    issued_at: int | None = None,
    factor_ages: tuple[int, int] = (0, NEVER),
    pending: bool = False,
    actor: dict[str, Any] | None = None,
) -> str:
    """A session token of version 2 for one origin; `issued_at` in seconds, ages of both factors in minutes."""
    moment = now_ms() // SECOND if issued_at is None else issued_at
    claims: dict[str, Any] = {
        "azp": origin,
        "exp": moment + TOKEN_LIFETIME,
        "fva": list(factor_ages),
        "iat": moment,
        "iss": issuer,
        "jti": secrets.token_hex(10),
        "nbf": moment - 10,
        "sid": session_id,
        "sts": "pending" if pending else "active",
        "sub": subject,
        "v": 2,
    }
    if organization is not None:
        role = organization.role.removeprefix("org:")
        claims["o"] = {"id": organization.organization_id, "rol": role, "slg": organization.slug}
    if actor:
        claims["act"] = actor
    return key.sign(claims)


def factor_age(at: int | None, now: int) -> int:
    """Minutes since a factor was shown, as `fva` says it."""
    return NEVER if at is None else max(0, now - at) // MINUTE
