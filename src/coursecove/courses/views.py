"""What the pages of authors show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from markupsafe import Markup

from coursecove.courses.comparing import Line
from coursecove.schools.editing import Difference

Choices: TypeAlias = tuple[tuple[str, str], ...]
Errors: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A course of the list."""

    id: UUID
    title: str
    status: str
    publish_at: datetime | None
    color: str | None
    updated_at: datetime
    lessons: int
    teachers: str
    days_left: int | None = None


@dataclass(frozen=True, slots=True)
class CoursesPage:
    rows: tuple[Row, ...]
    total: int
    tabs: Choices
    here: str
    status: str = ""
    q: str = ""
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class NewCoursePage:
    title: str = ""
    summary: str = ""
    errors: Errors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson of the outline; `first` and `last` say which way it cannot go."""

    id: UUID
    title: str
    status: str
    is_preview: bool
    changed: bool
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class ModuleRow:
    id: UUID
    title: str
    version: int
    lessons: tuple[LessonRow, ...]
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class GoneRow:
    """What can be restored of the outline."""

    id: UUID
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class CoursePage:
    id: UUID
    title: str
    summary: str
    status: str
    publish_at: datetime | None
    days_left: int | None
    modules: tuple[ModuleRow, ...]
    gone: tuple[GoneRow, ...] = ()
    errors: Errors = field(default_factory=dict)
    typed: str = ""
    wrong_at: UUID | None = None
    """The module whose form was wrong, or None for the form of a new module."""
    problem: str | None = None

    @property
    def lessons(self) -> int:
        return sum(len(module.lessons) for module in self.modules)


@dataclass(frozen=True, slots=True)
class TeacherRow:
    id: UUID
    name: str
    removable: bool


@dataclass(frozen=True, slots=True)
class SettingsPage:
    id: UUID
    title: str
    summary: str
    color: str | None
    status: str
    publish_at: datetime | None
    version: int
    days_left: int | None
    teachers: tuple[TeacherRow, ...]
    candidates: Choices
    zone: str
    at: str = ""
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LessonPage:
    """A lesson's draft in its form, and what stands beside it."""

    id: UUID
    course_id: UUID
    course_title: str
    module_id: UUID
    title: str
    status: str
    is_preview: bool
    version: int
    content: str
    draft_version: int
    draft_at: datetime
    draft_by: str | None
    current_number: int | None
    published_at: datetime | None
    changed: bool
    modules: Choices
    etag: str
    note: str = ""
    theirs: tuple[Line, ...] = ()
    theirs_by: str | None = None
    differences: tuple[Difference, ...] = ()
    errors: Errors = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """A lesson's draft as learners would read it."""

    id: UUID
    course_id: UUID
    course_title: str
    title: str
    content: Markup
    changed: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    number: int
    note: str | None
    made_by: str | None
    made_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class VersionsPage:
    id: UUID
    course_id: UUID
    course_title: str
    title: str
    draft_version: int
    changed: bool
    rows: tuple[VersionRow, ...]


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """A version beside another one, or beside the draft."""

    id: UUID
    course_id: UUID
    course_title: str
    title: str
    left: int
    right: int | None
    """None is the draft."""
    draft_version: int
    changed: bool
    lines: tuple[Line, ...]
    choices: Choices
    asks: bool = False
    """Whether the draft holds what no version holds, so that replacing it is asked about once more."""

    @property
    def same(self) -> bool:
        return all(line.kind in ("same", "folded") for line in self.lines)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a lesson; `line` shows it in a text."""

    id: UUID
    name: str
    size: str
    address: str
    line: str


@dataclass(frozen=True, slots=True)
class FilesPage:
    id: UUID
    course_id: UUID
    course_title: str
    title: str
    largest_mb: int
    rows: tuple[FileRow, ...]
    problem: str | None = None
