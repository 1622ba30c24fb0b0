"""Keys for programs, and the memory that makes a repeated request harmless."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity


class ApiToken(TenantOwned, Base):
    """A key for programs: of one member, or of the school itself. Only the secret's digest is kept."""

    __tablename__ = "api_tokens"
    constraints = (
        UniqueConstraint("organization_id", "secret_hash"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("created_by", "organization_memberships", ondelete="CASCADE"),
        CheckConstraint("length(secret_hash) = 32", name="secret_hash"),
        Index("api_tokens_secret_hash_idx", "secret_hash"),
        Index("api_tokens_member_id_idx", "organization_id", "member_id", "created_at", "id"),
        Index("api_tokens_created_by_idx", "organization_id", "created_by"),
    )
    row_security = RowSecurity(
        select="member_id = (select app.member_id()) or (select app.is_admin())",
        insert=(
            "created_by = (select app.member_id()) and "
            "(member_id = (select app.member_id()) or (member_id is null and (select app.is_admin())))"
        ),
        update="member_id = (select app.member_id()) or (select app.is_admin())",
        update_to=(
            "revoked_at is not null and (member_id = (select app.member_id()) or (select app.is_admin()))"
        ),
        update_columns=("revoked_at",),
        definer=("select", "update"),
    )

    member_id: Mapped[UUID | None]
    created_by: Mapped[UUID]
    name: Mapped[str]
    scopes: Mapped[list[str]]
    secret_hash: Mapped[bytes]
    hint: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class IdempotencyKey(TenantOwned, Base):
    """The answer already given to a request that named this key; kept for a day."""

    __tablename__ = "idempotency_keys"
    constraints = (
        UniqueConstraint("organization_id", "caller", "key"),
        Index(None, "organization_id", "created_at"),
    )
    row_security = RowSecurity(
        select="caller = (select app.caller())",
        insert="caller = (select app.caller())",
        update="caller = (select app.caller())",
        update_columns=("status", "headers", "body"),
    )

    caller: Mapped[str] = mapped_column(server_default=text("app.caller()"))
    key: Mapped[str]
    request_hash: Mapped[bytes]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
