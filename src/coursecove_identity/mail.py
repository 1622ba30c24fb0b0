"""Mail as the provider asks for it; who sends it is composition's business."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter; sending the same key twice sends one."""

    to: str
    subject: str
    text: str
    html: str
    key: str


class SendMail(Protocol):
    """Takes a letter over for good, or raises MailNotTaken."""

    async def __call__(self, mail: Mail) -> None: ...


class MailNotTaken(Exception):
    """It could not be taken over just now; it is tried again."""
