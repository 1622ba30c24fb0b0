"""Which names a school may carry in front of the root domain."""

import itertools
import re
from collections.abc import Container, Iterator

SHORTEST, LONGEST = 3, 63
IDENTITY, OPERATOR, MAIL = "id", "operator", "mail"

RESERVED = frozenset(
    {
        "about",
        "abuse",
        "accounts",
        "admin",
        "administrator",
        "api",
        "app",
        "apps",
        "assets",
        "auth",
        "autoconfig",
        "autodiscover",
        "backup",
        "beta",
        "billing",
        "blog",
        "broadcasthost",
        "cdn",
        "clerk",
        "content",
        "coursecove",
        "dashboard",
        "demo",
        "dev",
        "dns",
        "docs",
        "download",
        "email",
        "embed",
        "event",
        "events",
        "file",
        "files",
        "forum",
        "ftp",
        "git",
        "guardian",
        "guardians",
        "health",
        "help",
        "home",
        "host",
        "hostmaster",
        "id",
        "identity",
        "images",
        "imap",
        "img",
        "info",
        "inngest",
        "internal",
        "invite",
        "isatap",
        "jobs",
        "learn",
        "legal",
        "live",
        "local",
        "localdomain",
        "localhost",
        "login",
        "logout",
        "mail",
        "mailer",
        "mailer-daemon",
        "marketing",
        "media",
        "metrics",
        "monitor",
        "mx",
        "news",
        "newsletter",
        "no-reply",
        "noc",
        "noreply",
        "null",
        "oauth",
        "official",
        "operator",
        "ops",
        "owner",
        "pay",
        "payment",
        "payments",
        "pop",
        "pop3",
        "postmaster",
        "press",
        "preview",
        "pricing",
        "privacy",
        "production",
        "proxy",
        "root",
        "sales",
        "school",
        "schools",
        "search",
        "secure",
        "security",
        "server",
        "service",
        "services",
        "shop",
        "sign-in",
        "sign-up",
        "signin",
        "signout",
        "signup",
        "smtp",
        "ssl",
        "sso",
        "staging",
        "static",
        "stats",
        "status",
        "store",
        "stripe",
        "student",
        "students",
        "sub",
        "support",
        "sysadmin",
        "system",
        "teacher",
        "teachers",
        "team",
        "terms",
        "test",
        "tls",
        "undefined",
        "upload",
        "uploads",
        "user",
        "users",
        "webhook",
        "webhooks",
        "webmail",
        "webmaster",
        "website",
        "wpad",
        "www",
        "www1",
        "www2",
        "www3",
    }
)

_SHAPE = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_NUMBERED = re.compile(r"(?:ns|mx|www)\d*")


def label_problem(label: str) -> str | None:
    """Why this label cannot be a school's, in words for its owner; nothing when it can."""
    if not SHORTEST <= len(label) <= LONGEST:
        return f"A name needs between {SHORTEST} and {LONGEST} characters."
    if not _SHAPE.fullmatch(label):
        return "A name may hold only the letters a to z, digits and inner hyphens."
    if label.startswith("xn--"):
        return "A name may not start with xn--."
    if label in RESERVED or _NUMBERED.fullmatch(label):
        return "This name is reserved."
    return None


def label_from_slug(slug: str) -> str:
    """A provider's slug as a label: "music-school" becomes "musicschool"."""
    return re.sub(r"[^a-z0-9]", "", slug.lower())[:LONGEST]


def label_candidates(wanted: str) -> Iterator[str]:
    """The wanted label where it is allowed, then its variants, shortest first, without end."""
    if label_problem(wanted) is None:
        yield wanted
    stem = label_stem(wanted)
    for number in itertools.count(2):
        suffix = str(number)
        variant = stem[: LONGEST - len(suffix)].rstrip("-") + suffix
        if label_problem(variant) is None:
            yield variant


def label_stem(wanted: str) -> str:
    """What the variants of a label begin with."""
    return "school" if not wanted or _NUMBERED.fullmatch(wanted) else wanted


def free_label(wanted: str, taken: Container[str]) -> str:
    """The shortest variant of a label that is allowed and nobody has."""
    return next(label for label in label_candidates(wanted) if label not in taken)
