"""Who asks: claims that the application seals and the database checks at the start of each transaction."""

import hmac
import json
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from coursecove.kit import clock


@dataclass(frozen=True, slots=True)
class Claims:
    """What the edge has verified about the caller. Nothing set means a stranger, who sees nothing."""

    subject: str | None = None
    organization_id: UUID | None = None
    session_id: str | None = None
    token_id: UUID | None = None

    def as_json(self, *, lifetime_s: int) -> str:
        """Claims under the names that Supabase's tools know, good for `lifetime_s` seconds."""
        claims: dict[str, object] = {
            "role": "authenticated",
            "exp": int(clock.real_now().timestamp()) + lifetime_s,
        }
        named = {
            "sub": self.subject,
            "cc_org": self.organization_id and str(self.organization_id),
            "sid": self.session_id,
            "token": self.token_id and str(self.token_id),
        }
        claims.update({name: value for name, value in named.items() if value is not None})
        return json.dumps(claims, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class SealKey:
    """The key that seals claims. The database keeps its two HMAC pads (RFC 2104), never the key itself."""

    id: int
    secret: bytes

    def seal(self, claims: str) -> str:
        digest = hmac.new(self.secret, b"claims:" + claims.encode(), sha256).hexdigest()
        return f"{self.id}.{digest}"

    def pads(self) -> tuple[bytes, bytes]:
        """The key xor 0x36 and xor 0x5c, padded to SHA-256's block of 64 bytes."""
        padded = self.secret.ljust(64, b"\0")
        return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)
