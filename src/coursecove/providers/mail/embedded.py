"""Mail of a development start: it stays in the outbox, where the mailbox shows it, and nothing leaves."""

from coursecove.providers.mail import Message


class EmbeddedMail:
    """Takes every message; the outbox has it already."""

    async def send(self, message: Message, idempotency_key: str) -> str:
        return "kept"
