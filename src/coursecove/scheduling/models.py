"""What a school offers and where: locations with rooms, kinds of appointment, and who is qualified for them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity

ADMIN = "(select app.is_admin())"
STAFF = "(select app.is_staff())"
OF_PUBLISHED = f"{STAFF} or appointment_type_id = any(array(select app.published_type_ids()))"


class LocationKind(StrEnum):
    """How people meet there: in the school's rooms, over the network, or at the student's."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    AT_STUDENT = "at_student"


class TypeStatus(StrEnum):
    """Where a kind of appointment stands. Only a published one can be booked."""

    DRAFT = "draft"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    ARCHIVED = "archived"


def one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=column)


class Location(TenantOwned, Base):
    """A place where people meet: a house, a meeting link, or wherever the student lives."""

    __tablename__ = "locations"
    constraints = (
        one_of("kind", *LocationKind),
        CheckConstraint("length(name) between 1 and 100", name="name"),
        CheckConstraint("length(address) <= 300", name="address"),
        CheckConstraint(
            "meeting_link is null or (kind = 'online' and meeting_link like 'https://%')", name="meeting_link"
        ),
        Index(
            "locations_name_key",
            "organization_id",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
        Index("locations_by_name_idx", "organization_id", "name", "id"),
    )
    row_security = RowSecurity(
        select=f"{STAFF} or archived_at is null",
        insert=ADMIN,
        update=ADMIN,
        update_columns=(
            "name",
            "kind",
            "address",
            "time_zone",
            "meeting_link",
            "archived_at",
            "version",
            "updated_at",
        ),
    )

    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default=text("'in_person'"), default=LocationKind.IN_PERSON)
    address: Mapped[str] = mapped_column(server_default=text("''"), default="")
    time_zone: Mapped[str]
    meeting_link: Mapped[str | None]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Room(TenantOwned, Base):
    """A room of a location; it is nowhere twice at the same time."""

    __tablename__ = "rooms"
    constraints = (
        tenant_reference("location_id", "locations", ondelete="CASCADE"),
        CheckConstraint("length(name) between 1 and 100", name="name"),
        CheckConstraint("capacity between 1 and 10000", name="capacity"),
        Index(
            "rooms_name_key",
            "organization_id",
            "location_id",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
        Index("rooms_of_location_idx", "organization_id", "location_id", "name", "id"),
    )
    row_security = RowSecurity(
        select=f"{STAFF} or archived_at is null",
        insert=ADMIN,
        update=ADMIN,
        update_columns=("name", "capacity", "archived_at", "version", "updated_at"),
    )

    location_id: Mapped[UUID]
    name: Mapped[str]
    capacity: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class AppointmentType(TenantOwned, Base):
    """A kind of appointment: how long it takes, how it may be booked, and what it costs."""

    __tablename__ = "appointment_types"
    constraints = (
        one_of("status", *TypeStatus),
        CheckConstraint("length(name) between 1 and 200", name="name"),
        CheckConstraint("length(description) <= 5000", name="description"),
        CheckConstraint("duration_minutes between 5 and 1440", name="duration"),
        CheckConstraint("buffer_before_minutes between 0 and 480", name="buffer_before"),
        CheckConstraint("buffer_after_minutes between 0 and 480", name="buffer_after"),
        CheckConstraint("notice_minutes between 0 and 129600", name="notice"),
        CheckConstraint("horizon_days between 1 and 730", name="horizon"),
        CheckConstraint("daily_limit between 1 and 100", name="daily_limit"),
        CheckConstraint("cancel_notice_hours between 0 and 2160", name="cancel_notice"),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("(price_minor is null) = (currency is null)", name="price_has_currency"),
        CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name="colour"),
        Index("appointment_types_by_name_idx", "organization_id", "name", "id"),
        Index("appointment_types_by_status_idx", "organization_id", "status", "name", "id"),
    )
    row_security = RowSecurity(
        select=f"{STAFF} or status = 'published'",
        insert=f"{ADMIN} and status = 'draft'",
        update=ADMIN,
        update_columns=(
            "name",
            "description",
            "duration_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "notice_minutes",
            "horizon_days",
            "daily_limit",
            "price_minor",
            "currency",
            "colour",
            "status",
            "cancel_notice_hours",
            "version",
            "updated_at",
        ),
        delete=f"{ADMIN} and status = 'draft'",
        definer=("select",),
    )

    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default=text("''"), default="")
    duration_minutes: Mapped[int]
    buffer_before_minutes: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    notice_minutes: Mapped[int] = mapped_column(server_default=text("720"), default=720)
    horizon_days: Mapped[int] = mapped_column(server_default=text("60"), default=60)
    daily_limit: Mapped[int | None]
    """How many of this kind a teacher takes on one day."""
    price_minor: Mapped[int | None]
    currency: Mapped[str | None]
    colour: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'draft'"), default=TypeStatus.DRAFT)
    cancel_notice_hours: Mapped[int] = mapped_column(server_default=text("24"), default=24)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class AppointmentTypeLocation(TenantOwned, Base):
    """That a kind of appointment takes place at a location."""

    __tablename__ = "appointment_type_locations"
    constraints = (
        UniqueConstraint("organization_id", "appointment_type_id", "location_id"),
        tenant_reference("appointment_type_id", "appointment_types", ondelete="CASCADE"),
        tenant_reference("location_id", "locations", ondelete="CASCADE"),
        Index(None, "organization_id", "location_id"),
    )
    row_security = RowSecurity(select=OF_PUBLISHED, insert=ADMIN, delete=ADMIN)

    appointment_type_id: Mapped[UUID]
    location_id: Mapped[UUID]


class Qualification(TenantOwned, Base):
    """That a teacher teaches a kind of appointment."""

    __tablename__ = "qualifications"
    constraints = (
        UniqueConstraint("organization_id", "teacher_id", "appointment_type_id"),
        tenant_reference("teacher_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("appointment_type_id", "appointment_types", ondelete="CASCADE"),
        Index(None, "organization_id", "appointment_type_id"),
    )
    row_security = RowSecurity(
        select=OF_PUBLISHED,
        insert=ADMIN,
        insert_columns=("organization_id", "id", "teacher_id", "appointment_type_id"),
        delete=ADMIN,
        definer=("select",),
    )

    teacher_id: Mapped[UUID]
    appointment_type_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
