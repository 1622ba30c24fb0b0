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
from pydantic_settings import BaseSettings, SettingsConfigDict

from coursecove.kit.db import DatabaseConfig, SealKey
from coursecove.kit.db.provision import Provision
from coursecove.kit.errors import ProblemError


class BadSettings(ProblemError):
    """A setting is wrong. Nothing was started."""


class _Group(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )


class DatabaseSettings(_Group):
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


class IdentitySettings(_Group):
    """Clerk, where its keys are set; the embedded provider otherwise."""

    clerk_secret_key: SecretStr | None = Field(
        None, validation_alias="CLERK_SECRET_KEY", description="Clerk's secret key (sk_…)."
    )
    clerk_publishable_key: str | None = Field(
        None,
        validation_alias="CLERK_PUBLISHABLE_KEY",
        description="Clerk's publishable key (pk_…); names the issuer.",
    )
    clerk_webhook_secret: SecretStr | None = Field(
        None,
        validation_alias="CLERK_WEBHOOK_SECRET",
        description="Secrets that webhooks are accepted from (whsec_…), comma-separated while one is replaced.",
    )
    clerk_instance_id: str | None = Field(
        None,
        pattern=r"^ins_[A-Za-z0-9]+$",
        validation_alias="COURSECOVE_CLERK_INSTANCE_ID",
        description="Only this instance's webhooks are applied (ins_…), others are kept as ignored; unset: all.",
    )

    @field_validator("clerk_webhook_secret")
    @classmethod
    def _readable(cls, given: SecretStr | None) -> SecretStr | None:
        for secret in _listed(given.get_secret_value() if given else ""):
            try:
                key = base64.b64decode(secret.removeprefix("whsec_") + "==")
            except ValueError:
                key = b""
            if not key:
                raise ValueError("CLERK_WEBHOOK_SECRET holds what is no secret: each is whsec_ and base64")
        return given

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.clerk_secret_key is None) != (self.clerk_publishable_key is None):
            raise ValueError(
                "CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY belong together: set both or neither"
            )
        if self.clerk_publishable_key and not self.frontend_host:
            raise ValueError("CLERK_PUBLISHABLE_KEY is not one: it starts with pk_live_ or pk_test_")
        return self

    @property
    def uses_clerk(self) -> bool:
        return self.clerk_secret_key is not None

    @property
    def frontend_host(self) -> str:
        """The Frontend API host that a publishable key carries in base64, followed by a dollar sign."""
        prefix, _, encoded = (self.clerk_publishable_key or "").rpartition("_")
        if prefix not in ("pk_live", "pk_test"):
            return ""
        try:
            return base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode().rstrip("$")
        except ValueError:
            return ""


class InngestSettings(_Group):
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


class WebhookSettings(_Group):
    """Where webhooks go while the database is away, and how long they and closed schools are kept."""

    journal: str | None = Field(
        None,
        validation_alias="COURSECOVE_JOURNAL",
        description="Folder on a lasting disk that keeps webhooks while the database does not answer; unset: "
        "`journal` in the data folder; `off`: none, and webhooks are answered with 503 then.",
    )
    journal_megabytes: int = Field(
        256,
        ge=1,
        validation_alias="COURSECOVE_JOURNAL_MEGABYTES",
        description="The most that the journal holds; more is answered with 503.",
    )
    redact_after_days: int = Field(
        30,
        ge=1,
        validation_alias="COURSECOVE_WEBHOOK_REDACT_DAYS",
        description="Days after which the bodies of webhooks are blanked.",
    )
    keep_days: int = Field(
        365,
        ge=1,
        validation_alias="COURSECOVE_WEBHOOK_KEEP_DAYS",
        description="Days after which webhooks are forgotten altogether.",
    )
    school_grace_days: int = Field(
        30,
        ge=0,
        validation_alias="COURSECOVE_DELETED_SCHOOL_GRACE_DAYS",
        description="Days for which the data of a school that the identity provider deleted are kept; 0: none.",
    )


class Settings(_Group):
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

    @model_validator(mode="after")
    def _production_is_earnest(self) -> Self:
        if self.environment == "development":
            return self
        missing = [
            name
            for name, value in {
                "COURSECOVE_SECRET_KEY": self.secret_key,
                "DATABASE_URL": self.database.url,
                "CLERK_SECRET_KEY": self.identity.clerk_secret_key,
            }.items()
            if value is None
        ]
        if missing:
            raise ValueError(f"production needs {', '.join(missing)}")
        if self.identity.uses_clerk and self.identity.clerk_webhook_secret is None:
            raise ValueError("production with Clerk needs CLERK_WEBHOOK_SECRET, or no webhook could come in")
        if self.inngest.dev:
            raise ValueError("INNGEST_DEV switches signature checks off and is refused in production")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, listed: str) -> str:
        for part in filter(None, (part.strip() for part in listed.split(","))):
            ip_network(part, strict=False)
        return listed

    @property
    def operator_ids(self) -> frozenset[str]:
        return frozenset(_listed(self.operators))

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """What webhooks may be signed with; the embedded provider signs with a key of this installation."""
        given = self.identity.clerk_webhook_secret
        listed = _listed(given.get_secret_value() if given else "")
        own = (
            ()
            if self.identity.uses_clerk
            else (f"whsec_{base64.b64encode(self.derived('webhooks')).decode()}",)
        )
        return (*own, *listed)

    @property
    def journal_folder(self) -> Path | None:
        """Where the journal is; None where it is switched off."""
        if self.webhooks.journal == "off":
            return None
        return Path(self.webhooks.journal) if self.webhooks.journal else self.data / "journal"

    @property
    def name_servers(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.dns_servers.split(",") if part.strip())

    @property
    def in_development(self) -> bool:
        return self.environment == "development"

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


def load() -> Settings:
    """Read the environment; a broken setting is said in one sentence that names it."""
    try:
        return Settings()
    except ValidationError as refusal:
        first = refusal.errors()[0]
        name = str(first["loc"][-1]) if first["loc"] else ""
        said = first["msg"].removeprefix("Value error, ")
        raise BadSettings(f"{name}: {said}" if name else said) from None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _as_role(url: str, provision: Provision, role: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{provision.password(role)}@{place}"))
