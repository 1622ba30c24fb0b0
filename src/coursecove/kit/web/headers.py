"""What every answer tells the browser to forbid."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NONCE = "csp_nonce"
_VERSIONED = re.compile(rb"(?:^|&)v=[0-9a-f]{8,64}(?:&|$)")
_POLICY = {
    "default-src": ("'none'",),
    "script-src": ("'nonce-{nonce}'", "'strict-dynamic'"),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "manifest-src": ("'self'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
    "frame-ancestors": ("'none'",),
    "object-src": ("'none'",),
}
_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "payment",
        "usb",
    )
)


@dataclass(frozen=True, slots=True)
class HeaderPolicy:
    """What the headers depend on: the scheme, the static files' address and sources beyond our own origin."""

    https: bool
    static: str = "/static/"
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def content_security(self) -> str:
        """The policy with a place for the nonce; `sources` add to a directive and may open new ones."""
        names = [*_POLICY, *(name for name in self.sources if name not in _POLICY)]
        return "; ".join(
            " ".join((name, *_POLICY.get(name, ()), *self.sources.get(name, ()))) for name in names
        )


class SecurityHeaders:
    """Adds the headers to every answer and a fresh `csp_nonce` to the state of every request."""

    def __init__(self, app: ASGIApp, *, policy: HeaderPolicy) -> None:
        self.app, self._static = app, policy.static
        self._content_security = policy.content_security()
        self._fixed = {
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": _PERMISSIONS,
        }
        if policy.https:
            self._fixed["strict-transport-security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})[_NONCE] = nonce
        path: str = scope["path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                fresh = self._freshness(message["status"], path, scope["query_string"])
                self._add(MutableHeaders(scope=message), nonce, fresh)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, nonce: str, freshness: str) -> None:
        for name, value in self._fixed.items():
            headers.setdefault(name, value)
        headers.setdefault("content-security-policy", self._content_security.format(nonce=nonce))
        headers.setdefault("cache-control", freshness)

    def _freshness(self, status: int, path: str, query: bytes) -> str:
        if not path.startswith(self._static) or status not in (200, 206, 304):
            return "private, no-store"
        versioned = _VERSIONED.search(query) or path.startswith(f"{self._static}vendor/")
        return "public, max-age=31536000, immutable" if versioned else "public, no-cache"
