"""What the JSON API says and takes about courses, modules and lessons."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from coursecove.accounts.schemas import ABSENT, Answer, Changes, Line, Page
from coursecove.courses.content_models import LONGEST
from coursecove.courses.forms import LONGEST_NOTE, LONGEST_SUMMARY, LONGEST_TITLE
from coursecove.courses.models import CourseStatus, LessonStatus


def without_zeros(text: str) -> str:
    """The text, if the database can hold it."""
    if "\0" in text:
        raise ValueError("Zero characters are not allowed.")
    return text


def _no_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


Title = Annotated[
    Line, Field(min_length=1, max_length=LONGEST_TITLE, pattern=r"\S", examples=["First chords"])
]
Summary = Annotated[str, AfterValidator(without_zeros), Field(max_length=LONGEST_SUMMARY)]
Content = Annotated[
    str,
    AfterValidator(without_zeros),
    Field(max_length=LONGEST, description="Markdown.", examples=["# Chords"]),
]
Note = Annotated[Line, Field(max_length=LONGEST_NOTE)]
Color = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", examples=["#0f766e"])]


class Wanted(BaseModel):
    """Whatever the API takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CourseRow(Answer):
    """A course that the caller may change."""

    id: UUID
    title: str
    status: CourseStatus
    publish_at: datetime | None
    updated_at: datetime
    lessons: int


class Courses(Page):
    """Courses that the caller may change, by title."""

    items: list[CourseRow]


class Course(Answer):
    """A course: what it is about and where it stands."""

    id: UUID
    title: str
    summary: str
    color: str | None
    status: CourseStatus
    publish_at: datetime | None
    published_at: datetime | None
    version: int
    updated_at: datetime


class NewCourse(Wanted):
    """A course to begin; it is a draft."""

    title: Title
    summary: Summary = ""
    color: Color | None = None


class CourseChanges(Changes):
    """What is to be changed of a course."""

    title: Title = Field(default=ABSENT, json_schema_extra=_no_default)
    summary: Summary = Field(default=ABSENT, json_schema_extra=_no_default)
    color: Color | None = Field(default=ABSENT, json_schema_extra=_no_default)


class Module(Answer):
    """A module of a course."""

    id: UUID
    title: str
    version: int


class Modules(Answer):
    """The modules of a course, in their order."""

    items: list[Module]


class NewTitled(Wanted):
    """Something new that has a title."""

    title: Title


class ModuleChanges(Wanted):
    """Another title for a module."""

    title: Title


class LessonRow(Answer):
    """A lesson of a course; `changed` says that its draft is newer than what learners read."""

    id: UUID
    module_id: UUID
    title: str
    status: LessonStatus
    is_preview: bool
    version: int
    changed: bool


class Lessons(Answer):
    """The lessons of a course, in their order within each module."""

    items: list[LessonRow]


class Lesson(Answer):
    """A lesson with its draft."""

    id: UUID
    course_id: UUID
    module_id: UUID
    title: str
    status: LessonStatus
    is_preview: bool
    version: int
    content: str = Field(description="The draft, as Markdown.")
    draft_version: int
    current_number: int | None = Field(description="Number of the version that learners read.")
    published_at: datetime | None
    changed: bool


class LessonChanges(Wanted):
    """What is to be changed of a lesson."""

    title: Title
    is_preview: bool


class Draft(Answer):
    """A lesson's draft."""

    content: str
    version: int
    updated_at: datetime


class NewDraft(Wanted):
    """What a lesson shall say."""

    content: Content


class Publication(Wanted):
    """What is said of a version as it is published."""

    note: Note = ""


class Published(Answer):
    """The version that learners read from here on."""

    number: int
