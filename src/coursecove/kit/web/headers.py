"""What every answer tells the browser to forbid."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NONCE, _SOURCES = "csp_nonce", "csp_sources"
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


def allow_sources(request: Request, sources: Mapping[str, tuple[str, ...]]) -> None:
    """Let this one page show what no other page may: add sources to its policy."""
    setattr(request.state, _SOURCES, sources)


class SecurityHeaders:
    """Adds the headers to every answer and a fresh `csp_nonce` to the state of every request."""

    def __init__(self, app: ASGIApp, *, policy: HeaderPolicy) -> None:
        self.app, self._static = app, policy.static
        self._policy, self._content_security = policy, policy.content_security()
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
                self._add(MutableHeaders(scope=message), self._policy_of(scope).format(nonce=nonce), fresh)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _policy_of(self, scope: Scope) -> str:
        added: Mapping[str, tuple[str, ...]] | None = scope["state"].get(_SOURCES)
        if added is None:
            return self._content_security
        known = self._policy.sources
        merged = {name: (*known.get(name, ()), *added.get(name, ())) for name in {**known, **added}}
        return replace(self._policy, sources=merged).content_security()

    def _add(self, headers: MutableHeaders, content_security: str, freshness: str) -> None:
        for name, value in self._fixed.items():
            headers.setdefault(name, value)
        headers.setdefault("content-security-policy", content_security)
        headers.setdefault("cache-control", freshness)

    def _freshness(self, status: int, path: str, query: bytes) -> str:
        if not path.startswith(self._static) or status not in (200, 206, 304):
            return "private, no-store"
        versioned = _VERSIONED.search(query) or path.startswith(f"{self._static}vendor/")
        return "public, max-age=31536000, immutable" if versioned else "public, no-cache"
