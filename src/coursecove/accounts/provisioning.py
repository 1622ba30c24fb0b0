"""A person whom the identity provider knows before its webhook has told us."""

from coursecove.kit.db import UserDb
from coursecove.kit.ids import new_id

PROVISION_ME = "select app.provision_me($1)"


async def provision_me(db: UserDb) -> None:
    """Make the caller's user, marked provisional until the webhook completes it; harmless when it exists."""
    await db.value(PROVISION_ME, new_id())
