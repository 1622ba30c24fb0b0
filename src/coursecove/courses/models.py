"""Courses, who teaches them, their modules and lessons."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, TenantOwned, Timed, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlTrigger
from coursecove.people.models import one_of

ADMIN = "(select app.is_admin())"
TAUGHT = "any(array(select app.taught_course_ids()))"
"""Courses that the caller teaches."""
PUBLISHED = "any(array(select app.published_course_ids()))"
"""Courses of the school that are published: everybody in it may read what they are about."""
AUTHORS = f"{ADMIN} or course_id = {TAUGHT}"
"""Who may change what hangs on a course."""
RESTORABLE_DAYS = 30


class CourseStatus(StrEnum):
    """Where a course stands; a draft with a moment to be published at publishes itself."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class LessonStatus(StrEnum):
    """Whether learners may see a lesson."""

    DRAFT = "draft"
    PUBLISHED = "published"


def position() -> Mapped[str]:
    """A place in an order that leaves room between any two; equal ones are told apart by id."""
    return mapped_column(Text(collation="C"))


def lesson_reference() -> ForeignKeyConstraint:
    """What hangs on a lesson follows it into another course, and goes with it."""
    return ForeignKeyConstraint(
        ["organization_id", "course_id", "lesson_id"],
        ["course_lessons.organization_id", "course_lessons.course_id", "course_lessons.id"],
        onupdate="CASCADE",
        ondelete="CASCADE",
    )


class Course(TenantOwned, Timed, Base):
    """Something that can be learned here, module by module. Deleted, it can be restored for thirty days."""

    __tablename__ = "courses"
    constraints = (
        tenant_reference("created_by", "organization_memberships", ondelete="SET NULL (created_by)"),
        one_of("status", *CourseStatus),
        CheckConstraint("length(title) between 1 and 200", name="title"),
        CheckConstraint("length(summary) <= 2000", name="summary"),
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("color ~ '^#[0-9a-f]{6}$'", name="color"),
        CheckConstraint("publish_at is null or status = 'draft'", name="only_drafts_wait"),
        Index("courses_by_title_idx", "organization_id", "sort_title", "id"),
        Index("courses_by_status_idx", "organization_id", "status", "sort_title", "id"),
        Index("courses_created_by_idx", "organization_id", "created_by"),
        Index("courses_deleted_idx", "deleted_at", postgresql_where=text("deleted_at is not null")),
        Index(
            "courses_restorable_idx",
            "organization_id",
            "sort_title",
            "id",
            postgresql_where=text("deleted_at is not null"),
        ),
    )
    row_security = RowSecurity(
        select=f"{ADMIN} or (status = 'published' and deleted_at is null) or id = {TAUGHT}",
        insert="(select app.is_staff()) and status = 'draft'",
        insert_columns=("organization_id", "id", "title", "sort_title", "summary", "color"),
        update=f"{ADMIN} or id = {TAUGHT}",
        update_columns=(
            "title",
            "sort_title",
            "summary",
            "color",
            "status",
            "publish_at",
            "published_at",
            "seats",
            "gives_certificates",
            "version",
            "updated_at",
            "deleted_at",
        ),
        definer=("select",),
    )

    title: Mapped[str]
    sort_title: Mapped[str]
    summary: Mapped[str] = mapped_column(server_default=text("''"), default="")
    color: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'draft'"), default=CourseStatus.DRAFT)
    publish_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    """When it was published last; kept while it is archived."""
    seats: Mapped[int | None]
    """How many may learn it at a time; whoever comes after waits."""
    gives_certificates: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    """Whoever finishes it gets a certificate."""
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    created_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    deleted_at: Mapped[datetime | None]


