"""Invitations, and what is asked of the identity provider about people: one by one or as a list."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.accounts.roles import Role
from coursecove.kit.db.models import Base, TenantOwned, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlTrigger

ADMIN = "(select app.is_admin())"


class ChangeKind(StrEnum):
    """What can be asked of the provider about one person."""

    INVITATION = "invitation"
    REVOCATION = "revocation"
    RESENDING = "resending"
    ROLE = "role"
    REMOVAL = "removal"
    LEAVING = "leaving"
    RESTORATION = "restoration"


class ChangeStatus(StrEnum):
    """Where a change stands: only looked at, unusable, asked of the provider, or over."""

    DRAFT = "draft"
    PROBLEM = "problem"
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


class ListStatus(StrEnum):
    """Where a list of changes stands."""

    DRAFT = "draft"
    RUNNING = "running"
    DONE = "done"
    DISCARDED = "discarded"


class InvitationStatus(StrEnum):
    """What became of an invitation; one that nobody took in time is still pending, and past its end."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


def one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=column)


class Invitation(TenantOwned, Base):
    """Somebody whom the identity provider asked to join; its secret link is never kept here."""

    __tablename__ = "invitations"
    constraints = (
        UniqueConstraint("organization_id", "external_id"),
        tenant_reference("invited_by", "organization_memberships", ondelete="SET NULL (invited_by)"),
        one_of("role", *Role),
        one_of("status", *InvitationStatus),
        Index(
            "invitations_one_pending_idx",
            "organization_id",
            "email",
            unique=True,
            postgresql_where=text("status = 'pending'"),
        ),
        Index("invitations_newest_idx", "organization_id", "status", "id"),
        Index("invitations_invited_by_idx", "organization_id", "invited_by"),
    )
    row_security = RowSecurity(
        select=ADMIN,
        insert=ADMIN,
        update=ADMIN,
        update_columns=(
            "external_id",
            "role",
            "status",
            "invited_by",
            "created_at",
            "expires_at",
            "updated_at",
        ),
    )

    external_id: Mapped[str]
    email: Mapped[str]
    role: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"), default=InvitationStatus.PENDING)
    invited_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class TeamList(TenantOwned, Base):
    """Several changes looked at together before any is asked: a pasted list, a file, a selection."""

    __tablename__ = "team_lists"
    constraints = (
        tenant_reference("asked_by", "organization_memberships", ondelete="SET NULL (asked_by)"),
        one_of("kind", *ChangeKind),
        one_of("status", *ListStatus),
        Index("team_lists_newest_idx", "organization_id", "created_at", "id"),
        Index(
            "team_lists_put_away_idx",
            "created_at",
            postgresql_where=text("status in ('draft', 'discarded')"),
        ),
        Index("team_lists_asked_by_idx", "organization_id", "asked_by"),
    )
    row_security = RowSecurity(
        select=ADMIN,
        insert=ADMIN,
        insert_columns=("organization_id", "id", "kind", "role", "source", "status", "created_at"),
        update=ADMIN,
        update_columns=("status", "started_at", "finished_at"),
    )

    kind: Mapped[str]
    role: Mapped[str | None]
    source: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'draft'"), default=ListStatus.DRAFT)
    asked_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class TeamChange(TenantOwned, Base):
    """One thing asked of the identity provider about one person, and what came of it."""

    __tablename__ = "team_changes"
    constraints = (
        tenant_reference("list_id", "team_lists", ondelete="CASCADE"),
        tenant_reference("member_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("invitation_id", "invitations", ondelete="CASCADE"),
        tenant_reference("asked_by", "organization_memberships", ondelete="SET NULL (asked_by)"),
        one_of("kind", *ChangeKind),
        one_of("status", *ChangeStatus),
        CheckConstraint(
            "role is null or role in ('SUPER_ADMIN', 'TEACHER', 'STUDENT', 'GUARDIAN')", name="role"
        ),
        CheckConstraint(
            "num_nonnulls(member_id, invitation_id, email) > 0 or status = 'problem'", name="about_somebody"
        ),
        Index("team_changes_of_list_idx", "organization_id", "list_id", "status", "position"),
        Index("team_changes_of_member_idx", "organization_id", "member_id", "asked_at"),
        Index("team_changes_invitation_id_idx", "organization_id", "invitation_id"),
        Index("team_changes_asked_by_idx", "organization_id", "asked_by"),
    )
    row_security = RowSecurity(
        select=f"{ADMIN} or member_id = (select app.member_id())",
        insert=(
            f"({ADMIN} and kind <> 'leaving') or (kind = 'leaving' and member_id = (select app.member_id()))"
        ),
        insert_columns=(
            "organization_id",
            "id",
            "list_id",
            "position",
            "kind",
            "member_id",
            "invitation_id",
            "email",
            "role",
            "was",
            "ref",
            "given",
            "status",
            "problem",
        ),
        update=f"{ADMIN} or asked_by = (select app.member_id())",
        update_columns=("status", "problem", "invitation_id", "email", "settled_at"),
        definer=("select",),
    )

    list_id: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    kind: Mapped[str]
    member_id: Mapped[UUID | None]
    invitation_id: Mapped[UUID | None]
    email: Mapped[str | None]
    role: Mapped[str | None]
    was: Mapped[str | None]
    """The member's role when this was asked, and their membership's name at the provider."""
    ref: Mapped[str | None]
    given: Mapped[str | None]
    status: Mapped[str]
    problem: Mapped[str | None]
    asked_by: Mapped[UUID | None] = mapped_column(server_default=text("app.member_id()"))
    asked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    settled_at: Mapped[datetime | None]


TRIGGERS = (
    SqlTrigger(
        "guard_last_owner", "team_changes", "after insert or update of status", "app.guard_last_owner"
    ),
)
