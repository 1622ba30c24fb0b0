"""One way out for mail, said by settings; what is half or contradictory is refused in a sentence."""

import pytest
from pydantic import SecretStr

from coursecove import settings as module
from coursecove.providers.mail.embedded import EmbeddedMail
from coursecove.providers.mail.resend import ResendMail
from coursecove.providers.mail.smtp import SmtpMail
from coursecove.settings import BadSettings, MailSettings, Settings
from coursecove.web.mail import build_mail

PRODUCTION = {
    "COURSECOVE_ENV": "production",
    "COURSECOVE_SECRET_KEY": "s" * 32,
    "DATABASE_URL": "postgresql://localhost/x",
    "CLERK_SECRET_KEY": "sk_live_x",
    "CLERK_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "CLERK_PUBLISHABLE_KEY": "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k",
}
MAIL = ("RESEND_API_KEY", "COURSECOVE_SMTP_URL", "COURSECOVE_MAIL_FROM")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in (*MAIL, *PRODUCTION):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def loaded(environment: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        environment.setenv(name, value)
    return module.load()


def test_nothing_set_keeps_mail_here(environment: pytest.MonkeyPatch) -> None:
    chosen = loaded(environment)
    assert isinstance(build_mail(chosen), EmbeddedMail)
    assert chosen.has_mailbox
    assert str(chosen.mail.sender(chosen.root_domain)) == "CourseCove <no-reply@coursecove.localhost>"


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [("RESEND_API_KEY", "re_x", ResendMail), ("COURSECOVE_SMTP_URL", "smtps://a:b@mx.example", SmtpMail)],
)
def test_each_way_out(environment: pytest.MonkeyPatch, name: str, value: str, kind: type[object]) -> None:
    for values in ({name: value}, PRODUCTION | {name: value}):
        chosen = loaded(environment, **values)
        assert isinstance(build_mail(chosen), kind)
        assert not chosen.has_mailbox


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"RESEND_API_KEY": "re_x", "COURSECOVE_SMTP_URL": "smtp://mx.example"},
            "RESEND_API_KEY and COURSECOVE_SMTP_URL are two ways for mail to leave: set one",
        ),
        (PRODUCTION, "production needs RESEND_API_KEY or COURSECOVE_SMTP_URL"),
        (
            PRODUCTION | {"COURSECOVE_SMTP_URL": "smtp://me:secret@mx.example"},
            "COURSECOVE_SMTP_URL would send its password in clear: use smtps:// or smtp+starttls://",
        ),
        (
            {"COURSECOVE_SMTP_URL": "mx.example:25"},
            "COURSECOVE_SMTP_URL is not an address like smtps://user:password@host:465",
        ),
        (
            {"COURSECOVE_SMTP_URL": "smtps://me:sec/ret@mx.example"},
            "COURSECOVE_SMTP_URL is not an address like smtps://user:password@host:465",
        ),
        (
            {"COURSECOVE_MAIL_FROM": "CourseCove"},
            "COURSECOVE_MAIL_FROM is not an address like `Name <name@domain>`",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    environment: pytest.MonkeyPatch, values: dict[str, str], said: str
) -> None:
    with pytest.raises(BadSettings) as refused:
        loaded(environment, **values)
    assert refused.value.message.removeprefix("mail: ") == said


def test_a_relay_without_a_password_may_be_plain(environment: pytest.MonkeyPatch) -> None:
    assert loaded(environment, **PRODUCTION, COURSECOVE_SMTP_URL="smtp://relay:25").mail.leaves


def test_no_secret_is_shown(environment: pytest.MonkeyPatch) -> None:
    chosen = loaded(environment, COURSECOVE_SMTP_URL="smtps://me:hunter2@mx.example")
    assert "hunter2" not in repr(chosen)
    assert "hunter2" not in repr(MailSettings(resend_api_key=None, smtp_url=SecretStr("smtp://a:hunter2@b")))
