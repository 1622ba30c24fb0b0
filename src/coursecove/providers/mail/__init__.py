"""How mail leaves: the port, one message, and the two ways in which it may not leave."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from coursecove.kit.mail import Address, BadAddress, checked_address, has_controls

_FREE_HEADER = re.compile(r"(?:List|X)-[A-Za-z0-9-]{1,60}|Auto-Submitted|In-Reply-To|References")
_LONGEST_HEADER = 900
"""A line of mail holds at most 998 bytes."""


class MailRefused(Exception):
    """This message will not be taken as it is, however often it is tried."""


class MailUnavailable(Exception):
    """Not now: the same message may be taken later. `retry_after` in seconds, where the other side said it."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one person. Nothing in it can end a header or name another recipient."""

    to: str
    subject: str
    text: str
    html: str
    sender: Address
    date: datetime
    reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            for address in filter(None, (self.to, self.reply_to)):
                if checked_address(address) != address:
                    raise BadAddress
        except BadAddress:
            raise MailRefused("a recipient's address is none") from None
        if has_controls(self.subject) or len(self.subject.encode()) > _LONGEST_HEADER:
            raise MailRefused("the subject is no single line")
        for name, value in self.headers.items():
            if not _FREE_HEADER.fullmatch(name) or has_controls(value) or len(value) > _LONGEST_HEADER:
                raise MailRefused(f"the header {name[:60]!r} may not be set")


class MailProvider(Protocol):
    """Where the outbox hands its mail over."""

    async def send(self, message: Message, idempotency_key: str) -> str:
        """Hand over one message and answer what it is called there; MailRefused or MailUnavailable.

        A call that is repeated with the same key is the same mail: it bears the same Message-ID, and a
        provider that knows keys sends it once.
        """


def message_id(idempotency_key: str, domain: str) -> str:
    """The Message-ID of the mail with this key, by which receiving servers tell a double."""
    return f"<{hashlib.sha256(idempotency_key.encode()).hexdigest()[:32]}@{domain}>"


def reason(*parts: object) -> str:
    """What an operator reads about a mail that did not leave: one line, not too long."""
    return " ".join(" ".join(str(part) for part in parts).split())[:400]
