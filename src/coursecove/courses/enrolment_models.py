"""Who learns a course: places and the list of those who wait for one, links that lead in, what comes first."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.courses.models import AUTHORS, PUBLISHED
from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlTrigger
from coursecove.people.models import one_of

MINE = "member_id = any(array(select app.my_member_ids()))"
"""The caller's own, and those of the children they stand for."""
ME = "member_id = (select app.member_id())"


class EnrolmentStatus(StrEnum):
    """How somebody stands to a course."""

    REQUESTED = "requested"
    WAITING = "waiting"
    ACTIVE = "active"
    ENDED = "ended"
    REMOVED = "removed"


class EnrolmentSource(StrEnum):
    """How somebody came to a course."""

    HAND = "hand"
    LINK = "link"


class Enrolment(TenantOwned, Base):
    """One student of one course. Whether there is a place is decided by the database, one after the other."""

    __tablename__ = "enrolments"
    constraints = (
        UniqueConstraint("organization_id", "course_id", "member_id"),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("enrolled_by", "organization_memberships", ondelete="SET NULL (enrolled_by)"),
        tenant_reference("link_id", "enrolment_links", ondelete="SET NULL (link_id)"),
        one_of("status", *EnrolmentStatus),
        one_of("source", *EnrolmentSource),
        Index("enrolments_of_course_idx", "organization_id", "course_id", "id"),
        Index("enrolments_newest_idx", "organization_id", "course_id", "status", "id"),
        Index(
            "enrolments_in_line_idx",
            "organization_id",
            "course_id",
            "waiting_since",
            "id",
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("enrolments_member_id_idx", "organization_id", "member_id", "status", "course_id"),
        Index("enrolments_enrolled_by_idx", "organization_id", "enrolled_by"),
        Index("enrolments_link_id_idx", "organization_id", "link_id"),
    )
    row_security = RowSecurity(
        select=f"{AUTHORS} or {MINE}",
        insert=AUTHORS,
        insert_columns=("organization_id", "id", "course_id", "member_id", "status", "source"),
        update=f"{AUTHORS} or {ME}",
        update_to=f"{AUTHORS} or ({ME} and status = 'ended')",
        update_columns=("status", "version", "updated_at"),
        definer=("select", "insert", "update"),
    )

    course_id: Mapped[UUID]
    member_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(server_default=text("'active'"), default=EnrolmentStatus.ACTIVE)
    source: Mapped[str] = mapped_column(server_default=text("'hand'"), default=EnrolmentSource.HAND)
    link_id: Mapped[UUID | None]
    enrolled_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    started_at: Mapped[datetime | None]
    """When it was active for the first time; days since enrolment are counted from here."""
    waiting_since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class EnrolmentLink(TenantOwned, Base):
    """A link that leads students into a course; only its digest is kept."""

    __tablename__ = "enrolment_links"
    constraints = (
        UniqueConstraint("organization_id", "token_hash"),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("created_by", "organization_memberships", ondelete="SET NULL (created_by)"),
        CheckConstraint("length(name) between 1 and 80", name="name"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
        CheckConstraint("most_uses > 0", name="most_uses"),
        CheckConstraint("uses >= 0", name="uses"),
        Index("enrolment_links_newest_idx", "organization_id", "course_id", "id"),
        Index("enrolment_links_created_by_idx", "organization_id", "created_by"),
    )
    row_security = RowSecurity(
        select=AUTHORS,
        insert=AUTHORS,
        insert_columns=(
            "organization_id",
            "id",
            "course_id",
            "name",
            "token_hash",
            "needs_approval",
            "most_uses",
            "expires_at",
        ),
        update=AUTHORS,
        update_columns=("revoked_at",),
        definer=("select", "update"),
    )

    course_id: Mapped[UUID]
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    needs_approval: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    most_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class CoursePrerequisite(TenantOwned, Base):
    """A course that has to be finished before another one opens."""

    __tablename__ = "course_prerequisites"
    constraints = (
        UniqueConstraint("organization_id", "course_id", "required_id"),
        tenant_reference("course_id", "courses", ondelete="CASCADE"),
        tenant_reference("required_id", "courses", ondelete="CASCADE"),
        Index("course_prerequisites_required_id_idx", "organization_id", "required_id"),
    )
    row_security = RowSecurity(
        select=f"{AUTHORS} or course_id = {PUBLISHED}",
        insert=AUTHORS,
        insert_columns=("organization_id", "id", "course_id", "required_id"),
        delete=AUTHORS,
        definer=("select",),
    )

    course_id: Mapped[UUID]
    required_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


TRIGGERS = (
    SqlTrigger("guard_enrolment", "enrolments", "before insert or update of status", "app.guard_enrolment"),
)
