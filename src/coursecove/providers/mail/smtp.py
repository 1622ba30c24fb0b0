"""Mail handed to an SMTP server: one connection for each message, protected as its address says."""

import asyncio
import ssl
from email.header import Header
from email.headerregistry import Address as HeaderAddress
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

import aiosmtplib

from coursecove.kit.mail import Address, SmtpPlace
from coursecove.providers.mail import MailRefused, MailUnavailable, Message, message_id, reason

DEADLINE = 30.0
PATIENCE = 10.0
"""Seconds for a whole handing over, and for one answer of the server."""


class SmtpMail:
    """Speaks SMTP. Nothing there tells a double, so a worker killed between acceptance and note sends twice."""

    def __init__(self, place: SmtpPlace, tls: ssl.SSLContext | None = None) -> None:
        self._place = place
        self._tls = tls

    async def send(self, message: Message, idempotency_key: str) -> str:
        mail = mime(message, idempotency_key)
        try:
            async with asyncio.timeout(DEADLINE), self._client(message.sender.domain) as client:
                _, said = await client.sendmail(message.sender.mail, message.to, mail.as_bytes())
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            raise _judged(refusal.recipients[0]) from None
        except aiosmtplib.SMTPDataError as refusal:
            raise _judged(refusal) from None
        except aiosmtplib.SMTPResponseException as answer:  # at the door: of us, not of this message
            raise MailUnavailable(reason(answer.code, answer.message)) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as trouble:
            raise MailUnavailable(reason(type(trouble).__name__, trouble)) from None
        return reason(said)

    def _client(self, name: str) -> aiosmtplib.SMTP:
        place = self._place
        return aiosmtplib.SMTP(
            hostname=place.host,
            port=place.port,
            username=place.user,
            password=place.password,
            use_tls=place.security == "tls",
            start_tls=place.security == "starttls",
            tls_context=self._tls,
            local_hostname=name,  # else it is looked up, and everything waits for that
            timeout=PATIENCE,
        )


def mime(message: Message, idempotency_key: str) -> EmailMessage:
    """The message as it travels: plain text and HTML as alternatives, in ASCII, the same headers each time."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _header(message.sender)
    mail["To"] = HeaderAddress(addr_spec=message.to)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.date)
    mail["Message-ID"] = message_id(idempotency_key, message.sender.domain)
    if message.reply_to:
        mail["Reply-To"] = HeaderAddress(addr_spec=message.reply_to)
    for name, value in message.headers.items():
        mail[name] = value
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail


class _Subject(UnstructuredHeader, BaseHeader):
    """Folded the older way: until Python 3.12.5 the newer one loses spaces of long lines that are not ASCII."""

    def fold(self, *, policy: Policy) -> str:
        charset = "us-ascii" if self.isascii() else "utf-8"
        words = Header(str(self), charset, header_name="Subject").encode(linesep=policy.linesep)
        return f"Subject: {words}{policy.linesep}"


_headers = HeaderRegistry()
_headers.map_to_type("subject", _Subject)
POLICY = SMTP.clone(header_factory=_headers)


def _header(address: Address) -> HeaderAddress:
    return HeaderAddress(address.name, addr_spec=address.mail)


def _judged(refusal: aiosmtplib.SMTPResponseException) -> MailRefused | MailUnavailable:
    """4xx means later, 5xx never (RFC 5321, section 4.2.1)."""
    said = reason(refusal.code, refusal.message)
    return MailRefused(said) if refusal.code >= 500 else MailUnavailable(said)
