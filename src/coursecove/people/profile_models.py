"""Profiles of children, kept by their school and guardians, and the consent that each of them stands on."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, TenantOwned, Timed, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlTrigger
from coursecove.people.models import one_of

STAFF = "(select app.is_staff())"
ME = "(select app.member_id())"
IN_MY_CARE = "any(array(select app.my_profile_ids()))"
"""Profiles of the children whom the caller stands for; the children themselves are not among those who decide."""
USERNAME = "^[a-z0-9][a-z0-9._-]{1,29}$"


class ProfileStatus(StrEnum):
    """Where a child's profile stands."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CONVERTED = "converted"
    FORGOTTEN = "forgotten"


class Purpose(StrEnum):
    """What a guardian agrees to; the second is asked apart from the first, and nothing hangs on it."""

    PROFILE = "profile"
    THIRD_PARTIES = "third_parties"


class ConsentAction(StrEnum):
    """A consent is given or withdrawn; the newest record counts."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ConsentMethod(StrEnum):
    """How consent reached us: by the guardian's own session, or on paper that the school keeps."""

    ONLINE = "online"
    PAPER = "paper"


class ManagedProfile(TenantOwned, Timed, Base):
    """A child who signs in with a name and a number and has no address. Until consent: no more than is needed."""

    __tablename__ = "managed_profiles"
    constraints = (
        UniqueConstraint("organization_id", "username"),
        UniqueConstraint("organization_id", "member_id"),
        tenant_reference("guardian_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("created_by", "organization_memberships", ondelete="SET NULL (created_by)"),
        one_of("status", *ProfileStatus),
        CheckConstraint(f"username ~ '{USERNAME}'", name="username"),
        CheckConstraint(
            "last_name is null or status in ('active', 'suspended', 'converted')",
            name="little_before_consent",
        ),
        CheckConstraint("member_id is not null or status = 'pending'", name="has_a_member"),
        CheckConstraint("birth_date is not null or status = 'forgotten'", name="has_a_birth_date"),
        Index("managed_profiles_by_name_idx", "organization_id", "first_name", "id"),
        Index("managed_profiles_by_status_idx", "organization_id", "status", "id"),
        Index("managed_profiles_guardian_id_idx", "organization_id", "guardian_id"),
        Index("managed_profiles_created_by_idx", "organization_id", "created_by"),
        Index("managed_profiles_birth_date_idx", "birth_date"),
        Index("managed_profiles_waiting_idx", "created_at", postgresql_where=text("status = 'pending'")),
    )
    row_security = RowSecurity(
        select=f"{STAFF} or member_id = {ME} or id = {IN_MY_CARE}",
        insert=f"({STAFF} or guardian_id = {ME}) and status = 'pending'",
        insert_columns=("organization_id", "id", "guardian_id", "first_name", "birth_date", "username"),
        update=f"{STAFF} or id = {IN_MY_CARE}",
        update_columns=("first_name", "last_name", "birth_date", "username", "status", "updated_at"),
        definer=("select", "update"),
    )

    guardian_id: Mapped[UUID]
    member_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    first_name: Mapped[str]
    last_name: Mapped[str | None]
    birth_date: Mapped[date | None] = mapped_column(Date)
    """None once the child is forgotten."""
    username: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"), default=ProfileStatus.PENDING)
    activated_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    converted_at: Mapped[datetime | None]


class ConsentRecord(TenantOwned, Base):
    """A guardian's consent or its withdrawal, as evidence. Nobody changes or deletes one; the newest counts."""

    __tablename__ = "consent_records"
    constraints = (
        tenant_reference("profile_id", "managed_profiles"),
        tenant_reference("guardian_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("recorded_by", "organization_memberships", ondelete="CASCADE"),
        one_of("purpose", *Purpose),
        one_of("action", *ConsentAction),
        one_of("method", *ConsentMethod),
        Index("consent_records_newest_idx", "organization_id", "profile_id", "purpose", "id"),
        Index("consent_records_guardian_id_idx", "organization_id", "guardian_id"),
        Index("consent_records_recorded_by_idx", "organization_id", "recorded_by"),
    )
    row_security = RowSecurity(
        select=f"{STAFF} or profile_id = {IN_MY_CARE}",
        insert=(
            f"recorded_by = {ME} and ((method = 'online' and guardian_id = {ME} and profile_id = {IN_MY_CARE}) "
            f"or (method = 'paper' and {STAFF}))"
        ),
        insert_columns=(
            "organization_id",
            "id",
            "profile_id",
            "guardian_id",
            "purpose",
            "action",
            "version",
            "text_digest",
            "method",
            "signature",
            "note",
            "address",
            "user_agent",
        ),
        definer=("select",),
        service=("select",),
    )

    profile_id: Mapped[UUID]
    guardian_id: Mapped[UUID]
    recorded_by: Mapped[UUID] = mapped_column(server_default=text("app.member_id()"))
    purpose: Mapped[str]
    action: Mapped[str]
    version: Mapped[str]
    text_digest: Mapped[bytes]
    method: Mapped[str]
    signature: Mapped[str]
    note: Mapped[str | None]
    address: Mapped[str | None]
    user_agent: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


TRIGGERS = (
    SqlTrigger("guard_profile", "managed_profiles", "before insert or update", "app.guard_profile"),
    SqlTrigger("check_guardian", "managed_profiles", "after insert", "app.check_guardian"),
    SqlTrigger("claim_profile", "users", "after update of email", "app.claim_profile"),
    SqlTrigger("heed_consent", "consent_records", "after insert", "app.heed_consent"),
)
