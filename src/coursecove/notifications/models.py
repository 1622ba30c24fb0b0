"""The outbox: every mail that was to leave, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base
from coursecove.kit.ids import new_id


class MailMessage(Base):
    """One mail as it was written; `key` says what it is about, so that it is written once. Bodies are cleared."""

    __tablename__ = "mail_messages"
    __table_args__ = (
        CheckConstraint("status in ('queued', 'sent', 'failed')", name="status"),
        Index(None, "school_id"),
        Index("mail_messages_open_idx", "status", "created_at", postgresql_where=text("status <> 'sent'")),
        Index(
            "mail_messages_bodies_idx",
            "created_at",
            postgresql_where=text("status <> 'queued' and text_body is not null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    from_name: Mapped[str | None]
    recipient: Mapped[str]
    subject: Mapped[str]
    text_body: Mapped[str | None]
    html_body: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'queued'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]
    receipt: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    sent_at: Mapped[datetime | None]
