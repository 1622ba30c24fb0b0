"""What the identity provider told us: webhooks as received, and its objects as a mirror."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, Timed
from coursecove.kit.ids import new_id


class WebhookEvent(Timed, Base):
    """One delivery of the identity provider, kept from the moment its signature was checked."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        CheckConstraint(
            "status in ('pending', 'completed', 'failed', 'ignored', 'superseded')", name="status"
        ),
        Index(None, "event_type"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[str] = mapped_column(unique=True)
    event_type: Mapped[str]
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"), default="pending")
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    last_error: Mapped[str | None]
    processed_at: Mapped[datetime | None]


class MirroredObject(Base):
    """A provider's object: last writer wins by (version, tie), and deleted is for ever (its tombstone)."""

    __tablename__ = "identity_mirror"
    __table_args__ = (CheckConstraint("kind in ('user', 'organization', 'membership')", name="kind"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    tie: Mapped[bytes] = mapped_column(LargeBinary)
    deleted: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    data: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
