"""What the JSON API says and takes about schools, members, events and keys."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from coursecove.accounts import queries
from coursecove.accounts.api_models import ApiToken
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.accounts.scopes import Scope


def without_controls(text: str) -> str:
    """The text, if it is one line that the database can hold."""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError("Control characters are not allowed.")
    return text


def _no_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


Line = Annotated[str, AfterValidator(without_controls)]
ZoneName = Annotated[Line, Field(max_length=64, examples=["Europe/London"], description="IANA time zone.")]
LocaleName = Annotated[Line, Field(max_length=35, examples=["en-GB"], description="BCP 47 language tag.")]
ABSENT: Any = None


class Answer(BaseModel):
    """Whatever the API says."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Changes(BaseModel):
    """A JSON merge patch (RFC 7396): what is absent stays as it is, null takes away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def given(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class Page(Answer):
    """Part of a list; both addresses are null where the list ends."""

    next: str | None = Field(description="Address of the following page.")
    previous: str | None = Field(description="Address of the page before.")


class MySchool(Answer):
    """The school that this host belongs to, in short."""

    id: UUID
    name: str
    label: str


class Myself(Answer):
    """The caller as a member of this school."""

    id: UUID
    name: str
    email: str
    time_zone: str
    locale: str


class Me(Answer):
    """Who calls, and what they may do here. `member` is null for a key of the school itself."""

    member: Myself | None
    school: MySchool
    role: Role
    permissions: list[Permission]
    scopes: list[Scope] | None = Field(description="What this key may do; null for a browser session.")


class AccountChanges(Changes):
    """The caller's own settings in this school; null takes the school's."""

    time_zone: ZoneName | None = Field(default=None, json_schema_extra=_no_default)
    locale: LocaleName | None = Field(default=None, json_schema_extra=_no_default)


class ListedMember(Answer):
    """A member as lists show them."""

    id: UUID
    name: str
    email: str | None = Field(description="Null where the caller may not know it.")
    role: Role
    joined_at: datetime


class Members(Page):
    """Members by name."""

    items: list[ListedMember]


class Member(ListedMember):
    """One member, closer."""

    active: bool
    time_zone: str
    locale: str


class Relation(Answer):
    """Somebody linked with a member."""

    id: UUID
    name: str
    role: Role
    relation: str = Field(description="What they are: `child` or `guardian`.")

    @classmethod
    def of(cls, row: queries.Related) -> Self:
        return cls(id=row.id, name=row.name, role=Role(row.role), relation=row.word)


class Relations(Answer):
    """Children of a guardian, guardians of a student."""

    items: list[Relation]


class Named(Answer):
    """A member by id and name."""

    id: UUID
    name: str


class Event(Answer):
    """A fact about the school."""

    id: UUID
    name: str
    data: dict[str, Any]
    occurred_at: datetime
    actor: str | None = Field(description="Name of the member who did it.")
    subject: Named | None = Field(description="The member it is about.")

    @classmethod
    def of(cls, row: queries.Happened) -> Self:
        subject = Named(id=row.subject_id, name=row.subject) if row.subject_id and row.subject else None
        return cls(
            id=row.id,
            name=row.name,
            data=row.data,
            occurred_at=row.occurred_at,
            actor=row.actor,
            subject=subject,
        )


class Events(Page):
    """What happened, newest first."""

    items: list[Event]


class Token(Answer):
    """A key for programs, without its secret."""

    id: UUID
    name: str
    hint: str = Field(description="The last characters of the secret.")
    scopes: list[Scope]
    of_school: bool = Field(description="A key of the school itself, which acts with an owner's reach.")
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To within a minute.")
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: ApiToken, **more: str) -> Self:
        facts = {name: getattr(row, name) for name in Token.model_fields if name != "of_school"}
        return cls.model_validate({**facts, "of_school": row.member_id is None, **more})


class Tokens(Page):
    """The caller's own keys and, for owners, the school's; newest first."""

    items: list[Token]


class NewToken(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line = Field(min_length=1, max_length=100, examples=["Timetable export"])
    scopes: list[Scope] = Field(min_length=1, max_length=20)
    days: int | None = Field(90, ge=1, le=3650, description="How long it works; null for ever.")
    of_school: bool = Field(False, description="Make it a key of the school itself; owners only.")


class IssuedToken(Token):
    """A new key with its secret, which is never shown again."""

    secret: str
