"""What a school has besides its people: own domains, a logo, people who ask to join, exports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlTrigger

OWNERS = "(select app.is_admin())"
IN_PERSON = "(select app.is_admin()) and (select app.support_id()) is null"


class CustomDomain(TenantOwned, Base):
    """A domain of the school's own. Its host name answers only once the name servers have shown control of it."""

    __tablename__ = "custom_domains"
    constraints = (
        UniqueConstraint("organization_id", "name"),
        tenant_reference("added_by", "organization_memberships", ondelete="SET NULL (added_by)"),
        CheckConstraint("state in ('waiting', 'verified', 'failing')", name="state"),
        Index("custom_domains_added_by_idx", "organization_id", "added_by"),
        Index("custom_domains_due_idx", "next_check_at"),
    )
    row_security = RowSecurity(
        select=OWNERS,
        insert=IN_PERSON,
        insert_columns=("organization_id", "id", "name", "proof", "added_by"),
        delete=IN_PERSON,
    )

    name: Mapped[str]
    proof: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    points_here: Mapped[bool] = mapped_column(server_default=text("false"))
    problem: Mapped[str | None]
    added_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    checked_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    next_check_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class SchoolLogo(TenantOwned, Base):
    """The school's picture, made anew by us from what was sent; public like a sign at the door."""

    __tablename__ = "school_logos"
    constraints = (
        UniqueConstraint("organization_id", "digest"),
        CheckConstraint("octet_length(image) <= 1048576", name="image"),
    )
    row_security = RowSecurity(
        select="organization_id = (select app.org_id())",
        insert=OWNERS,
        delete=OWNERS,
        definer=("select",),
    )

    digest: Mapped[str]
    image: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class JoinRequest(TenantOwned, Base):
    """Somebody with an account who asks to be let in; what they said of themselves is kept with it."""

    __tablename__ = "join_requests"
    constraints = (
        tenant_reference("decided_by", "organization_memberships", ondelete="SET NULL (decided_by)"),
        CheckConstraint("state in ('waiting', 'accepted', 'declined')", name="state"),
        CheckConstraint("length(message) <= 500", name="message"),
        Index(
            "join_requests_waiting_key",
            "organization_id",
            "user_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("join_requests_user_id_idx", "user_id"),
        Index("join_requests_decided_by_idx", "organization_id", "decided_by"),
    )
    row_security = RowSecurity(
        select=OWNERS,
        update=IN_PERSON,
        update_columns=("state", "decided_at", "decided_by"),
        definer=("select", "insert"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    message: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]


class SchoolExport(TenantOwned, Base):
    """Everything of the school in one archive: asked for, written by a background function, gone after a while."""

    __tablename__ = "school_exports"
    constraints = (
        tenant_reference("requested_by", "organization_memberships", ondelete="SET NULL (requested_by)"),
        CheckConstraint("state in ('waiting', 'running', 'ready', 'failed', 'expired')", name="state"),
        Index(
            "school_exports_open_key",
            "organization_id",
            "requested_by",
            unique=True,
            postgresql_where=text("state in ('waiting', 'running')"),
        ),
        Index("school_exports_requested_by_idx", "organization_id", "requested_by"),
        Index("school_exports_expiring_idx", "expires_at", postgresql_where=text("state = 'ready'")),
    )
    row_security = RowSecurity(
        select=OWNERS,
        insert=IN_PERSON,
        insert_columns=("organization_id", "id", "requested_by"),
    )

    requested_by: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    tables_done: Mapped[int] = mapped_column(server_default=text("0"))
    tables_total: Mapped[int] = mapped_column(server_default=text("0"))
    rows_written: Mapped[int] = mapped_column(server_default=text("0"))
    size: Mapped[int] = mapped_column(server_default=text("0"))
    problem: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class ExportPart(TenantOwned, Base):
    """A piece of an export's archive, so that no process has to hold the whole."""

    __tablename__ = "school_export_parts"
    constraints = (
        tenant_reference("export_id", "school_exports", ondelete="CASCADE"),
        UniqueConstraint("organization_id", "export_id", "position"),
    )
    row_security = RowSecurity(select=IN_PERSON)

    export_id: Mapped[UUID]
    position: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


TRIGGERS = (
    SqlTrigger("release", "custom_domains", "after delete", "app.release_domain"),
    SqlTrigger("submitted", "foundings", "after update", "app.founding_submitted"),
)
