"""Settings: one frozen tree, the only reader of the environment. Nothing set means everything embedded."""

import base64
import hmac
import os
from functools import cached_property
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from secrets import token_hex
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from coursecove.kit.db import DatabaseConfig, SealKey
from coursecove.kit.db.provision import Provision
from coursecove.kit.errors import ProblemError
from coursecove.kit.mail import Address, SmtpPlace
from coursecove.settings.files import FileSettings
from coursecove.settings.group import Group, listed
from coursecove.settings.identity import IdentitySettings
from coursecove.settings.incoming import WebhookSettings


class BadSettings(ProblemError):
    """A setting is wrong. Nothing was started."""


class DatabaseSettings(Group):
    """Where PostgreSQL is."""

    url: str | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL as an administrator sees it, for migrations; unset: a private embedded server.",
    )
    app_url: str | None = Field(
        None,
        validation_alias="COURSECOVE_DATABASE_APP_URL",
        description="The user client's address, where it is not DATABASE_URL with the role coursecove_app.",
    )
    service_url: str | None = Field(
        None,
        validation_alias="COURSECOVE_DATABASE_SERVICE_URL",
        description="The service client's address, where it is not DATABASE_URL with the role coursecove_service.",
    )
    identity_url: str | None = Field(
        None,
        validation_alias="COURSECOVE_DATABASE_IDENTITY_URL",
        description="The embedded identity provider's address, where it is not DATABASE_URL with the role "
        "coursecove_identity.",
    )
    connections: int = Field(
        4,
        ge=1,
        le=50,
        validation_alias="COURSECOVE_DATABASE_CONNECTIONS",
        description="Connections per process, role and kind of use.",
    )
    prepared_statements: bool = Field(
        True,
        validation_alias="COURSECOVE_DATABASE_PREPARED_STATEMENTS",
        description="Switch off behind a transaction pooler that cannot track prepared statements.",
    )
    statement_timeout: float = Field(
        5.0,
        gt=0,
        validation_alias="COURSECOVE_DATABASE_STATEMENT_TIMEOUT",
        description="Seconds that one statement of a page may take.",
    )


class InngestSettings(Group):
    """Inngest, where its keys are set; the embedded engine otherwise."""

    event_key: SecretStr | None = Field(
        None, validation_alias="INNGEST_EVENT_KEY", description="The key that events are sent with."
    )
    signing_key: SecretStr | None = Field(
        None, validation_alias="INNGEST_SIGNING_KEY", description="The key that Inngest signs its calls with."
    )
    base_url: str | None = Field(
        None,
        validation_alias="INNGEST_BASE_URL",
        description="A self-hosted Inngest server; unset: Inngest Cloud.",
    )
    dev: str | None = Field(
        None,
        validation_alias="INNGEST_DEV",
        description="Refused in production: it switches Inngest's signature check off.",
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.event_key is None) != (self.signing_key is None):
            raise ValueError("INNGEST_EVENT_KEY and INNGEST_SIGNING_KEY belong together: set both or neither")
        return self


class MailSettings(Group):
    """Resend or an SMTP server, where one is set; otherwise mail stays in the outbox, for the mailbox."""

    resend_api_key: SecretStr | None = Field(
        None,
        validation_alias="RESEND_API_KEY",
        description="Resend's API key (re_…), with which mail leaves.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        validation_alias="COURSECOVE_SMTP_URL",
        description="The SMTP server that mail leaves by: smtps://, smtp+starttls:// or, for one that asks for no "
        "password, smtp://; then user:password@host:port, special characters percent-encoded.",
    )
    mail_from: str = Field(
        "",
        validation_alias="COURSECOVE_MAIL_FROM",
        description="The sender of all mail, `Name <name@domain>`; unset: no-reply at the root domain. "
        "A school's own mail bears the school's name.",
    )

    @model_validator(mode="after")
    def _one_way_out(self) -> Self:
        if self.resend_api_key and self.smtp_url:
            raise ValueError("RESEND_API_KEY and COURSECOVE_SMTP_URL are two ways for mail to leave: set one")
        try:
            _ = self.smtp
        except ValueError:  # what it says may hold the password
            raise ValueError(
                "COURSECOVE_SMTP_URL is not an address like smtps://user:password@host:465"
            ) from None
        try:
            self.sender("school.example")
        except ValueError:
            raise ValueError("COURSECOVE_MAIL_FROM is not an address like `Name <name@domain>`") from None
        return self

    @property
    def leaves(self) -> bool:
        return self.resend_api_key is not None or self.smtp_url is not None

    @property
    def smtp(self) -> SmtpPlace | None:
        return SmtpPlace.parse(self.smtp_url.get_secret_value()) if self.smtp_url else None

    def sender(self, root_domain: str) -> Address:
        return Address.parse(self.mail_from or f"CourseCove <no-reply@{root_domain}>")


