"""Migrating all that lies in the database: the product's schemas and the identity provider's beside them."""

from coursecove.kit.db.provision import Provision
from coursecove.migrations import run
from coursecove_identity import schema

BESIDE = (schema.migrate,)


async def migrate(url: str, wanted: Provision) -> list[str]:
    """Provision and migrate everything; answers what was applied."""
    return await run.migrate(url, wanted, BESIDE)


async def check(url: str, wanted: Provision) -> list[str]:
    """What keeps the database from being what the code declares."""
    return await run.check(url, wanted, BESIDE)


async def drift(url: str, wanted: Provision) -> list[str]:
    return await run.drift(url, wanted, BESIDE)
