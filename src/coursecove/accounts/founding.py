"""Actions of the service client: schools, people and memberships as the identity provider knows them."""

from uuid import UUID

from coursecove.accounts.events import GuardianLinked, MemberJoined, OrganizationCreated
from coursecove.accounts.models import Guardianship, Hostname, Membership, Organization, User
from coursecove.accounts.names import sortable
from coursecove.accounts.roles import Role
from coursecove.kit.db import ServiceDb


async def create_school(
    db: ServiceDb,
    *,
    external_id: str,
    name: str,
    slug: str,
    label: str,
    time_zone: str,
    locale: str,
    brand_color: str,
) -> Organization:
    """A school with its own address; the transaction belongs to it from here on."""
    school = Organization(
        clerk_organization_id=external_id,
        name=name,
        slug=slug,
        subdomain=label,
        time_zone=time_zone,
        locale=locale,
        brand_color=brand_color,
    )
    db.add(school)
    await db.flush()
    db.belongs_to(school.id)
    db.add(Hostname(name=label, organization_id=school.id, kind="subdomain", status="current"))
    await db.emit(OrganizationCreated(school.id), key=str(school.id))
    return school


async def create_user(
    db: ServiceDb, *, external_id: str, email: str | None, first_name: str, last_name: str
) -> User:
    user = User(clerk_user_id=external_id, email=email, first_name=first_name, last_name=last_name)
    db.add(user)
    await db.flush()
    return user


async def add_member(db: ServiceDb, user: User, role: Role, *, external_id: str) -> Membership:
    """Make `user` a member of the transaction's school."""
    name = f"{user.first_name or ''} {user.last_name or ''}".strip() or "Unnamed"
    member = Membership(
        user_id=user.id,
        role=role,
        clerk_membership_id=external_id,
        display_name=name,
        sort_name=sortable(name),
    )
    db.add(member)
    await db.flush()
    await db.emit(MemberJoined(member.id, role), key=str(member.id))
    return member


async def link_guardian(db: ServiceDb, guardian_id: UUID, student_id: UUID) -> Guardianship:
    """Let a guardian stand for a student."""
    link = Guardianship(guardian_id=guardian_id, student_id=student_id)
    db.add(link)
    await db.flush()
    await db.emit(GuardianLinked(guardian_id, student_id), key=f"{guardian_id}:{student_id}")
    return link
