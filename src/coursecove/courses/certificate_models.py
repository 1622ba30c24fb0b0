"""Certificates: what says that somebody finished a course, in words that stay as they were on that day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.courses.enrolment_models import MINE
from coursecove.courses.models import AUTHORS
from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity


class Certificate(TenantOwned, Base):
    """One learner's certificate of one course: issued by the database alone, taken back and given again by authors."""

    __tablename__ = "certificates"
    constraints = (
        UniqueConstraint("organization_id", "member_id", "course_id"),
        UniqueConstraint("organization_id", "code"),
        tenant_reference("course_id", "courses", ondelete="SET NULL (course_id)"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("revoked_by", "organization_memberships", ondelete="SET NULL (revoked_by)"),
        CheckConstraint("length(learner) between 1 and 200", name="learner"),
        CheckConstraint("length(course) between 1 and 200", name="course"),
        CheckConstraint("length(school) between 1 and 200", name="school"),
        Index("certificates_of_course_idx", "organization_id", "course_id", "id"),
        Index("certificates_revoked_by_idx", "organization_id", "revoked_by"),
    )
    row_security = RowSecurity(
        select=f"{AUTHORS} or {MINE}",
        update=AUTHORS,
        update_columns=("learner", "course", "school", "revoked_at", "revoked_by"),
        service=("select", "insert"),
        definer=("select", "insert"),
    )

    course_id: Mapped[UUID | None]
    """Empty once the course is gone for good: what was learned stays certified."""
    member_id: Mapped[UUID]
    learner: Mapped[str]
    course: Mapped[str]
    school: Mapped[str]
    code: Mapped[str]
    """Twelve characters of Crockford's base 32, sixty random bits: whoever holds it may see that it is true."""
    issued_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]
