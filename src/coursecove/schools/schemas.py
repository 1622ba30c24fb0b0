"""What the JSON API says and takes about the school itself."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from coursecove.accounts.schemas import ABSENT, Answer, Changes, LocaleName, ZoneName

Color = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$", examples=["#0f766e"])]
ProfilesBy = Annotated[
    Literal["owners", "staff", "guardians"],
    Field(
        description="Who may make profiles for children: owners; teachers too; or their guardians as well."
    ),
]
Joining = Annotated[
    Literal["invited", "ask"],
    Field(description="How people come in: by invitation only, or they may ask as well."),
]


def _no_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class School(Answer):
    """A school's own facts and settings."""

    id: UUID
    name: str
    slug: str
    label: str = Field(description="The first part of the school's address.")
    brand_color: Color | None
    time_zone: str
    locale: str
    serves_minors: bool
    profiles_by: ProfilesBy
    joining: Joining
    created_at: datetime


class SchoolChanges(Changes):
    """Settings to change; the name and the address have ways of their own."""

    time_zone: ZoneName = Field(default=ABSENT, json_schema_extra=_no_default)
    locale: LocaleName = Field(default=ABSENT, json_schema_extra=_no_default)
    brand_color: Color | None = Field(default=None, json_schema_extra=_no_default)
    serves_minors: bool = Field(default=ABSENT, json_schema_extra=_no_default)
    profiles_by: ProfilesBy = Field(default=ABSENT, json_schema_extra=_no_default)
    joining: Joining = Field(default=ABSENT, json_schema_extra=_no_default)


class Hostname(Answer):
    """A name under which the school answers or once answered."""

    name: str = Field(description="A label below the root domain, or a whole domain.")
    kind: Literal["subdomain", "custom"]
    status: Literal["current", "redirect"] = Field(description="`redirect` leads to the current one.")
    since: datetime
    until: datetime | None


class Hostnames(Answer):
    """All names of the school, the current ones first."""

    items: list[Hostname]


class Export(Answer):
    """An archive of the school's data, or one that is being written."""

    id: UUID
    state: Literal["waiting", "running", "ready", "failed", "expired"]
    created_at: datetime
    tables_done: int
    tables_total: int
    rows_written: int
    size: int = Field(description="Bytes of the archive.")
    finished_at: datetime | None
    expires_at: datetime | None = Field(
        description="Until when it can be fetched from the school's settings."
    )


class Exports(Answer):
    """The latest exports first."""

    items: list[Export]
