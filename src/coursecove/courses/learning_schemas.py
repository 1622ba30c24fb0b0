"""What the JSON API says and takes about who learns what, and how far they are."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from coursecove.accounts.schemas import Answer, Page
from coursecove.courses.enrolment_actions import MOST_AT_ONCE
from coursecove.courses.enrolment_models import EnrolmentSource, EnrolmentStatus


class Wanted(BaseModel):
    """Whatever the API takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Enrolment(Answer):
    """How a student stands to a course."""

    id: UUID
    course_id: UUID
    member_id: UUID
    name: str
    status: EnrolmentStatus
    source: EnrolmentSource
    created_at: datetime
    started_at: datetime | None
    waiting_since: datetime | None
    ended_at: datetime | None


class Enrolments(Page):
    """Enrolments, newest first."""

    items: list[Enrolment]


class NewEnrolments(Wanted):
    """Students to let into a course. Whoever comes after the last place waits."""

    course_id: UUID
    member_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Enrolled(Answer):
    """How many were let in, and how many wait."""

    active: int
    waiting: int


class Progress(Answer):
    """How far a learner is in a course."""

    course_id: UUID
    member_id: UUID
    name: str
    lessons: int = Field(description="Published lessons of the course.")
    done: int
    last_at: datetime | None


class ProgressList(Page):
    """Progress of those who learn a course, in the order in which they came."""

    items: list[Progress]


class Certificate(Answer):
    """That somebody finished a course, in the words of that day."""

    id: UUID
    course_id: UUID | None
    member_id: UUID
    learner: str
    course: str
    school: str
    code: str = Field(
        description="Twelve characters; `/verify?code=` of the school says whether it is valid."
    )
    issued_at: datetime
    revoked_at: datetime | None


class Certificates(Page):
    """Certificates, newest first."""

    items: list[Certificate]
