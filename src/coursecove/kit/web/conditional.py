"""Versions of a resource as entity tags, so that nobody overwrites what they have not seen (RFC 9110, 13)."""

import re
from hashlib import sha256

from coursecove.kit.errors import PreconditionFailed, ProblemError

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')


class PreconditionRequired(ProblemError):
    """Say which version you want to change: send the ETag of the version you loaded as If-Match."""

    status = 428


def entity_tag(*version: object) -> str:
    """A strong tag out of everything that the representation depends on."""
    return f'"{sha256(repr(version).encode()).hexdigest()[:24]}"'


def check_match(if_match: str | None, current: str) -> None:
    """Refuse a change to another version than the current one, or one that does not name its version."""
    if if_match is None or not if_match.strip():
        raise PreconditionRequired
    if if_match.strip() != "*" and current not in _TAG.findall(if_match):
        raise PreconditionFailed
