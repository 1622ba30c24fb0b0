"""Where a Clerk instance is, as its publishable key says, and the clients that reach it."""

import base64
import binascii
import hashlib

import httpx

from coursecove.providers.identity import IdentityEndpoints

API = "https://api.clerk.com"
TIMEOUT = httpx.Timeout(10, connect=1.5)


def clerk_client(api: str = API) -> httpx.AsyncClient:
    """One client per process; closed by whoever opened it."""
    return httpx.AsyncClient(base_url=api, timeout=TIMEOUT, follow_redirects=False)


def clerk_endpoints(key: str, sign_in: str | None = None, sign_up: str | None = None) -> IdentityEndpoints:
    """Everything the publishable key says: it is the frontend's host in base64."""
    kind, _, encoded = key.partition("_")[2].partition("_")
    try:
        host = base64.b64decode(encoded + "==").decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("CLERK_PUBLISHABLE_KEY is not one of Clerk's keys") from None
    if kind not in ("test", "live") or not host.endswith("$"):
        raise ValueError("CLERK_PUBLISHABLE_KEY is not one of Clerk's keys")
    frontend = _origin(host.removesuffix("$"))
    accounts = frontend.replace("https://clerk.", "https://accounts.").replace(
        ".clerk.accounts.", ".accounts."
    )
    return IdentityEndpoints(
        issuer=frontend,
        frontend=frontend,
        sign_in=sign_in or f"{accounts}/sign-in",
        sign_up=sign_up or f"{accounts}/sign-up",
        cookie_suffix=cookie_suffix(key),
        development_browser=kind == "test",
    )


def _origin(host: str) -> str:
    """Always https, but for names that can only be this machine's."""
    name = host.partition(":")[0]
    return f"http://{host}" if name.endswith(".localhost") else f"https://{host}"


def publishable_key(frontend: str) -> str:
    """The key that names a frontend origin, as Clerk writes it."""
    host = frontend.partition("://")[2]
    return "pk_live_" + base64.b64encode(f"{host}$".encode()).decode()


def cookie_suffix(key: str) -> str:
    """What the cookies of the instance with this publishable key end in."""
    digest = hashlib.sha1(key.encode(), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest)[:8].decode()
