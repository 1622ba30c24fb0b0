"""What one request shows of itself before anybody knows who sent it."""

from dataclasses import dataclass
from urllib.parse import quote, unquote_plus

from starlette.requests import Request

from coursecove.kit.web.cookies import Cookies

HANDSHAKE = "__clerk_handshake"
HANDSHAKE_STATE = "handshake_state"
DEVELOPMENT_BROWSER = "__clerk_db_jwt"
_ONE_SHOT = frozenset(
    {
        HANDSHAKE,
        HANDSHAKE_STATE,
        DEVELOPMENT_BROWSER,
        "__clerk_handshake_nonce",
        "__clerk_hs_reason",
        "__clerk_help",
    }
)


@dataclass(frozen=True, slots=True)
class CookieNames:
    """The provider's cookies on our hosts; a suffix keeps two providers on one domain apart."""

    session: str
    client_uat: str
    refresh: str

    @classmethod
    def with_suffix(cls, suffix: str | None) -> "CookieNames":
        end = f"_{suffix}" if suffix else ""
        return cls(f"__session{end}", f"__client_uat{end}", f"__refresh{end}")

    @property
    def all(self) -> tuple[str, str, str]:
        return self.session, self.client_uat, self.refresh


@dataclass(frozen=True, slots=True)
class Visit:
    """A request's origin, address and cookies, as far as sessions are concerned."""

    method: str
    origin: str
    path: str
    query: str
    document: bool
    cookies: Cookies
    names: CookieNames

    @property
    def session(self) -> str:
        return self.cookies.get(self.names.session)

    @property
    def refresh(self) -> str:
        return self.cookies.get(self.names.refresh)

    @property
    def client_uat(self) -> int:
        """When the provider's client last changed, in seconds; 0 or anything unreadable is signed out."""
        text = self.cookies.get(self.names.client_uat)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 13 else 0

    @property
    def clean_url(self) -> str:
        """This address without what only the handshake needed."""
        kept = [part for part in self.query.split("&") if part and part.partition("=")[0] not in _ONE_SHOT]
        return self.origin + self.path + ("?" + "&".join(kept) if kept else "")

    def parameter(self, name: str) -> str:
        for part in self.query.split("&"):
            key, _, value = part.partition("=")
            if key == name:
                return unquote_plus(value)
        return ""


def read_visit(request: Request, suffix: str | None) -> Visit:
    """The visit of a request that came through the host gate."""
    scope = request.scope
    raw_path = scope.get("raw_path")
    cookies = Cookies(scope["headers"])
    names = CookieNames.with_suffix(suffix)
    if names.session not in cookies and names.client_uat not in cookies:
        names = CookieNames.with_suffix(None)
    return Visit(
        method=request.method,
        origin=request.state.origin,
        path=raw_path.decode("latin-1") if raw_path else quote(scope["path"]),
        query=scope["query_string"].decode("latin-1"),
        document=is_document(request),
        cookies=cookies,
        names=names,
    )


def is_document(request: Request) -> bool:
    """Is this a page in a window or frame, so that a redirect to another host can be followed?"""
    if request.method != "GET" or "hx-request" in request.headers:
        return False
    destination = request.headers.get("sec-fetch-dest")
    if destination is not None:
        return destination in ("document", "iframe")
    return request.headers.get("accept", "").startswith("text/html")
