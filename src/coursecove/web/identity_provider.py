"""The embedded identity provider of this installation: its settings, and what it learns from the product."""

from collections.abc import Awaitable, Callable

from coursecove.kit.db import Database
from coursecove.kit.errors import ProblemError
from coursecove.kit.ttl_cache import TtlCache
from coursecove.kit.web import branding
from coursecove.kit.web.hosts import SchoolHost
from coursecove.notifications.actions import queue_mail
from coursecove.settings import Settings
from coursecove.web.schools import SchoolAtHost, Schools
from coursecove_identity.clock import DAY, HOUR
from coursecove_identity.mail import Mail, MailNotTaken, SendMail
from coursecove_identity.policy import Policy
from coursecove_identity.provider import Brand, Provider, Surroundings
from coursecove_identity.site import Site
from coursecove_identity.store import Store
from coursecove_identity.vault import Vault

FONTS = """@font-face {
  font-family: "Geist Variable"; font-weight: 100 900; font-display: swap;
  src: url("/static/vendor/geist-5.3.0-latin.woff2") format("woff2");
}
"""

LABEL_OF = "select subdomain from organizations where clerk_organization_id = $1"


def build_provider(settings: Settings, database: Database) -> Provider:
    """Connects when it is first asked something."""
    store = Store(
        settings.identity_database_url(database.config.service_url),
        connections=settings.database.connections,
        prepared_statements=settings.database.prepared_statements,
    )
    site = Site.parse(settings.origin())
    return Provider(
        site, store, Vault(settings.derived("identity")), surroundings(settings, database), policy(settings)
    )


def policy(settings: Settings) -> Policy:
    chosen = settings.identity
    return Policy(
        session_lifetime=chosen.session_days * DAY,
        idle=chosen.idle_hours * HOUR,
        idle_of_staff=chosen.staff_idle_hours * HOUR,
        grace=chosen.second_factor_grace_hours * HOUR,
        password_length=chosen.password_length,
        terms_version=chosen.terms_version,
    )


def surroundings(settings: Settings, database: Database) -> Surroundings:
    schools = TtlCache(_school_at(database))

    async def organization_at(label: str) -> str | None:
        school = await schools.get(label)
        return school.clerk_organization_id if school else None

    async def brand_of(label: str) -> Brand | None:
        school = await schools.get(label)
        return Brand(school.name, branding.stylesheet(school.brand_color)) if school else None

    async def label_of(organization_id: str) -> str | None:
        async with database.service_read() as db:
            label: str | None = await db.value(LABEL_OF, organization_id)
        return label

    return Surroundings(
        send_mail=_outbox(database),
        organization_at=organization_at,
        label_of=label_of,
        brand_of=brand_of,
        landing="/dashboard",
        fonts=FONTS,
        terms_url=settings.identity.terms_url or f"{settings.origin()}/legal/terms",
        privacy_url=settings.identity.privacy_url or f"{settings.origin()}/legal/privacy",
        one_click=settings.in_development and Site.parse(settings.origin()).is_local,
    )


def _school_at(database: Database) -> Callable[[str], Awaitable[SchoolAtHost | None]]:
    ask = Schools(database)

    async def school_at(label: str) -> SchoolAtHost | None:
        found = await ask(SchoolHost(label))
        return found if isinstance(found, SchoolAtHost) else None

    return school_at


def _outbox(database: Database) -> SendMail:
    async def send(mail: Mail) -> None:
        """Into the product's outbox, which takes each key once."""
        try:
            async with database.service() as db:
                await queue_mail(
                    db,
                    to=mail.to,
                    subject=mail.subject,
                    text=mail.text,
                    html=mail.html,
                    key=f"identity:{mail.key}",
                )
        except ProblemError as trouble:
            raise MailNotTaken from trouble

    return send
