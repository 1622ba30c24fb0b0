"""The outermost layer: each request gets an id, one line in the log, and its place in the metrics."""

import asyncio
import re
import time
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from types import TracebackType
from typing import Final, Self

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursecove.kit import log
from coursecove.kit.ids import new_id
from coursecove.kit.metrics import Metrics

CLIENT_WENT_AWAY: Final = 499
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9-]{8,64}")
_UNSAID = frozenset({"/healthz", "/readyz", "/metrics"})
_log = structlog.get_logger("coursecove.requests")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class RequestsLog:
    """Around everything else; the server's own access log and proxy headers must be off."""

    def __init__(self, app: ASGIApp, *, trusted_proxies: str = "", metrics: Metrics | None = None) -> None:
        self.app, self._metrics = app, metrics
        self._trusted = read_networks(trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = self._enter(scope)
        with _Exchange(scope, self._metrics) as exchange:

            async def send_with_id(message: Message) -> None:
                if message["type"] == "http.response.start":
                    exchange.status = message["status"]
                    MutableHeaders(scope=message)["x-request-id"] = request_id
                await send(message)

            await self.app(scope, receive, send_with_id)

    def _enter(self, scope: Scope) -> str:
        """Believe a proxy of ours about the visitor and the request's id; nobody else."""
        log.unbind_all()
        request_id = str(new_id())
        if _is_in(_peer(scope), self._trusted):
            given = _only(scope, b"x-request-id")
            if given is not None and _REQUEST_ID.fullmatch(given):
                request_id = given.decode("ascii")
            scope["client"] = self._visitor(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        log.bind(request_id=request_id)
        return request_id

    def _visitor(self, scope: Scope) -> tuple[str, int] | None:
        """The nearest address in X-Forwarded-For that is not a proxy of ours."""
        named = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        client: tuple[str, int] | None = scope.get("client")
        for part in reversed(named.decode("latin-1").split(",")):
            address = read_address(part.strip())
            if address is None:
                return client
            client = (str(address), 0)
            if not _is_in(address, self._trusted):
                return client
        return client


def note_failure(request: Request, error: BaseException) -> None:
    """Whoever turns an error into a 5xx answer calls this, so that the request's line tells where it arose."""
    request.state.failure = error


def is_local(scope: Scope) -> bool:
    """Asked by a program on this machine, under a name of this machine, and not through a proxy."""
    peer, names = _peer(scope), [value for name, value in scope["headers"] if name == b"host"]
    relayed = {b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"}
    if peer is None or not peer.is_loopback or any(name in relayed for name, _ in scope["headers"]):
        return False
    return len(names) == 1 and _is_local_name(names[0].decode("latin-1").lower())


def route_template(scope: Scope) -> str:
    """The path as declared, never as asked for: what stands in an address may say who somebody is."""
    route, root = scope.get("route"), scope.get("root_path", "")
    if route is None:
        return "(none)"
    if any(str(value) in root for value in scope.get("path_params", {}).values() if str(value)):
        root = ""  # mounted below a parameter
    if scope.get("endpoint") is getattr(route, "app", None) and not hasattr(route, "methods"):
        return f"{root}/*"
    return f"{root}{getattr(route, 'path', '')}" or "(none)"


def known_method(scope: Scope) -> str:
    """The request's method; one that nobody declared could say anything."""
    method: str = scope["method"]
    return method if method in METHODS else "other"


def read_networks(listed: str) -> tuple[Network, ...]:
    """`10.0.0.0/8, ::1`; ValueError where a part is no address."""
    return tuple(ip_network(part.strip(), strict=False) for part in listed.split(",") if part.strip())


def read_address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


class _Exchange:
    """From the first byte in to the last byte out."""

    def __init__(self, scope: Scope, metrics: Metrics | None) -> None:
        self.status: int | None = None
        self._scope, self._metrics = scope, metrics
        self._began = time.perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._began
        status = self._outcome(error)
        route, method = route_template(self._scope), known_method(self._scope)
        if self._metrics is not None:
            self._metrics.observe(route, method, status, seconds)
        if route in _UNSAID and status < 400:
            return
        failure = (error or self._scope["state"].get("failure")) if status >= 500 else None
        write = _log.error if status >= 500 else _log.info
        school_id = getattr(self._scope["state"].get("school"), "id", None)
        write(
            "request_finished",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            exc_info=failure,
            **({"school_id": school_id} if school_id else {}),
        )

    def _outcome(self, error: BaseException | None) -> int:
        if isinstance(error, asyncio.CancelledError) or (error is None and self.status is None):
            return CLIENT_WENT_AWAY
        return self.status if error is None and self.status is not None else 500


def _peer(scope: Scope) -> Address | None:
    client = scope.get("client")
    return read_address(client[0]) if client else None


def _is_in(address: Address | None, networks: Iterable[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _only(scope: Scope, wanted: bytes) -> bytes | None:
    values = [value for name, value in scope["headers"] if name == wanted]
    return values[0] if len(values) == 1 else None


def _is_local_name(host: str) -> bool:
    name = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
    address = read_address(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")
