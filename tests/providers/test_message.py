"""What a message may say: addresses that are some, and no header that names another recipient."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursecove.kit.mail import Address, BadAddress, SmtpPlace, checked_address, has_controls, one_line
from coursecove.providers.mail import MailRefused, Message, message_id
from coursecove.providers.mail.smtp import mime

SENDER = Address("no-reply@coursecove.example", "CourseCove")
GOOD = Message(
    "isla@music.example",
    "Welcome to Harbour Music School",
    "Hello",
    "<p>Hello</p>",
    SENDER,
    datetime(2026, 11, 24, 14, 20, tzinfo=UTC),
)
BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\0", "\x1b"]


@pytest.mark.parametrize("line", BREAKS, ids=repr)
@pytest.mark.parametrize("place", ["to", "subject", "reply_to", "name", "mail", "headers"])
def test_no_part_can_start_a_header(place: str, line: str) -> None:
    evil = f"a{line}Bcc: victim@bank.example"
    with pytest.raises((MailRefused, BadAddress)):
        _with(place, evil)


def _with(place: str, evil: str) -> Message:
    if place == "headers":
        return replace(GOOD, headers={"List-Unsubscribe": evil})
    if place in ("name", "mail"):
        named = {"name": "A", "mail": SENDER.mail} | {place: evil}
        return replace(GOOD, sender=Address(**named))
    changes: Any = {place: evil}
    return replace(GOOD, **changes)


@pytest.mark.parametrize(
    "name",
    ["Bcc", "To", "Cc", "From", "Sender", "Subject", "Content-Type", "Received", "X-A: b\r\nBcc", "X A", ""],
)
def test_only_headers_that_change_no_one_else_may_be_added(name: str) -> None:
    with pytest.raises(MailRefused):
        replace(GOOD, headers={name: "x@y.example"})


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_whatever_people_type_makes_one_mail_to_one_person(subject: str, name: str, body: str) -> None:
    message = replace(
        GOOD, subject=one_line(subject), sender=SENDER.named(name), text=one_line(body), html=one_line(body)
    )
    read = message_from_bytes(mime(message, "key").as_bytes(), policy=policy.default)
    assert read["Bcc"] is None
    assert read["Cc"] is None
    assert [each.addr_spec for each in read["To"].addresses] == ["isla@music.example"]
    assert [each.addr_spec for each in read["From"].addresses] == ["no-reply@coursecove.example"]

    assert read["Subject"] == one_line(subject)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("isla@music.example", "isla@music.example"),
        (" Isla.B+practice@Music.Example ", "Isla.B+practice@music.example"),
        ("o'brien@music.example", "o'brien@music.example"),
        ("isla@müsik.example", "isla@xn--msik-0ra.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_addresses_are_understood(typed: str, address: str) -> None:
    assert checked_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "isla",
        "isla@",
        "@music.example",
        "isla@music..example",
        "isla@-music.example",
        ".isla@music.example",
        "is..la@music.example",
        "isla bennett@music.example",
        "isla@music.example, eve@evil.example",
        "isla@music.example;eve@evil.example",
        "<isla@music.example>",
        "Isla <isla@music.example>",
        '"isla"@music.example',
        "isla@evil.example@music.example",
        "isla@[127.0.0.1]",
        "isla@127.0.0.1",
        "isla@music.example\nBcc: x@y.example",
        "islä@music.example",
        "a" * 65 + "@music.example",
        "a@" + "b" * 64 + ".example",
        "a@" + ".".join(["b" * 60] * 5),
        "a@\ud800.example",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress):
        checked_address(typed)


def test_a_sender_is_read_with_its_name() -> None:
    read = Address.parse("CourseCove <hello@School.example>")
    assert (read.name, read.mail, read.domain) == ("CourseCove", "hello@school.example", "school.example")
    assert str(read.named('Müller, Sons & "Daughters"')).endswith("<hello@school.example>")
    assert read.named(None) is read


def test_a_mail_is_two_alternatives_with_the_same_headers_each_time() -> None:
    message = replace(
        GOOD, reply_to="office@music.example", headers={"List-Unsubscribe": "<https://x.example/u>"}
    )
    first, second = mime(message, "run-1:hand over"), mime(message, "run-1:hand over")
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]
    assert first.get_content_type() == "multipart/alternative"
    for name in ("Message-ID", "Date", "From", "To", "Subject", "Reply-To", "List-Unsubscribe"):
        assert first[name] == second[name]
    assert first["Date"] == "Tue, 24 Nov 2026 14:20:00 +0000"
    assert first["Message-ID"] == message_id("run-1:hand over", "coursecove.example")
    assert first["Message-ID"] != mime(message, "run-2:hand over")["Message-ID"]
    assert first.as_bytes().isascii()


def test_one_line_is_one_line() -> None:
    assert one_line(" a\r\n\tb\u2028c \0 ") == "a b c"
    assert not has_controls(one_line("".join(BREAKS)))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("smtp://localhost", SmtpPlace("localhost", 25, "none", None, None)),
        ("smtp://localhost:1025/", SmtpPlace("localhost", 1025, "none", None, None)),
        ("smtps://me:p%40ss%2Fword@mx.example", SmtpPlace("mx.example", 465, "tls", "me", "p@ss/word")),
        (
            "smtp+starttls://a%40b.example:x@mx.example:2525",
            SmtpPlace("mx.example", 2525, "starttls", "a@b.example", "x"),
        ),
    ],
)
def test_smtp_addresses_are_understood(url: str, place: SmtpPlace) -> None:
    assert SmtpPlace.parse(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mx.example",
        "http://mx.example",
        "smtp://",
        "smtp://mx.example/inbox",
        "smtps://me@mx.example",
        "smtp://mx.example:port",
        "smtp://mx.example?tls=no",
    ],
)
def test_other_smtp_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        SmtpPlace.parse(url)
