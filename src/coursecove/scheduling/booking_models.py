"""Lessons that are booked, who was there, and the secret addresses under which calendars read them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, column, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity

STAFF = "(select app.is_staff())"
ME = "(select app.member_id())"
MINE = "student_id = any(array(select app.my_member_ids()))"
MAY_CHANGE = f"(select app.is_admin()) or ({STAFF} and teacher_id = {ME}) or {MINE}"
BOOKED = text("status = 'booked'")


class BookingStatus(StrEnum):
    """A lesson takes place, or it does not."""

    BOOKED = "booked"
    CANCELLED = "cancelled"


class Presence(StrEnum):
    """Whether the student was there."""

    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"
    EXCUSED = "excused"


def one_of(column_name: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column_name} in ({listed})", name=column_name)


def never_twice(what: str, starts: str, ends: str) -> ExcludeConstraint:
    """No two lessons that take place overlap in time for the same `what`."""
    return ExcludeConstraint(
        (column("organization_id"), "="),
        (column(what), "="),
        (func.tstzrange(column(starts), column(ends)), "&&"),
        name=f"bookings_{what.removesuffix('_id')}_twice",
        using="gist",
        where=BOOKED,
    )


class Booking(TenantOwned, Base):
    """A lesson of one student with one teacher. `busy_from` to `busy_until` is what the teacher's time is taken for.

    What the school's terms were when it was booked is kept with it.
    """

    __tablename__ = "bookings"
    constraints = (
        never_twice("teacher_id", "busy_from", "busy_until"),
        never_twice("room_id", "starts_at", "ends_at"),
        never_twice("student_id", "starts_at", "ends_at"),
        tenant_reference("appointment_type_id", "appointment_types"),
        tenant_reference("teacher_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("student_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("location_id", "locations"),
        tenant_reference("room_id", "rooms"),
        tenant_reference("booked_by", "organization_memberships", ondelete="SET NULL (booked_by)"),
        tenant_reference("cancelled_by", "organization_memberships", ondelete="SET NULL (cancelled_by)"),
        ForeignKeyConstraint(
            ["organization_id", "series_id", "student_id"],
            ["booking_series.organization_id", "booking_series.id", "booking_series.student_id"],
            name="bookings_series_of_student_fkey",
            ondelete="SET NULL (series_id)",
        ),
        one_of("status", *BookingStatus),
        CheckConstraint(
            "busy_from <= starts_at and starts_at <= ends_at and ends_at <= busy_until", name="in_order"
        ),
        CheckConstraint("(status = 'cancelled') = (cancelled_at is not null)", name="cancelled"),
        CheckConstraint("length(note) <= 2000 and length(reason) <= 500", name="words"),
        Index("bookings_of_teacher_idx", "organization_id", "teacher_id", "starts_at", "id"),
        Index("bookings_of_student_idx", "organization_id", "student_id", "starts_at", "id"),
        Index("bookings_by_start_idx", "organization_id", "starts_at", "id"),
        Index("bookings_of_location_idx", "organization_id", "location_id", "starts_at"),
        Index("bookings_of_room_idx", "organization_id", "room_id", "starts_at"),
        Index("bookings_of_type_idx", "organization_id", "appointment_type_id", "starts_at"),
        Index("bookings_of_series_idx", "organization_id", "series_id", "student_id"),
        Index("bookings_booked_by_idx", "organization_id", "booked_by"),
        Index("bookings_cancelled_by_idx", "organization_id", "cancelled_by"),
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
            "room_id",
            "title",
            "starts_at",
            "ends_at",
            "busy_from",
            "busy_until",
            "cancel_notice_hours",
            "meeting_link",
            "note",
            "series_id",
        ),
        update=MAY_CHANGE,
        update_columns=(
            "teacher_id",
            "location_id",
            "room_id",
            "starts_at",
            "ends_at",
            "busy_from",
            "busy_until",
            "status",
            "version",
            "meeting_link",
            "note",
            "cancelled_at",
            "cancelled_by",
            "late",
            "reason",
        ),
        definer=("select",),
    )

    appointment_type_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    student_id: Mapped[UUID]
    location_id: Mapped[UUID]
    room_id: Mapped[UUID | None]
    series_id: Mapped[UUID | None]
    """The series that it was booked with, of the same student; moved and cancelled it still is one of its lessons."""
    title: Mapped[str]
    """What the kind of lesson was called when it was booked."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    busy_from: Mapped[datetime]
    busy_until: Mapped[datetime]
    status: Mapped[str] = mapped_column(server_default=text("'booked'"), default=BookingStatus.BOOKED)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    cancel_notice_hours: Mapped[int] = mapped_column(server_default=text("24"), default=24)
    """Whoever cancels later than so long before the lesson cancels late."""
    meeting_link: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default=text("''"), default="")
    booked_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[UUID | None]
    late: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    reason: Mapped[str] = mapped_column(server_default=text("''"), default="")


class Attendance(TenantOwned, Base):
    """Whether a student was there, and a word for their family."""

    __tablename__ = "attendance"
    constraints = (
        UniqueConstraint("organization_id", "booking_id"),
        tenant_reference("booking_id", "bookings", ondelete="CASCADE"),
        tenant_reference("student_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("noted_by", "organization_memberships", ondelete="SET NULL (noted_by)"),
        one_of("status", *Presence),
        CheckConstraint("length(note) <= 2000", name="note"),
        Index("attendance_student_id_idx", "organization_id", "student_id"),
        Index("attendance_noted_by_idx", "organization_id", "noted_by"),
    )
    row_security = RowSecurity(
        select=f"{STAFF} or {MINE}",
        insert=STAFF,
        insert_columns=("organization_id", "id", "booking_id", "student_id", "status", "note"),
        update=STAFF,
        update_columns=("status", "note", "noted_by", "noted_at"),
    )

    booking_id: Mapped[UUID]
    student_id: Mapped[UUID]
    status: Mapped[str]
    note: Mapped[str] = mapped_column(server_default=text("''"), default="")
    noted_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    noted_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class CalendarFeed(TenantOwned, Base):
    """A secret address under which a calendar reads one member's lessons. Only the secret's digest is kept."""

    __tablename__ = "calendar_feeds"
    constraints = (
        UniqueConstraint("organization_id", "member_id"),
        UniqueConstraint("organization_id", "secret_hash"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        CheckConstraint("length(secret_hash) = 32", name="secret_hash"),
        Index("calendar_feeds_secret_hash_idx", "secret_hash"),
    )
    row_security = RowSecurity(
        select=f"member_id = {ME}",
        select_columns=("organization_id", "id", "member_id", "created_at"),
        insert=f"member_id = {ME}",
        insert_columns=("organization_id", "id", "member_id", "secret_hash"),
        delete=f"member_id = {ME}",
        definer=("select",),
    )

    member_id: Mapped[UUID]
    secret_hash: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
