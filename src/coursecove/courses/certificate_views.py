"""What the pages about certificates show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate in a list."""

    id: UUID
    member_id: UUID
    learner: str
    course: str
    issued_at: datetime
    revoked: bool


@dataclass(frozen=True, slots=True)
class LearnerCertificates:
    """The certificates of one learner."""

    name: str
    rows: tuple[CertificateRow, ...]


@dataclass(frozen=True, slots=True)
class Certificates:
    """A learner's own, or those of a guardian's children."""

    learners: tuple[LearnerCertificates, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class CertificatePage:
    """One certificate, to look at, to print, to take away."""

    id: UUID
    learner: str
    course: str
    school: str
    code: str
    issued_at: datetime
    revoked_at: datetime | None
    verify_url: str
    back: tuple[str, str] | None
    course_id: UUID | None
    decides: bool
    pdf: bool = True
    """It can be had as a file; names in scripts that its font lacks are printed by the browser alone."""


@dataclass(frozen=True, slots=True)
class CourseCertificates:
    """Whether a course gives certificates, and those that it gave."""

    course_id: UUID
    course: str
    gives: bool
    lessons: int
    ready: int
    rows: tuple[CertificateRow, ...]
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """What anybody sees who looks a code up; `asked` and nothing else where no certificate has it."""

    school: str
    asked: str = ""
    found: bool = False
    learner: str = ""
    course: str = ""
    issued_by: str = ""
    issued_at: datetime | None = None
    revoked_at: datetime | None = None
