"""Founding a school, step by step, and the proof of what was agreed to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, Timed
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.ids import new_id

MINE = "user_id = (select app.user_id())"
STATES = ("drafted", "submitted", "done", "failed")


class Founding(Timed, Base):
    """What a person has said so far about the school they are founding; of no school until there is one.

    `external_id` is the identity provider's organisation once it exists: from then on the founding is only
    completed, never begun again.
    """

    __tablename__ = "foundings"
    __table_args__ = (
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint("brand_color ~ '^#[0-9a-f]{6}$'", name="brand_color"),
        CheckConstraint("octet_length(logo) <= 1048576", name="logo"),
        Index(
            "foundings_open_key",
            "user_id",
            unique=True,
            postgresql_where=text("state in ('drafted', 'submitted', 'failed')"),
        ),
        Index("foundings_user_id_idx", "user_id", "id"),
        Index("foundings_school_id_idx", "school_id"),
    )
    row_security = RowSecurity(
        fence=MINE,
        select=MINE,
        insert=f"{MINE} and state = 'drafted'",
        insert_columns=("id", "user_id", "name", "slug", "time_zone", "locale", "created_at", "updated_at"),
        update=f"{MINE} and state in ('drafted', 'failed')",
        update_to=f"{MINE} and state in ('drafted', 'submitted')",
        update_columns=(
            "name",
            "slug",
            "brand_color",
            "logo",
            "time_zone",
            "locale",
            "serves_minors",
            "looks_chosen",
            "place_chosen",
            "state",
            "submitted_at",
            "updated_at",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), server_default=text("app.user_id()")
    )
    state: Mapped[str] = mapped_column(server_default=text("'drafted'"))
    name: Mapped[str]
    slug: Mapped[str]
    brand_color: Mapped[str | None]
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    time_zone: Mapped[str]
    locale: Mapped[str]
    serves_minors: Mapped[bool | None]
    looks_chosen: Mapped[bool] = mapped_column(server_default=text("false"))
    place_chosen: Mapped[bool] = mapped_column(server_default=text("false"))
    submitted_at: Mapped[datetime | None]
    external_id: Mapped[str | None]
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    problem: Mapped[str | None]
    finished_at: Mapped[datetime | None]


class Consent(Base):
    """That a person agreed to a text: which version, its digest, when, from where. Append-only for everyone."""

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint("document in ('terms', 'privacy', 'dpa')", name="document"),
        Index("consents_user_id_idx", "user_id", "id"),
        Index("consents_founding_id_idx", "founding_id"),
    )
    row_security = RowSecurity(
        fence=MINE,
        select=MINE,
        insert=MINE,
        insert_columns=(
            "id",
            "user_id",
            "founding_id",
            "document",
            "version",
            "digest",
            "method",
            "address",
            "agent",
        ),
        service=("select",),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), server_default=text("app.user_id()")
    )
    founding_id: Mapped[UUID] = mapped_column(ForeignKey("foundings.id", ondelete="CASCADE"))
    document: Mapped[str]
    version: Mapped[str]
    digest: Mapped[str]
    method: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    address: Mapped[str | None]
    agent: Mapped[str | None]
