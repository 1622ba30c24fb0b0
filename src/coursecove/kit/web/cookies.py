"""Cookies as they came, repeated ones included, and Set-Cookie lines as they go."""

import re
from collections.abc import Iterable, Iterator

from coursecove.kit.web.hosts import PublicRoot

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9_\-]{1,64})=(?P<value>[\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*)(?P<rest>(?:;[\x20-\x7e]*)?)"
)
_LONGEST_LINE = 8 * 1024
_DEEPEST_PATH = 8


class Cookies:
    """The cookies of one request; a name may come more than once, which no honest browser of ours sends."""

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in headers:
            if name.lower() == b"cookie":
                self._read(value.decode("latin-1"))

    def _read(self, header: str) -> None:
        for pair in header.split(";"):
            name, found, value = pair.strip().partition("=")
            if found:
                self._values.setdefault(name.strip(), []).append(value.strip())

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str) -> str:
        """The first value, or an empty text."""
        return self._values.get(name, [""])[0]

    def repeated(self, *names: str) -> tuple[str, ...]:
        """Which of these names came more than once: somebody else planted one."""
        return tuple(name for name in names if len(self._values.get(name, ())) > 1)


def set_cookie(
    name: str,
    value: str,
    *,
    secure: bool,
    max_age: int | None = None,
    domain: str | None = None,
    http_only: bool = True,
) -> str:
    """A Set-Cookie line; without a domain the cookie belongs to this host alone."""
    parts = [f"{name}={value}", "Path=/", "SameSite=Lax"]
    if domain is not None:
        parts.append(f"Domain={domain}")
    if max_age is not None:
        parts.append(f"Max-Age={max_age}")
    if http_only:
        parts.append("HttpOnly")
    if secure:
        parts.append("Secure")
    line = "; ".join(parts)
    if not _LINE.fullmatch(line):
        raise ValueError(f"not a usable cookie: {name}")
    return line


def expired_cookie(name: str, *, path: str = "/", domain: str | None = None, secure: bool = False) -> str:
    where = f"; Domain={domain}" if domain else ""
    return f"{name}=; Path={path}{where}; Max-Age=0; SameSite=Lax{'; Secure' if secure else ''}"


def own_name(name: str, *, secure: bool) -> str:
    """A name no sibling host can plant, where browsers allow it (over http not every one does)."""
    return f"__Host-{name}" if secure else name


def clear_planted(names: Iterable[str], path: str, root: PublicRoot) -> tuple[str, ...]:
    """Lines that end a cookie wherever it can have been set to be sent with this path."""
    return tuple(
        expired_cookie(name, path=where, domain=domain, secure=root.secure)
        for name in names
        for where in _paths_that_match(path)
        for domain in (None, root.name)
    )


def line_name(line: str) -> str | None:
    """The name in somebody else's Set-Cookie line, if the line is fit to be passed on."""
    found = _LINE.fullmatch(line) if len(line) <= _LONGEST_LINE else None
    return found["name"] if found else None


def line_domain(line: str) -> str | None:
    """The Domain attribute of a Set-Cookie line, lower-case."""
    for attribute in line.split(";")[1:]:
        name, _, value = attribute.strip().partition("=")
        if name.strip().lower() == "domain":
            return value.strip().lower().removeprefix(".")
    return None


def _paths_that_match(path: str) -> Iterator[str]:
    yield "/"
    if path == "/" or ";" in path or not path.isascii() or not path.isprintable():
        return
    yield path
    at = path.find("/", 1)
    for _ in range(_DEEPEST_PATH):
        if at < 0:
            return
        yield path[:at]
        yield path[: at + 1]
        at = path.find("/", at + 1)
