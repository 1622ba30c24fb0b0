"""Settings of the identity provider: Clerk's keys, and what webhooks are signed with."""

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
