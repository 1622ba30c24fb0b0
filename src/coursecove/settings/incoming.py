"""Settings of webhooks, and of what is kept for how long."""

from pydantic import Field

from coursecove.settings.group import Group


class WebhookSettings(Group):
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
