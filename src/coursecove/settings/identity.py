"""Settings of the identity provider: Clerk's keys, or how strict the embedded one is."""

import base64
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from coursecove.settings.group import Group, listed


class IdentitySettings(Group):
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
    clerk_api_url: str = Field(
        "https://api.clerk.com",
        pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$",
        validation_alias="COURSECOVE_CLERK_API_URL",
        description="Where Clerk's Backend API is.",
    )
    clerk_custom_roles: bool = Field(
        False,
        validation_alias="COURSECOVE_CLERK_CUSTOM_ROLES",
        description="Whether the Clerk instance has the roles org:teacher, org:student and org:guardian; "
        "without them metadata of the membership says the role.",
    )
    webhook_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#@]+/[^?#]*$",
        validation_alias="COURSECOVE_IDENTITY_WEBHOOK_URL",
        description="Embedded provider: where it sends its webhooks; unset: this machine's own web process.",
    )
    session_days: int = Field(
        7,
        ge=1,
        le=90,
        validation_alias="COURSECOVE_SESSION_DAYS",
        description="Embedded provider: days after which everybody signs in anew.",
    )
    idle_hours: int = Field(
        24,
        ge=1,
        validation_alias="COURSECOVE_SESSION_IDLE_HOURS",
        description="Embedded provider: hours without use after which a session is over.",
    )
    staff_idle_hours: int = Field(
        8,
        ge=1,
        validation_alias="COURSECOVE_SESSION_IDLE_HOURS_STAFF",
        description="Embedded provider: the same for those who run a school or teach.",
    )
    second_factor_grace_hours: int = Field(
        72,
        ge=0,
        validation_alias="COURSECOVE_SECOND_FACTOR_GRACE_HOURS",
        description="Embedded provider: hours from the first sign-in of somebody who runs a school or teaches "
        "until they must have set up a second factor.",
    )
    password_length: int = Field(
        15,
        ge=8,
        le=64,
        validation_alias="COURSECOVE_PASSWORD_LENGTH",
        description="Embedded provider: least characters of a password that stands alone; beside a second factor 8 do.",
    )
    terms_version: str = Field(
        "2026-01",
        min_length=1,
        max_length=40,
        validation_alias="COURSECOVE_TERMS_VERSION",
        description="Embedded provider: the version of the terms that people accept when they sign up.",
    )
    terms_url: str | None = Field(
        None,
        validation_alias="COURSECOVE_TERMS_URL",
        description="Embedded provider: where the terms stand; unset: /legal/terms of the root domain.",
    )
    privacy_url: str | None = Field(
        None,
        validation_alias="COURSECOVE_PRIVACY_URL",
        description="Embedded provider: where the privacy notice stands; unset: /legal/privacy of the root domain.",
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
        for secret in listed(given.get_secret_value() if given else ""):
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