class CourseTeacher(TenantOwned, Base):
    """A member who teaches a course, and so may change it. Who makes a course teaches it."""

    __tablename__ = "course_teachers"
    constraints = (
        UniqueConstraint("organization_id", "course_id", "member_id"),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        Index("course_teachers_member_id_idx", "organization_id", "member_id", "course_id"),
    )
    row_security = RowSecurity(
        select=f"{AUTHORS} or course_id = {PUBLISHED}",
        insert=AUTHORS,
        insert_columns=("organization_id", "id", "course_id", "member_id"),
        delete=AUTHORS,
        definer=("select", "insert"),
    )

    course_id: Mapped[UUID]
    member_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class CourseModule(TenantOwned, Timed, Base):
    """A part of a course that holds lessons."""

    __tablename__ = "course_modules"
    constraints = (
        UniqueConstraint("organization_id", "course_id", "id"),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        CheckConstraint("length(title) between 1 and 200", name="title"),
        CheckConstraint("length(position) between 1 and 200", name="position"),
        CheckConstraint("release_after_days between 0 and 1000", name="release_after_days"),
        Index("course_modules_in_order_idx", "organization_id", "course_id", "position", "id"),
        Index("course_modules_deleted_idx", "deleted_at", postgresql_where=text("deleted_at is not null")),
    )
    row_security = RowSecurity(
        select=f"{AUTHORS} or (deleted_at is null and course_id = {PUBLISHED})",
        insert=AUTHORS,
        insert_columns=("organization_id", "id", "course_id", "title", "position"),
        update=AUTHORS,
        update_columns=(
            "course_id",
            "title",
            "position",
            "release_at",
            "release_after_days",
            "version",
            "updated_at",
            "deleted_at",
        ),
        definer=("select",),
    )

    course_id: Mapped[UUID]
    title: Mapped[str]
    position: Mapped[str] = position()
    release_at: Mapped[datetime | None]
    release_after_days: Mapped[int | None]
    """When it opens: at a moment, or so many days after somebody was enrolled; where both are set, with the later."""
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    deleted_at: Mapped[datetime | None]


class CourseLesson(TenantOwned, Timed, Base):
    """One lesson: its place and its title. What it says is in its versions, what it will say in its draft.

    `current_version_id` names the version that learners read, always one of this lesson's own; a declared
    reference would close a circle, and a version never goes while its lesson is there.
    """

    __tablename__ = "course_lessons"
    constraints = (
        UniqueConstraint("organization_id", "course_id", "id"),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["organization_id", "course_id", "module_id"],
            ["course_modules.organization_id", "course_modules.course_id", "course_modules.id"],
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        one_of("status", *LessonStatus),
        CheckConstraint("length(title) between 1 and 200", name="title"),
        CheckConstraint("length(position) between 1 and 200", name="position"),
        Index("course_lessons_in_order_idx", "organization_id", "course_id", "module_id", "position", "id"),
        Index(
            "course_lessons_preview_idx",
            "organization_id",
            "course_id",
            postgresql_where=text("is_preview and status = 'published' and deleted_at is null"),
        ),
        Index("course_lessons_deleted_idx", "deleted_at", postgresql_where=text("deleted_at is not null")),
    )
    row_security = RowSecurity(
        select=(f"{AUTHORS} or (status = 'published' and deleted_at is null and course_id = {PUBLISHED})"),
        insert=f"({AUTHORS}) and status = 'draft'",
        insert_columns=("organization_id", "id", "course_id", "module_id", "title", "position", "is_preview"),
        update=AUTHORS,
        update_columns=(
            "course_id",
            "module_id",
            "title",
            "position",
            "status",
            "is_preview",
            "current_version_id",
            "version",
            "updated_at",
            "deleted_at",
        ),
        definer=("select",),
    )

    course_id: Mapped[UUID]
    module_id: Mapped[UUID]
    title: Mapped[str]
    position: Mapped[str] = position()
    status: Mapped[str] = mapped_column(server_default=text("'draft'"), default=LessonStatus.DRAFT)
    is_preview: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    current_version_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    deleted_at: Mapped[datetime | None]


TRIGGERS = (SqlTrigger("author_teaches", "courses", "after insert", "app.author_teaches"),)
