"""Reads of the background work: what a founding is to become."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.db import Reads


@dataclass(frozen=True, slots=True)
class Plan:
    """What the identity provider has to know of a school in the making."""

    id: UUID
    name: str
    slug: str
    founder: str
    external_id: str | None


PLAN = """
    select f.id, f.name, f.slug, u.clerk_user_id as founder,
           coalesce(f.external_id, (
             select o.clerk_organization_id from organizations o
               join organization_memberships m on m.organization_id = o.id and m.user_id = f.user_id
                and m.role = 'SUPER_ADMIN' and m.status = 'ACTIVE'
              where o.slug = f.slug and o.status = 'ACTIVE'
                and o.created_at > f.submitted_at - interval '1 minute'
                and not exists (select from foundings x where x.school_id = o.id)
              limit 1)) as external_id
      from foundings f join users u on u.id = f.user_id
     where f.id = $1 and f.state = 'submitted'"""


async def plan_of(db: Reads, founding_id: UUID) -> Plan | None:
    """A submitted founding, with its organisation where a lost answer had made one already."""
    return await db.first(Plan, PLAN, founding_id)
