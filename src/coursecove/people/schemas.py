"""What the JSON API says and takes about invitations, changes of members, and guardianships."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from coursecove.accounts.roles import Relation, Role
from coursecove.accounts.schemas import Answer, Page, without_controls
from coursecove.people.lists import LONGEST_EMAIL
from coursecove.people.models import ChangeKind, ChangeStatus

Email = Annotated[
    str,
    AfterValidator(without_controls),
    Field(min_length=3, max_length=LONGEST_EMAIL, examples=["mina@example.com"]),
]


class Wanted(BaseModel):
    """Whatever the API takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Invitation(Answer):
    """Somebody who was asked to join and has not taken it yet. Its secret link is only in the email."""

    id: UUID
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    expired: bool
    invited_by: str | None = Field(description="Name of the member who invited them.")


class Invitations(Page):
    """Open invitations, newest first."""

    items: list[Invitation]


class NewInvitation(Wanted):
    """Somebody to ask."""

    email: Email
    role: Role


class RoleChange(Wanted):
    """Another role for a member."""

    role: Role


class Change(Answer):
    """Something asked of the sign-in service about one person. It is done a moment later; look again at its address."""

    id: UUID
    kind: ChangeKind
    status: ChangeStatus
    problem: str | None = Field(description="Why it was refused, in words.")
    member_id: UUID | None
    invitation_id: UUID | None
    email: str | None
    role: Role | None
    asked_at: datetime
    settled_at: datetime | None


class Guardianship(Answer):
    """That a guardian stands for a student."""

    id: UUID
    guardian_id: UUID
    student_id: UUID
    relation: Relation
    created_at: datetime


class Guardianships(Page):
    """Guardianships that the caller may see, newest first."""

    items: list[Guardianship]


class NewGuardianship(Wanted):
    """A guardian and the student they stand for."""

    guardian_id: UUID
    student_id: UUID
    relation: Relation = Relation.GUARDIAN
