"""Who asks, as far as a request shows it: address, network, browser."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is counted, written into the audit log and told in letters."""

    ip_address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None

    @classmethod
    def of(cls, request: Request) -> "Visitor":
        """The outer edge has already settled which address to believe."""
        return cls(
            request.client.host if request.client else None,
            request.headers.get("user-agent", "")[:400] or None,
            getattr(request.state, "request_id", None),
        )

    @property
    def network(self) -> str:
        """Whoever shares it is counted together: one IPv4 address, or a home's part of IPv6."""
        try:
            address = ip_address(self.ip_address or "")
        except ValueError:
            return "unknown"
        if isinstance(address, IPv6Address):
            return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))
        return str(address)

    @property
    def browser(self) -> str:
        """For example "Firefox on Windows"; near enough for somebody to recognise their own."""
        agent = self.user_agent or ""
        name = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
        system = next((name for mark, name in _SYSTEMS if mark in agent), "")
        return f"{name} on {system}" if system else name


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
