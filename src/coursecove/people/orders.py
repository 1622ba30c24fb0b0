"""What was asked, in the provider's own words: for the page that asked, and portion by portion for the background."""

from uuid import UUID

from coursecove.kit.db import Reads
from coursecove.people.carrying_out import INVITED_AT_ONCE, Order

MY_ORDER = """
    select c.id, c.kind, c.role, coalesce(c.email, i.email) as email, o.clerk_organization_id as school_ref,
           o.name as school_name, o.slug as school_slug, o.subdomain as school_label, m.display_name as name,
           p.user_ref, p.membership_ref, c.invitation_id, i.external_id as invitation_ref, c.asked_by,
           a.user_ref as asked_by_ref, true as allowed, false as stale
      from team_changes c
      join organizations o on o.id = c.organization_id
      left join organization_memberships m on m.organization_id = c.organization_id and m.id = c.member_id
      left join invitations i on i.organization_id = c.organization_id and i.id = c.invitation_id
      left join lateral app.provider_ids(array[c.member_id]) p on true
      left join lateral app.provider_ids(array[c.asked_by]) a on true
     where c.organization_id = (select app.org_id()) and c.id = $1 and c.status = 'asked'"""


async def my_order(db: Reads, change_id: UUID) -> Order:
    """A change that the caller just asked for."""
    return await db.one(Order, MY_ORDER, change_id)


_ORDER = """
    select c.id, c.kind, c.role, coalesce(c.email, i.email) as email, o.clerk_organization_id as school_ref,
           o.name as school_name, o.slug as school_slug, o.subdomain as school_label, m.display_name as name,
           u.clerk_user_id as user_ref, m.clerk_membership_id as membership_ref, c.invitation_id,
           i.external_id as invitation_ref, c.asked_by, coalesce(au.clerk_user_id, (
             select ou.clerk_user_id from organization_memberships owner join users ou on ou.id = owner.user_id
              where owner.organization_id = c.organization_id and owner.role = 'SUPER_ADMIN'
                and owner.status = 'ACTIVE' order by owner.created_at limit 1)) as asked_by_ref,
           c.asked_by is null or c.kind = 'leaving' or (a.role = 'SUPER_ADMIN' and a.status = 'ACTIVE') as allowed,
           coalesce(case c.kind when 'role' then m.status <> 'ACTIVE' or m.role <> c.was
                                when 'restoration' then m.status = 'ACTIVE'
                                else m.status <> 'ACTIVE' or m.clerk_membership_id <> c.ref end, false) as stale
      from team_changes c
      join organizations o on o.id = c.organization_id and o.status = 'ACTIVE'
      left join organization_memberships m on m.organization_id = c.organization_id and m.id = c.member_id
      left join users u on u.id = m.user_id
      left join invitations i on i.organization_id = c.organization_id and i.id = c.invitation_id
      left join organization_memberships a on a.organization_id = c.organization_id and a.id = c.asked_by
      left join users au on au.id = a.user_id
     where c.organization_id = $1 and c.status = 'asked'"""
ORDER = f"{_ORDER} and c.id = $2"
PORTION = f"{_ORDER} and c.list_id = $2 order by c.position, c.id limit $3"


async def order(db: Reads, school_id: UUID | None, change_id: UUID) -> Order | None:
    """A change that was asked and is not settled, as the service client sees it."""
    return await db.first(Order, ORDER, school_id, change_id)


async def portion(db: Reads, school_id: UUID | None, list_id: UUID) -> list[Order]:
    """The next changes of a list that wait to be carried out."""
    return await db.fetch(Order, PORTION, school_id, list_id, INVITED_AT_ONCE)
