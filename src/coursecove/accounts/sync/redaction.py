"""What of a webhook may be kept: codes and links that open doors never are."""

from typing import Any, Final

NEVER_STORED: Final = frozenset({"email.created", "sms.created"})
"""Their whole data are live one-time codes and links."""

SENSITIVE: Final = frozenset(
    {
        "body",
        "body_plain",
        "message",
        "otp_code",
        "private_metadata",
        "secret",
        "ticket",
        "token",
        "unsafe_metadata",
        "url",
    }
)
REDACTED: Final = "[redacted]"


def redacted(value: Any) -> Any:
    """The same JSON with every sensitive value blanked, at any depth."""
    if isinstance(value, dict):
        return {
            key: REDACTED if key in SENSITIVE and inner else redacted(inner) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return value
