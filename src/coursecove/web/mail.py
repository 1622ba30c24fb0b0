"""Composes the way out for mail: Resend or SMTP by their settings, else the outbox itself."""

from coursecove.kit.db import Database
from coursecove.notifications.functions import Post
from coursecove.providers.mail import MailProvider
from coursecove.providers.mail.embedded import EmbeddedMail
from coursecove.settings import Settings


def build_post(settings: Settings, database: Database) -> Post:
    """What mail needs of this installation."""
    sender = settings.mail.sender(settings.root_domain)
    return Post(database, build_mail(settings), sender, settings.origin)


def build_mail(settings: Settings) -> MailProvider:
    """The provider that is set; settings hold one at most."""
    if settings.mail.resend_api_key is not None:
        from coursecove.providers.mail.resend import ResendMail  # noqa: PLC0415 - most installations do without

        return ResendMail(settings.mail.resend_api_key.get_secret_value())
    if settings.mail.smtp is not None:
        from coursecove.providers.mail.smtp import SmtpMail  # noqa: PLC0415 - most installations do without

        return SmtpMail(settings.mail.smtp)
    return EmbeddedMail()
