"""Facts about courses and lessons."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class CourseCreated(Event):
    """A course was begun; it is a draft."""

    course_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class CourseScheduled(Event):
    """A course is to be published at a moment to come, at which this fact is heard."""

    course_id: UUID


@dataclass(frozen=True, slots=True)
class CoursePublished(Event):
    """Everybody in the school can read what the course is about, and those who are in it can learn."""

    course_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class CourseWithdrawn(Event):
    """A published or archived course is a draft again."""

    course_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class CourseArchived(Event):
    """A course takes nobody new any more."""

    course_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class CourseDeleted(Event):
    """A course was put away; for thirty days it can be restored."""

    course_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class CourseRestored(Event):
    """A deleted course is back as it was."""

    course_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class LessonPublished(Event):
    """Learners read a new version of a lesson."""

    course_id: UUID
    lesson_id: UUID
    number: int
