"""Series: the same lesson every week, every two or every four, as it was asked for."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.scheduling.booking_models import MAY_CHANGE, MINE, STAFF


class BookingSeries(TenantOwned, Base):
    """What a series of lessons was asked for: its first date by the clock of its place, and its rule (RFC 5545).

    Its lessons are ordinary bookings, and theirs is what became of it.
    """

    __tablename__ = "booking_series"
    constraints = (
        tenant_reference("appointment_type_id", "appointment_types"),
        tenant_reference("teacher_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("student_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("location_id", "locations"),
        tenant_reference("made_by", "organization_memberships", ondelete="SET NULL (made_by)"),
        UniqueConstraint("organization_id", "id", "student_id"),
        CheckConstraint(
            "rule ~ '^FREQ=WEEKLY;INTERVAL=(1|2|4);COUNT=([2-9]|[1-5][0-9]|60)$'",
            name="rule",
        ),
        Index("booking_series_type_idx", "organization_id", "appointment_type_id"),
        Index("booking_series_teacher_idx", "organization_id", "teacher_id"),
        Index("booking_series_student_idx", "organization_id", "student_id"),
        Index("booking_series_location_idx", "organization_id", "location_id"),
        Index("booking_series_made_by_idx", "organization_id", "made_by"),
    )
    row_security = RowSecurity(
        select=f"{STAFF} or {MINE}",
        insert=MAY_CHANGE,
        insert_columns=(
            "organization_id",
            "id",
            "appointment_type_id",
            "teacher_id",
            "student_id",
            "location_id",
            "first_day",
            "starts",
            "time_zone",
            "rule",
        ),
    )

    appointment_type_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    student_id: Mapped[UUID]
    location_id: Mapped[UUID]
    first_day: Mapped[date]
    starts: Mapped[time]
    time_zone: Mapped[str]
    """The zone of the place when the series was made; by its clock every lesson begins at the same time."""
    rule: Mapped[str]
    made_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    made_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
