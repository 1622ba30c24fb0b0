"""Whose a host name is, and whose a school's rows are: what other domains have the service client change."""

from uuid import UUID

from coursecove.kit.db import ServiceDb

CLAIM = """
    insert into hostnames (name, organization_id, kind, status) values ($1, $2, 'custom', 'current')
    on conflict (name) do update set since = hostnames.since where hostnames.organization_id = $2
    returning name"""
RELEASE = "delete from hostnames where name = $1 and organization_id = $2 and kind = 'custom' returning name"
ADOPT = """
    update organizations set clerk_organization_id = $2, subdomain_chosen = true, closes_at = null, updated_at = now()
     where id = $1 returning id"""


async def claim_name(db: ServiceDb, school_id: UUID, name: str) -> bool:
    """A domain of its own answers for the school from now on; False where it answers for another."""
    return await db.value(CLAIM, name, school_id) is not None


async def release_name(db: ServiceDb, school_id: UUID, name: str) -> None:
    await db.value(RELEASE, name, school_id)


async def adopt_school(db: ServiceDb, school_id: UUID, external_id: str) -> None:
    """The school is another organisation at the identity provider from here on."""
    await db.value(ADOPT, school_id, external_id)
