"""The SMTP adapter against a real server: protection, sign-in, what is taken, and what an answer means."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from coursecove.kit.mail import SmtpPlace
from coursecove.providers.mail import MailRefused, MailUnavailable
from coursecove.providers.mail.smtp import SmtpMail
from tests.providers.smtp_server import PASSWORD, USER, Inbox, certificate, smtp_server
from tests.providers.test_message import GOOD


@pytest.fixture
async def plain() -> AsyncIterator[tuple[Inbox, SmtpMail]]:
    async with smtp_server() as (inbox, port):
        yield inbox, SmtpMail(SmtpPlace("127.0.0.1", port, "none", None, None))


async def test_a_mail_arrives_as_it_was_written(plain: tuple[Inbox, SmtpMail]) -> None:
    inbox, smtp = plain
    assert await smtp.send(GOOD, "run:hand over") == "taken as 7f3a"
    [mail] = inbox.mails
    assert inbox.senders == ["no-reply@coursecove.example"]
    assert (mail["To"], mail["Subject"]) == (GOOD.to, GOOD.subject)
    text, html = (part.get_content().strip() for part in mail.iter_parts())
    assert (text, html) == ("Hello", "<p>Hello</p>")


async def test_a_repeated_mail_bears_the_same_id(plain: tuple[Inbox, SmtpMail]) -> None:
    inbox, smtp = plain
    await smtp.send(GOOD, "run:hand over")
    await smtp.send(GOOD, "run:hand over")
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 1
    assert len({mail["Date"] for mail in inbox.mails}) == 1


@pytest.mark.parametrize(
    ("stage", "said", "kind"),
    [
        ("on_recipient", "550 5.1.1 No such user", MailRefused),
        ("on_recipient", "450 4.2.1 Try later", MailUnavailable),
        ("on_data", "554 5.7.1 Looks like spam", MailRefused),
        ("on_data", "451 4.3.0 Disk full", MailUnavailable),
        ("on_sender", "553 5.7.1 Not your address", MailUnavailable),
        ("on_sender", "421 4.3.2 Closing", MailUnavailable),
    ],
)
async def test_an_answer_says_whether_to_come_again(
    plain: tuple[Inbox, SmtpMail], stage: str, said: str, kind: type[Exception]
) -> None:
    inbox, smtp = plain
    setattr(inbox, stage, said)
    with pytest.raises(kind, match=said[:3]):
        await smtp.send(GOOD, "run:hand over")
    assert inbox.mails == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_the_line_is_protected_and_we_sign_in(security: str, tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    place = SmtpPlace.parse(
        f"smtp{'s' if security == 'tls' else '+starttls'}://{USER}:p%C3%A4ss%3Aword%2F%40@127.0.0.1"
    )
    assert place.password == PASSWORD
    kinds = {"tls": server} if security == "tls" else {"starttls": server}
    async with smtp_server(auth=True, **kinds) as (inbox, port):
        smtp = SmtpMail(SmtpPlace("127.0.0.1", port, place.security, USER, PASSWORD), client)
        await smtp.send(GOOD, "run:hand over")
    assert inbox.protected == [True]


async def test_a_wrong_password_is_ours_to_mend_and_no_mail_is_lost(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    async with smtp_server(auth=True, starttls=server) as (inbox, port):
        smtp = SmtpMail(SmtpPlace("127.0.0.1", port, "starttls", USER, "old"), client)
        with pytest.raises(MailUnavailable, match="535"):
            await smtp.send(GOOD, "run:hand over")
    assert inbox.mails == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_server_that_cannot_prove_itself_gets_nothing(security: str, tmp_path: Path) -> None:
    server, _ = certificate(tmp_path)
    kinds = {"tls": server} if security == "tls" else {"starttls": server}
    async with smtp_server(auth=True, **kinds) as (inbox, port):
        smtp = SmtpMail(SmtpPlace.parse(f"smtp+starttls://{USER}:x@127.0.0.1:{port}"))
        if security == "tls":
            smtp = SmtpMail(SmtpPlace.parse(f"smtps://{USER}:x@127.0.0.1:{port}"))
        with pytest.raises(MailUnavailable, match=r"(?i)certificate"):
            await smtp.send(GOOD, "run:hand over")
    assert inbox.mails == []


async def test_a_server_without_starttls_gets_no_password() -> None:
    async with smtp_server() as (inbox, port):
        smtp = SmtpMail(SmtpPlace("127.0.0.1", port, "starttls", USER, PASSWORD))
        with pytest.raises(MailUnavailable):
            await smtp.send(GOOD, "run:hand over")
    assert inbox.mails == []


async def test_nobody_there_means_later() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(MailUnavailable):
        await SmtpMail(SmtpPlace("127.0.0.1", port, "none", None, None)).send(GOOD, "run:hand over")
