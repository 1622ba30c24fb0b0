"""Browsers that people have signed in with before: a sealed cookie says whose, and nobody else can use up their tries."""

import secrets
from dataclasses import dataclass, field

import jwt

from coursecove_identity.clock import now_ms
from coursecove_identity.provider import Provider
from coursecove_identity.users import User

COOKIE = "device"
KEPT = 365 * 86_400
MOST = 5


@dataclass(frozen=True, slots=True)
class Device:
    """One browser, and since when it is known to each of its people."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    known: dict[str, int] = field(default_factory=dict)

    def is_known_to(self, user: User | None) -> bool:
        """Not since the person ended everything that was open."""
        return user is not None and self.known.get(user.id, -1) >= user.devices_since


def read(provider: Provider, cookie: str | None) -> Device:
    """What the cookie says; a stranger where it says nothing that we sealed."""
    try:
        claims = jwt.decode(
            cookie or "",
            provider.vault.key("devices"),
            algorithms=["HS256"],
            options={"require": ["id", "of"]},
        )
        return Device(str(claims["id"]), {str(key): int(value) for key, value in claims["of"].items()})
    except (jwt.PyJWTError, AttributeError, TypeError, ValueError):
        return Device()


def line(provider: Provider, device: Device, user: User) -> str:
    """The Set-Cookie line after somebody signed in with this browser."""
    others = sorted(((at, key) for key, at in device.known.items() if key != user.id), reverse=True)[
        : MOST - 1
    ]
    claims = {"id": device.id, "of": {user.id: now_ms(), **{key: at for at, key in others}}}
    sealed = jwt.encode(claims, provider.vault.key("devices"), algorithm="HS256")
    return provider.cookies.own(COOKIE, sealed, KEPT)
