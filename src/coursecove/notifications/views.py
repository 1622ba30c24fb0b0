"""What the mailbox of a development start shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

_LINK = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True, slots=True)
class MailLine:
    """One mail in the list."""

    id: UUID
    recipient: str
    subject: str
    status: str
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, whole; without its bodies once they are cleared."""

    id: UUID
    key: str
    recipient: str
    subject: str
    from_name: str | None
    text: str | None
    html: str | None
    status: str
    attempts: int
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    school: str | None

    @property
    def links(self) -> tuple[str, ...]:
        """Each address that the plain text names, once."""
        return tuple(dict.fromkeys(link.rstrip(".,;:!?") for link in _LINK.findall(self.text or "")))


@dataclass(frozen=True, slots=True)
class Mailbox:
    mails: tuple[MailLine, ...]
    recipient: str
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """One mail as a page: its headers as they would travel, and where its HTML stands."""

    mail: Mail
    sender: str
    html_url: str
