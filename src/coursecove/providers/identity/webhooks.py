"""Who sent a webhook: the signature over its raw bytes, checked before anybody reads them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

LARGEST_BODY: Final = 1024 * 1024
_PARTS: Final = ("id", "timestamp", "signature")
_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
_SECONDS: Final = re.compile(r"[0-9]{1,12}")


class InvalidSignature(Exception):
    """Not signed by the provider, not now, or not readable as signed; which of it nobody is told."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good signature vouches for: the message's id and when this delivery was signed."""

    webhook_id: str
    signed_at: datetime


def verify(raw: bytes, headers: Iterable[tuple[bytes, bytes]], secrets: Sequence[str]) -> Signed:
    """The envelope of a delivery that one of the secrets signed within five minutes; raises InvalidSignature."""
    if len(raw) > LARGEST_BODY:
        raise InvalidSignature
    webhook_id, timestamp, signature = _envelope(headers)
    if not _ID.fullmatch(webhook_id) or not _SECONDS.fullmatch(timestamp):
        raise InvalidSignature
    named = dict(
        zip(
            ("webhook-id", "webhook-timestamp", "webhook-signature"),
            (webhook_id, timestamp, signature),
            strict=True,
        )
    )
    if not any(_signed_with(secret, raw, named) for secret in secrets):
        raise InvalidSignature
    return Signed(webhook_id, datetime.fromtimestamp(int(timestamp), UTC))


def _envelope(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str, str]:
    """The three headers in either spelling; Svix's own where both are there, and none of them twice."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.decode("latin-1").lower()
        if key.startswith(("svix-", "webhook-")):
            if key in found:
                raise InvalidSignature
            found[key] = value.decode("latin-1")
    prefix = "svix-" if any(key.startswith("svix-") for key in found) else "webhook-"
    webhook_id, timestamp, signature = (found.get(prefix + part, "") for part in _PARTS)
    return webhook_id, timestamp, signature


def _signed_with(secret: str, raw: bytes, named: dict[str, str]) -> bool:
    try:
        _webhook(secret).verify(raw, named, json_parse=False)
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError, OverflowError):
        return False
    return True


@lru_cache(maxsize=32)
def _webhook(secret: str) -> Webhook:
    return Webhook(secret)
