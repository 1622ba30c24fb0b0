"""What the pages of learners show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course of a learner's; `next_url` leads to where they left off."""

    course_id: UUID
    title: str
    summary: str
    color: str | None
    status: Literal["active", "waiting", "requested"]
    lessons: int
    done: int
    last_at: datetime | None
    next_url: str | None = None
    next_title: str | None = None

    @property
    def finished(self) -> bool:
        return 0 < self.lessons == self.done


@dataclass(frozen=True, slots=True)
class LearnerCourses:
    """The courses of one learner."""

    name: str
    courses: tuple[CourseCard, ...]


@dataclass(frozen=True, slots=True)
class Learning:
    """A learner's own courses, or those of a guardian's children."""

    learners: tuple[LearnerCourses, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class LockNote:
    """Why something is closed, in words, and when it opens."""

    text: str
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson in the outline."""

    id: UUID
    title: str
    done: bool
    opened: bool
    preview: bool
    lock: LockNote | None
    here: bool = False


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """A module in the outline; `lock` where all of it opens later."""

    title: str
    lessons: tuple[LessonRow, ...]
    lock: LockNote | None


@dataclass(frozen=True, slots=True)
class CoursePage:
    """A course as whoever learns it sees it."""

    id: UUID
    title: str
    summary: str
    teachers: tuple[str, ...]
    modules: tuple[ModuleRow, ...]
    standing: str | None
    done: int
    lessons: int
    next_url: str | None
    required: tuple[tuple[str, bool], ...] = ()
    staff: bool = False
    draft: bool = False
    certified: bool = False
    certificate_id: UUID | None = None

    @property
    def finished(self) -> bool:
        return 0 < self.lessons == self.done

    @property
    def blocked(self) -> bool:
        """Another course comes first."""
        return self.standing == "active" and not all(done for _, done in self.required)


@dataclass(frozen=True, slots=True)
class LessonPage:
    """One lesson: what it says, the ways to its neighbours, the learner's own note."""

    id: UUID
    course_id: UUID
    course: str
    title: str
    content: Markup | None
    lock: LockNote | None
    modules: tuple[ModuleRow, ...]
    number: int
    total: int
    learner: bool
    version_id: UUID | None = None
    done: bool = False
    newer: bool = False
    staff: bool = False
    previous: tuple[str, UUID] | None = None
    following: tuple[str, UUID] | None = None
    note: str = ""
    note_version: int = 0
    note_theirs: str | None = None
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JoiningPage:
    """What a link leads into; `title` is None for one that does not work any more."""

    secret: str
    title: str | None
    summary: str = ""
    needs_approval: bool = False
    course_url: str | None = None
    standing: str | None = None
    student: bool = True
