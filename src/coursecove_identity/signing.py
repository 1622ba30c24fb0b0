"""The issuer's keys, kept in a folder that several processes share, and the tokens made with them."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm

from coursecove_identity.ids import base62, new_id
from coursecove_identity.people import Membership

SESSION_CATEGORY = "cl_B7d4PD111AAA"
TOKEN_LIFETIME = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key and the name it is published under."""

    private: rsa.RSAPrivateKey
    kid: str

    @classmethod
    def of(cls, private: rsa.RSAPrivateKey) -> "SigningKey":
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(private, f"ins_{base62(int.from_bytes(hashlib.sha256(public).digest()[:20]))}")

    @classmethod
    def kept_in(cls, folder: Path) -> "SigningKey":
        found = load_pem_private_key(_kept(folder / "session-key.pem", _new_private_key), None)
        if not isinstance(found, rsa.RSAPrivateKey):
            raise TypeError("the kept session key is not an RSA key")
        return cls.of(found)

    def jwks(self) -> dict[str, Any]:
        """The public half, as it stands at /.well-known/jwks.json."""
        public = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {
            "keys": [
                {
                    "use": "sig",
                    "kty": "RSA",
                    "kid": self.kid,
                    "alg": "RS256",
                    "n": public["n"],
                    "e": public["e"],
                }
            ]
        }

    def sign(self, claims: dict[str, Any]) -> str:
        headers = {"cat": SESSION_CATEGORY, "kid": self.kid}
        return jwt.encode(claims, self.private, algorithm="RS256", headers=headers)


def mint_session_token(
    key: SigningKey,
    *,
    issuer: str,
    subject: str,
    session_id: str,
    origin: str,
    organization: Membership | None = None,
    issued_at: datetime | None = None,
    first_factor_age: int = 0,
) -> str:
    """A session token of version 2 for one origin."""
    moment = int((issued_at or datetime.now(UTC)).timestamp())
    claims: dict[str, Any] = {
        "azp": origin,
        "exp": moment + int(TOKEN_LIFETIME.total_seconds()),
        "fva": [first_factor_age, -1],
        "iat": moment,
        "iss": issuer,
        "jti": secrets.token_hex(10),
        "nbf": moment - 10,
        "sid": session_id,
        "sts": "active",
        "sub": subject,
        "v": 2,
    }
    if organization is not None:
        role = organization.role.removeprefix("org:")
        claims["o"] = {"id": organization.organization_id, "rol": role, "slg": organization.slug}
    return key.sign(claims)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys for each purpose, derived from one kept secret."""

    root: bytes

    @classmethod
    def kept_in(cls, folder: Path) -> "Secrets":
        return cls(_kept(folder / "secret", lambda: secrets.token_bytes(32)))

    def key(self, purpose: str) -> bytes:
        return hmac.digest(self.root, purpose.encode(), hashlib.sha256)

    @property
    def backend(self) -> str:
        """The secret key of the Backend API."""
        return "sk_live_" + self.key("backend api").hex()


def new_session_id() -> str:
    return new_id("sess")


def _new_private_key() -> bytes:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The file's bytes; the first of several processes makes them, whole or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first, and its key is ours too
        finally:
            draft.unlink()
    return path.read_bytes()
