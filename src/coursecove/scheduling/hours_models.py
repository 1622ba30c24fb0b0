"""When teachers teach: hours of a week on the wall clock of a zone, other hours on some dates, and days when nobody does.

An `ends` of midnight (00:00) is the end of the day, so that a day can be full.
"""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Time, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlTrigger
from coursecove.scheduling.models import ADMIN, STAFF

MEMBERS = "organization_id = (select app.org_id())"
OWN = f"{ADMIN} or ({STAFF} and teacher_id = (select app.member_id()))"
IN_ORDER = "starts < ends or ends = '00:00'"


class AvailabilityWeek(TenantOwned, Base):
    """A teacher's week: the zone in which its hours and exceptions are meant. Without one: the school's zone."""

    __tablename__ = "availability_weeks"
    constraints = (
        UniqueConstraint("organization_id", "teacher_id"),
        tenant_reference("teacher_id", "organization_memberships", ondelete="CASCADE"),
    )
    row_security = RowSecurity(
        select=MEMBERS,
        insert=OWN,
        insert_columns=("organization_id", "id", "teacher_id", "time_zone"),
        update=OWN,
        update_columns=("time_zone", "version", "updated_at"),
    )

    teacher_id: Mapped[UUID]
    time_zone: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class AvailabilityHours(TenantOwned, Base):
    """A stretch of a weekday (0 is Monday) in which a teacher teaches, at one location or anywhere."""

    __tablename__ = "availability_hours"
    constraints = (
        tenant_reference("teacher_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("location_id", "locations", ondelete="CASCADE"),
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint(IN_ORDER, name="in_order"),
        Index("availability_hours_of_teacher_idx", "organization_id", "teacher_id", "weekday", "starts"),
        Index(None, "organization_id", "location_id"),
    )
    row_security = RowSecurity(select=MEMBERS, insert=OWN, delete=OWN)

    teacher_id: Mapped[UUID]
    weekday: Mapped[int]
    starts: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    location_id: Mapped[UUID | None]


class AvailabilityException(TenantOwned, Base):
    """A date on which other hours than the week's count, or none: then `starts` and `ends` are null."""

    __tablename__ = "availability_exceptions"
    constraints = (
        tenant_reference("teacher_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("location_id", "locations", ondelete="CASCADE"),
        CheckConstraint("(starts is null) = (ends is null)", name="off_or_hours"),
        CheckConstraint(IN_ORDER, name="in_order"),
        Index("availability_exceptions_of_teacher_idx", "organization_id", "teacher_id", "date", "starts"),
        Index(None, "organization_id", "location_id"),
    )
    row_security = RowSecurity(select=MEMBERS, insert=OWN, delete=OWN)

    teacher_id: Mapped[UUID]
    date: Mapped[date] = mapped_column(Date)
    starts: Mapped[time | None] = mapped_column(Time)
    ends: Mapped[time | None] = mapped_column(Time)
    location_id: Mapped[UUID | None]


class Closure(TenantOwned, Base):
    """Days on which the school, or one location of it, is closed; local dates, the last one included."""

    __tablename__ = "closures"
    constraints = (
        tenant_reference("location_id", "locations", ondelete="CASCADE"),
        CheckConstraint("length(name) between 1 and 100", name="name"),
        CheckConstraint("first_day <= last_day", name="in_order"),
        Index("closures_by_day_idx", "organization_id", "last_day", "id"),
        Index(None, "organization_id", "location_id"),
    )
    row_security = RowSecurity(
        select=MEMBERS,
        insert=ADMIN,
        insert_columns=("organization_id", "id", "first_day", "last_day", "name", "location_id"),
        update=ADMIN,
        update_columns=("first_day", "last_day", "name", "location_id", "version", "updated_at"),
        delete=ADMIN,
    )

    name: Mapped[str]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    location_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


TRIGGERS = (
    SqlTrigger("guard_hours", "availability_hours", "after insert or update", "app.guard_hours"),
    SqlTrigger(
        "guard_exceptions", "availability_exceptions", "after insert or update", "app.guard_exceptions"
    ),
)
