"""Facts about who learns what."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class LearnerEnrolled(Event):
    """A student has a place in a course."""

    course_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class LearnerWaits(Event):
    """A student waits for a place, since all are taken."""

    course_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class PlaceRequested(Event):
    """A student asked for a place in a course."""

    course_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class LearnerLeft(Event):
    """A student no longer learns a course: they left it, or were removed."""

    course_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class LessonFinished(Event):
    """A student marked a lesson as done."""

    course_id: UUID
    lesson_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class CourseFinished(Event):
    """A student is done with every lesson of a course."""

    course_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class CertificateIssued(Event):
    """A student got a certificate of a course."""

    certificate_id: UUID
