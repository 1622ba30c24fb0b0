"""Support access: an operator's stay in a school, which its owners see and can end."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity


class SupportAccess(TenantOwned, Base):
    """Who of the operators may look into the school, why, for how long, and whether they may change anything.

    `operator` is the identity provider's id. `app.enter` lets the operator in while the row is open.
    """

    __tablename__ = "support_accesses"
    constraints = (
        tenant_reference("ended_by", "organization_memberships", ondelete="SET NULL (ended_by)"),
        CheckConstraint("ends_at >= starts_at and ends_at <= starts_at + interval '1 hour'", name="an_hour"),
        CheckConstraint("length(reason) <= 500", name="reason"),
        Index(
            "support_accesses_open_idx",
            "organization_id",
            "ends_at",
            postgresql_where=text("ended_at is null"),
        ),
        Index("support_accesses_ended_by_idx", "organization_id", "ended_by"),
    )
    row_security = RowSecurity(
        select="(select app.is_admin())",
        update="(select app.is_admin())",
        update_to="ended_at is not null and (select app.is_admin())",
        update_columns=("ended_at", "ended_by"),
        definer=("select",),
    )

    operator: Mapped[str]
    operator_name: Mapped[str]
    reason: Mapped[str]
    may_change: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
