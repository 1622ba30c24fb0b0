"""Users, schools, memberships, and how schools are found by name."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.accounts.roles import Relation, Role, Status
from coursecove.kit.db.models import Base, TenantOwned, Timed, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.ids import new_id


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=column)


class User(Timed, Base):
    """A person who can sign in; the same person in every school."""

    __tablename__ = "users"
    __table_args__ = (
        _one_of("status", *Status),
        Index(None, "email"),
        Index("users_lower_email_idx", text("lower(email)")),
    )
    row_security = RowSecurity(
        fence="id = (select app.user_id())", select="true", definer=("select", "insert")
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    clerk_user_id: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    avatar_url: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'ACTIVE'"), default=Status.ACTIVE)
    provisional: Mapped[bool] = mapped_column(server_default=text("false"), default=False)


class Organization(Timed, Base):
    """A school: the tenant that rows belong to.

    `closed_at` is when its owner closed it, or when the identity provider's deletion reached us. Until `closes_at`
    an owner can open it again; meanwhile nobody gets in.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        _one_of("status", *Status),
        CheckConstraint("brand_color ~ '^#[0-9a-f]{6}$'", name="brand_color"),
        CheckConstraint("profiles_by in ('owners', 'staff', 'guardians')", name="profiles_by"),
        CheckConstraint("joining in ('invited', 'ask')", name="joining"),
        Index(None, "slug"),
    )
    row_security = RowSecurity(
        fence="id = (select app.org_id())",
        select="true",
        update="(select app.is_admin())",
        update_columns=(
            "brand_color",
            "time_zone",
            "locale",
            "serves_minors",
            "profiles_by",
            "joining",
            "logo_digest",
            "updated_at",
        ),
        definer=("select", "update"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    clerk_organization_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    slug: Mapped[str]
    subdomain: Mapped[str] = mapped_column(unique=True)
    subdomain_chosen: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    status: Mapped[str] = mapped_column(server_default=text("'ACTIVE'"), default=Status.ACTIVE)
    provisional: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    brand_color: Mapped[str | None]
    time_zone: Mapped[str] = mapped_column(server_default=text("'UTC'"), default="UTC")
    locale: Mapped[str] = mapped_column(server_default=text("'en'"), default="en")
    serves_minors: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    profiles_by: Mapped[str] = mapped_column(server_default=text("'staff'"), default="staff")
    joining: Mapped[str] = mapped_column(server_default=text("'invited'"), default="invited")
    logo_digest: Mapped[str | None]
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Membership(TenantOwned, Timed, Base):
    """A person in a school, with one role and a name that this school knows them by."""

    __tablename__ = "organization_memberships"
    constraints = (
        UniqueConstraint("organization_id", "user_id"),
        UniqueConstraint("organization_id", "clerk_membership_id"),
        _one_of("role", *Role),
        _one_of("status", Status.ACTIVE, Status.INACTIVE),
        Index("organization_memberships_user_id_idx", "user_id", "organization_id"),
        Index("organization_memberships_clerk_membership_id_idx", "clerk_membership_id"),
        Index("organization_memberships_newest_idx", "organization_id", "created_at", "id"),
        Index("organization_memberships_by_name_idx", "organization_id", "sort_name", "id"),
        Index("organization_memberships_by_role_idx", "organization_id", "role", "sort_name", "id"),
        Index(
            "organization_memberships_removed_idx",
            "organization_id",
            "sort_name",
            "id",
            postgresql_where=text("status = 'INACTIVE' and forgotten_at is null"),
        ),
    )
    row_security = RowSecurity(
        select=(
            "(select app.is_staff()) or id = any(array(select app.my_member_ids())) "
            "or (role = 'TEACHER' and status = 'ACTIVE')"
        ),
        update="id = (select app.member_id())",
        update_columns=("time_zone", "locale", "updated_at"),
        definer=("select", "update"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str]
    clerk_membership_id: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'ACTIVE'"), default=Status.ACTIVE)
    display_name: Mapped[str]
    sort_name: Mapped[str]
    avatar_url: Mapped[str | None]
    time_zone: Mapped[str | None]
    locale: Mapped[str | None]
    suspended_at: Mapped[datetime | None]
    """Set while a child's profile is suspended: a member who cannot come in."""
    removed_at: Mapped[datetime | None]
    """Kept by the database (`app.keep_removal`), whoever ends a membership."""
    forgotten_at: Mapped[datetime | None]


class Guardianship(TenantOwned, Base):
    """Who stands for a student: the guardian sees what the student sees."""

    __tablename__ = "guardianships"
    constraints = (
        UniqueConstraint("organization_id", "guardian_id", "student_id"),
        tenant_reference("guardian_id", "organization_memberships", ondelete="CASCADE"),
        tenant_reference("student_id", "organization_memberships", ondelete="CASCADE"),
        CheckConstraint("guardian_id <> student_id", name="two_people"),
        _one_of("relation", *Relation),
        Index(None, "organization_id", "student_id"),
    )
    row_security = RowSecurity(
        select=(
            "(select app.is_staff()) or guardian_id = (select app.member_id()) "
            "or student_id = (select app.member_id())"
        ),
        insert="(select app.is_staff())",
        insert_columns=("organization_id", "id", "guardian_id", "student_id", "relation"),
        delete="(select app.is_staff())",
        definer=("select", "insert", "delete"),
    )

    guardian_id: Mapped[UUID]
    student_id: Mapped[UUID]
    relation: Mapped[str] = mapped_column(server_default=text("'guardian'"), default=Relation.GUARDIAN)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Hostname(Base):
    """A name under which a school answers or once answered: its own label, an old one, or its own domain."""

    __tablename__ = "hostnames"
    __table_args__ = (
        _one_of("kind", "subdomain", "custom"),
        _one_of("status", "current", "redirect", "held", "unverified"),
        Index(None, "organization_id", "status"),
    )
    row_security = RowSecurity(
        select="(select app.is_admin())", definer=("select", "insert", "update", "delete")
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(default="subdomain")
    status: Mapped[str] = mapped_column(default="current")
    since: Mapped[datetime] = mapped_column(server_default=text("now()"))
    until: Mapped[datetime | None]
