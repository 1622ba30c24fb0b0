"""What the database may hold but not tell: sealed with a key that only the processes know."""

import hmac
import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_FORMAT = b"\x01"


class SealBroken(Exception):
    """This was sealed with another key, for another place, or was changed since."""


class Vault:
    """Keys for each purpose, derived from the one secret that composition gives."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._cipher = AESGCM(self.key("sealing"))

    def key(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, purpose.encode(), sha256)

    def seal(self, plain: bytes, about: str) -> bytes:
        """`about` says whose it is, so that a row's secret cannot be put into another row."""
        nonce = secrets.token_bytes(_NONCE)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        nonce, text = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        if sealed[:1] != _FORMAT:
            raise SealBroken(about)
        try:
            return self._cipher.decrypt(nonce, text, about.encode())
        except (InvalidTag, ValueError) as broken:
            raise SealBroken(about) from broken

    def fingerprint(self, purpose: str, text: str) -> bytes:
        """What a short code or an address is kept as: nobody can try them all without the key."""
        return hmac.digest(self.key(purpose), text.encode(), sha256)


def digest(secret: str) -> bytes:
    """What a long random secret is kept as."""
    return sha256(secret.encode()).digest()
