"""Ids as Clerk writes them: a prefix and 27 characters that sort by time."""

import secrets
import string
import time

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_EPOCH = 1_400_000_000


def new_id(prefix: str) -> str:
    """For example `sess_2ixB…`: 32 bits of time, 128 of chance."""
    return f"{prefix}_{base62(((int(time.time()) - _EPOCH) << 128) | secrets.randbits(128))}"


def base62(number: int) -> str:
    """The number in 27 characters."""
    digits = []
    for _ in range(27):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
