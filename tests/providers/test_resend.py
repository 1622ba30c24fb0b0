"""The Resend adapter against a server that speaks its published shapes."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from starlette.responses import PlainTextResponse, Response

from coursecove.kit.mail import Address
from coursecove.providers.mail import MailRefused, MailUnavailable
from coursecove.providers.mail.resend import ResendMail
from tests.providers.resend_server import API_KEY, ResendServer, problem, resend_server
from tests.providers.test_message import GOOD


@pytest.fixture
async def resend() -> AsyncIterator[ResendServer]:
    async with resend_server() as server:
        yield server


async def test_a_mail_is_sent_once_for_its_key(resend: ResendServer) -> None:
    mail = ResendMail(API_KEY, resend.url)
    message = replace(
        GOOD,
        sender=Address("no-reply@coursecove.example", "Müller, Sons"),
        reply_to="office@music.example",
        headers={"List-Unsubscribe": "<https://x.example/u>"},
    )
    first = await mail.send(message, "run:hand over")
    assert await mail.send(message, "run:hand over") == first
    assert resend.requests == ["run:hand over"] * 2
    assert resend.mails == [
        {
            "from": '"Müller, Sons" <no-reply@coursecove.example>',
            "to": ["isla@music.example"],
            "subject": "Welcome to Harbour Music School",
            "text": "Hello",
            "html": "<p>Hello</p>",
            "reply_to": "office@music.example",
            "headers": {"List-Unsubscribe": "<https://x.example/u>"},
        }
    ]


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (problem(400, "validation_error", "One field is wrong"), MailRefused, None),
        (problem(422, "invalid_parameter", "`to` is no address"), MailRefused, None),
        (problem(409, "invalid_idempotent_request", "Another body"), MailRefused, None),
        (problem(409, "concurrent_idempotent_requests", "Still at it"), MailUnavailable, None),
        (problem(401, "validation_error", "API key is invalid"), MailUnavailable, None),
        (problem(403, "validation_error", "The domain is not verified"), MailUnavailable, None),
        (problem(429, "rate_limit_exceeded", "Too many", **{"retry-after": "3"}), MailUnavailable, 3.0),
        (problem(429, "daily_quota_exceeded", "Enough", **{"retry-after": "soon"}), MailUnavailable, None),
        (problem(500, "application_error", "Ours"), MailUnavailable, None),
        (PlainTextResponse("bad gateway", 502), MailUnavailable, None),
        (PlainTextResponse("<html>moved", 301, {"location": "http://127.0.0.1:1/"}), MailUnavailable, None),
        (PlainTextResponse("[]", 200), MailUnavailable, None),
    ],
)
async def test_an_error_says_whether_to_come_again(
    resend: ResendServer, answer: Response, kind: type[Exception], wait: float | None
) -> None:
    resend.answers = [answer]
    with pytest.raises(kind) as caught:
        await ResendMail(API_KEY, resend.url).send(GOOD, "run:hand over")
    assert resend.mails == []
    if isinstance(caught.value, MailUnavailable):
        assert caught.value.retry_after == wait


async def test_nobody_there_means_later() -> None:
    with pytest.raises(MailUnavailable, match="ConnectError"):
        await ResendMail(API_KEY, "http://127.0.0.1:1").send(GOOD, "run:hand over")


async def test_the_key_is_in_no_error(resend: ResendServer) -> None:
    with pytest.raises(MailUnavailable) as caught:
        await ResendMail("re_wrong_key", resend.url).send(GOOD, "run:hand over")
    assert "re_wrong" not in str(caught.value)
