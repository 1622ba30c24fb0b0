"""What lessons say: the draft that authors work on, the versions that were published, the files in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.courses.models import AUTHORS, lesson_reference
from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity

LONGEST = 100_000
"""Characters that a lesson may have."""
READERS = (
    f"{AUTHORS} or lesson_id = any(array(select app.preview_lesson_ids()))"
    " or lesson_id = any(array(select app.open_lesson_ids()))"
)
"""Who may read what a lesson says: its authors; everybody where it is a preview; learners once it is open to them."""


class LessonDraft(TenantOwned, Base):
    """What a lesson will say, apart from the lesson because learners see that; `version` counts the saves."""

    __tablename__ = "lesson_drafts"
    constraints = (
        UniqueConstraint("organization_id", "lesson_id"),
        lesson_reference(),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("updated_by", "organization_memberships", ondelete="SET NULL (updated_by)"),
        CheckConstraint(f"length(content) <= {LONGEST}", name="content"),
        Index("lesson_drafts_course_id_idx", "organization_id", "course_id", "lesson_id"),
        Index("lesson_drafts_updated_by_idx", "organization_id", "updated_by"),
    )
    row_security = RowSecurity(
        select=AUTHORS,
        insert=AUTHORS,
        insert_columns=("organization_id", "id", "course_id", "lesson_id", "content"),
        update=AUTHORS,
        update_columns=("content", "version", "updated_by", "updated_at"),
    )

    course_id: Mapped[UUID]
    lesson_id: Mapped[UUID]
    content: Mapped[str] = mapped_column(server_default=text("''"), default="")
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    updated_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class LessonVersion(TenantOwned, Base):
    """What a lesson said from one publication to the next. Nobody changes or deletes one."""

    __tablename__ = "lesson_versions"
    constraints = (
        UniqueConstraint("organization_id", "lesson_id", "number"),
        lesson_reference(),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("made_by", "organization_memberships", ondelete="SET NULL (made_by)"),
        CheckConstraint(f"length(content) <= {LONGEST}", name="content"),
        CheckConstraint("length(note) <= 500", name="note"),
        Index("lesson_versions_course_id_idx", "organization_id", "course_id", "lesson_id"),
        Index("lesson_versions_made_by_idx", "organization_id", "made_by"),
    )
    row_security = RowSecurity(
        select=READERS,
        insert=AUTHORS,
        insert_columns=("organization_id", "id", "course_id", "lesson_id", "number", "content", "note"),
        service=("select", "insert"),
    )

    course_id: Mapped[UUID]
    lesson_id: Mapped[UUID]
    number: Mapped[int]
    content: Mapped[str]
    note: Mapped[str | None]
    made_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    made_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class LessonFile(TenantOwned, Base):
    """A file that a lesson shows or offers; its bytes lie in the storage under their digest."""

    __tablename__ = "lesson_files"
    constraints = (
        lesson_reference(),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("uploaded_by", "organization_memberships", ondelete="SET NULL (uploaded_by)"),
        CheckConstraint("length(name) between 1 and 200", name="name"),
        CheckConstraint("size >= 0", name="size"),
        Index("lesson_files_lesson_id_idx", "organization_id", "course_id", "lesson_id", "id"),
        Index("lesson_files_digest_idx", "digest"),
        Index("lesson_files_uploaded_by_idx", "organization_id", "uploaded_by"),
        Index("lesson_files_deleted_idx", "deleted_at", postgresql_where=text("deleted_at is not null")),
    )
    row_security = RowSecurity(
        select=READERS,
        insert=AUTHORS,
        insert_columns=("organization_id", "id", "course_id", "lesson_id", "name", "type", "size", "digest"),
        update=AUTHORS,
        update_columns=("deleted_at",),
    )

    course_id: Mapped[UUID]
    lesson_id: Mapped[UUID]
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str]
    uploaded_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    deleted_at: Mapped[datetime | None]
