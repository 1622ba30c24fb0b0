"""What learners do: an event for each thing done, never changed; how far they are, which follows from it; notes."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.courses.enrolment_models import ME, MINE
from coursecove.courses.models import AUTHORS, lesson_reference
from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlTrigger
from coursecove.people.models import one_of

OPEN = "any(array(select app.open_lesson_ids()))"
"""Lessons that the caller may learn now."""
LONGEST_NOTE = 10_000


class Learned(StrEnum):
    """What a learner did with a lesson."""

    OPENED = "opened"
    COMPLETED = "completed"
    REOPENED = "reopened"


class LearningEvent(TenantOwned, Base):
    """Something that a learner did. Nobody changes or deletes one: progress is what follows from them."""

    __tablename__ = "learning_events"
    constraints = (
        lesson_reference(),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        one_of("kind", *Learned),
        Index("learning_events_of_learner_idx", "organization_id", "member_id", "lesson_id", "id"),
        Index("learning_events_lesson_id_idx", "organization_id", "course_id", "lesson_id"),
    )
    row_security = RowSecurity(
        select=f"{AUTHORS} or {MINE}",
        insert=f"{ME} and lesson_id = {OPEN}",
        insert_columns=("organization_id", "id", "course_id", "lesson_id", "member_id", "kind", "version_id"),
        service=("select", "insert"),
        definer=("select",),
    )

    course_id: Mapped[UUID]
    lesson_id: Mapped[UUID]
    member_id: Mapped[UUID]
    kind: Mapped[str]
    version_id: Mapped[UUID | None]
    """The version of the lesson that was read."""
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class LessonProgress(TenantOwned, Base):
    """How far a learner is with a lesson: what follows from their events, written by the database alone."""

    __tablename__ = "lesson_progress"
    constraints = (
        UniqueConstraint("organization_id", "member_id", "lesson_id"),
        lesson_reference(),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        Index("lesson_progress_of_learner_idx", "organization_id", "member_id", "course_id", "lesson_id"),
        Index("lesson_progress_lesson_id_idx", "organization_id", "course_id", "lesson_id"),
    )
    row_security = RowSecurity(
        select=f"{AUTHORS} or {MINE}",
        service=("select",),
        definer=("select", "insert", "update", "delete"),
    )

    course_id: Mapped[UUID]
    lesson_id: Mapped[UUID]
    member_id: Mapped[UUID]
    opened_at: Mapped[datetime]
    last_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    version_id: Mapped[UUID | None]


class LessonNote(TenantOwned, Base):
    """What a learner wrote down about a lesson, for their own eyes."""

    __tablename__ = "lesson_notes"
    constraints = (
        UniqueConstraint("organization_id", "member_id", "lesson_id"),
        lesson_reference(),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        CheckConstraint(f"length(content) between 1 and {LONGEST_NOTE}", name="content"),
        Index("lesson_notes_lesson_id_idx", "organization_id", "course_id", "lesson_id"),
    )
    row_security = RowSecurity(
        select=ME,
        insert=f"{ME} and lesson_id = {OPEN}",
        insert_columns=("organization_id", "id", "course_id", "lesson_id", "member_id", "content"),
        update=ME,
        update_columns=("content", "version", "updated_at"),
        delete=ME,
    )

    course_id: Mapped[UUID]
    lesson_id: Mapped[UUID]
    member_id: Mapped[UUID]
    content: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


TRIGGERS = (SqlTrigger("derive_progress", "learning_events", "after insert", "app.heed_learning"),)