class Settings(Group):
    """Everything that can be set, and what it means when it is not."""

    environment: Literal["development", "production"] = Field(
        "development",
        validation_alias="COURSECOVE_ENV",
        description="`production` refuses the conveniences of development: demo sign-in, generated secrets.",
    )
    root_domain: str = Field(
        "coursecove.localhost",
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
        validation_alias="COURSECOVE_ROOT_DOMAIN",
        description="The domain whose subdomains are schools.",
    )
    host: str = Field("127.0.0.1", validation_alias="COURSECOVE_HOST", description="Address to listen on.")
    port: int = Field(
        8000, ge=1, le=65535, validation_alias="COURSECOVE_PORT", description="Port to listen on."
    )
    public_port: int | None = Field(
        None,
        validation_alias="COURSECOVE_PUBLIC_PORT",
        description="The port in public addresses; unset: the listening port in development, none in production.",
    )
    trusted_proxies: str = Field(
        "",
        validation_alias="COURSECOVE_TRUSTED_PROXIES",
        description="Addresses of proxies whose X-Forwarded-For is believed, comma-separated.",
    )
    data: Path = Field(
        Path(".coursecove/dev"),
        validation_alias="COURSECOVE_DATA",
        description="Folder for what an installation keeps on disk: embedded database, keys, journal.",
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        validation_alias="COURSECOVE_SECRET_KEY",
        description="The secret that seals, tokens and role passwords are derived from, 32 characters or more; "
        "unset in development: made once and kept in the data folder.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        validation_alias="COURSECOVE_LOG_FORMAT",
        description="`auto` is text on a terminal, else JSON.",
    )
    otlp_endpoint: str | None = Field(
        None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="Where OpenTelemetry traces go; unset: nowhere.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        validation_alias="COURSECOVE_METRICS_TOKEN",
        description="Bearer token with which other machines may read /metrics; unset: only this machine may.",
    )
    operators: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_-]*( *, *[A-Za-z0-9_-]+)*$",
        validation_alias="COURSECOVE_OPERATORS",
        description="The identity provider's user ids, comma-separated, of those who may enter the operator's "
        "pages; unset: nobody, in development the demo operator.",
    )
    dns_servers: str = Field(
        "",
        pattern=r"^[0-9A-Fa-f.:]*( *, *[0-9A-Fa-f.:]+)*$",
        validation_alias="COURSECOVE_DNS_SERVERS",
        description="Addresses of name servers, comma-separated, that are asked about schools' own domains; unset: "
        "this machine's own.",
    )
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    identity: IdentitySettings = Field(default_factory=IdentitySettings)
    inngest: InngestSettings = Field(default_factory=InngestSettings)
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings)

    mail: MailSettings = Field(default_factory=MailSettings)
    files: FileSettings = Field(default_factory=FileSettings)

    @model_validator(mode="after")
    def _production_is_earnest(self) -> Self:
        if self.environment == "development":
            return self
        missing = [
            name
            for name, value in {
                "COURSECOVE_SECRET_KEY": self.secret_key,
                "DATABASE_URL": self.database.url,
                "RESEND_API_KEY or COURSECOVE_SMTP_URL": self.mail.leaves or None,
            }.items()
            if value is None
        ]
        if missing:
            raise ValueError(f"production needs {', '.join(missing)}")
        if self.identity.uses_clerk and self.identity.clerk_webhook_secret is None:
            raise ValueError("production with Clerk needs CLERK_WEBHOOK_SECRET, or no webhook could come in")
        if self.inngest.dev:
            raise ValueError("INNGEST_DEV switches signature checks off and is refused in production")
        if self.mail.smtp and self.mail.smtp.tells_password:
            raise ValueError(
                "COURSECOVE_SMTP_URL would send its password in clear: use smtps:// or smtp+starttls://"
            )
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, listed: str) -> str:
        for part in filter(None, (part.strip() for part in listed.split(","))):
            ip_network(part, strict=False)
        return listed

    @property
    def operator_ids(self) -> frozenset[str]:
        return frozenset(listed(self.operators))

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """What webhooks may be signed with; the embedded provider signs with a key of this installation."""
        given = self.identity.clerk_webhook_secret
        others = listed(given.get_secret_value() if given else "")
        if self.identity.uses_clerk:
            return others
        return (f"whsec_{base64.b64encode(self.derived('webhooks')).decode()}", *others)

    @property
    def journal_folder(self) -> Path | None:
        """Where the journal is; None where it is switched off."""
        if self.webhooks.journal == "off":
            return None
        return Path(self.webhooks.journal) if self.webhooks.journal else self.data / "journal"

    @property
    def files_folder(self) -> Path:
        return self.files.folder or self.data / "files"

    @property
    def name_servers(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.dns_servers.split(",") if part.strip())

    @property
    def in_development(self) -> bool:
        return self.environment == "development"

    @property
    def has_mailbox(self) -> bool:
        """Only a development start that sends nothing shows what it did not send."""
        return self.in_development and not self.mail.leaves

    @property
    def scheme(self) -> str:
        return "http" if self.in_development else "https"

    @property
    def origin_port(self) -> int | None:
        """The port that stands in public addresses, or None for the scheme's own."""
        port = self.public_port or (self.port if self.in_development else None)
        return None if port in (None, {"http": 80, "https": 443}[self.scheme]) else port

    def origin(self, label: str | None = None) -> str:
        """`https://music.coursecove.com` for a label, the apex without one."""
        host = f"{label}.{self.root_domain}" if label else self.root_domain
        return f"{self.scheme}://{host}" + (f":{self.origin_port}" if self.origin_port else "")

    @cached_property
    def secret(self) -> bytes:
        """The installation's secret; in development made once and kept, readable by its owner alone."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        path = self.data / "secret"
        if not path.exists():
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self.data / f".secret-{token_hex(4)}"
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(token_hex(32))
            try:
                os.link(fresh, path)  # never replaces one that another process made first
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_text().encode()

    def derived(self, purpose: str) -> bytes:
        """A key of its own for each purpose, so that one cannot be used for another."""
        return hmac.new(self.secret, purpose.encode(), sha256).digest()

    def provision(self) -> Provision:
        return Provision(SealKey(1, self.derived("seal")), self.derived("roles"))

    def database_config(self, url: str) -> DatabaseConfig:
        """How both clients reach the database that `url` shows to its administrator."""
        provision = self.provision()
        return DatabaseConfig(
            app_url=self.database.app_url or _as_role(url, provision, "coursecove_app"),
            service_url=self.database.service_url or _as_role(url, provision, "coursecove_service"),
            seal_key=provision.seal_key,
            connections=self.database.connections,
            prepared_statements=self.database.prepared_statements,
            statement_timeout=self.database.statement_timeout,
        )

    def identity_database_url(self, url: str) -> str:
        """How the embedded identity provider reaches the database that `url` shows to its administrator."""
        return self.database.identity_url or _as_role(url, self.provision(), "coursecove_identity")


def load() -> Settings:
    """Read the environment; a broken setting is said in one sentence that names it."""
    try:
        return Settings()
    except ValidationError as refusal:
        first = refusal.errors()[0]
        name = str(first["loc"][-1]) if first["loc"] else ""
        said = first["msg"].removeprefix("Value error, ")
        raise BadSettings(f"{name}: {said}" if name else said) from None


def _as_role(url: str, provision: Provision, role: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{provision.password(role)}@{place}"))
