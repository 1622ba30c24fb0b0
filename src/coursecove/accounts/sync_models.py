"""What the identity provider told us: webhooks as received, and its objects as a mirror."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, Timed
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.ids import new_id


class WebhookEvent(Timed, Base):
    """One message of the identity provider, kept from the moment its signature was checked.

    `pending` waits for its next attempt, `failed` is the dead letter; the other states are final. `body` is what
    was signed; `payload` stands in for it where it may be kept only without its codes and links.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        CheckConstraint(
            "status in ('completed', 'superseded', 'ignored', 'pending', 'failed')", name="status"
        ),
        Index(
            "webhook_events_due_idx",
            text("greatest(next_attempt_at, leased_until)"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index("webhook_events_unusual_idx", "status", "id", postgresql_where=text("status <> 'completed'")),
        Index(None, "event_type", "id"),
        Index(None, "object_id", "id"),
        Index("webhook_events_created_at_idx", "created_at", postgresql_using="brin"),
        Index("webhook_events_unredacted_idx", "created_at", postgresql_where=text("redacted_at is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[str] = mapped_column(unique=True)
    event_type: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str | None]
    path: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    deliveries: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    instance_id: Mapped[str | None]
    object_kind: Mapped[str | None]
    object_id: Mapped[str | None]
    signed_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
    took_ms: Mapped[int | None]
    next_attempt_at: Mapped[datetime | None]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    history: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    payload: Mapped[dict[str, Any] | None]
    redacted_at: Mapped[datetime | None]


class MirroredObject(Base):
    """A provider's object: last writer wins by (version, tie), and deleted is for ever (its tombstone).

    `row_id` is the id its own row gets. Version 0 is what another object told of it. `doubtful` means that
    two different contents claim the same version, so that the provider has to be asked.
    """

    __tablename__ = "identity_mirror"
    __table_args__ = (
        CheckConstraint("kind in ('user', 'organization', 'membership')", name="kind"),
        Index(
            "identity_mirror_person_idx",
            "user_ref",
            "organization_ref",
            postgresql_where=text("kind = 'membership'"),
        ),
        Index("identity_mirror_school_idx", "organization_ref", postgresql_where=text("kind = 'membership'")),
        Index("identity_mirror_doubtful_idx", "updated_at", postgresql_where=text("doubtful")),
    )
    row_security = RowSecurity(fence=None, definer=("select", "insert"))

    kind: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(BigInteger)
    tie: Mapped[bytes] = mapped_column(LargeBinary)
    deleted: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    data: Mapped[dict[str, Any]]
    organization_ref: Mapped[str | None]
    user_ref: Mapped[str | None]
    created_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), default=0)
    doubtful: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
