"""The pictures of organisations: redrawn as those of people are, served under an address that changes with them."""

import asyncio
from hashlib import sha256

from coursecove_identity import images, organizations
from coursecove_identity.clock import now_ms
from coursecove_identity.faults import malformed
from coursecove_identity.images import Picture
from coursecove_identity.store import Connection, one

STORE = """
    insert into identity.organization_images (organization_id, version, media_type, body, created_at)
    values ($1, $2, $3, $4, $5)
    on conflict (organization_id) do update
       set version = excluded.version, media_type = excluded.media_type, body = excluded.body"""

SET_VERSION = "update identity.organizations set image_version = $2 where id = $1"
REMOVE = "delete from identity.organization_images where organization_id = $1"
FIND = """
    select media_type, body from identity.organization_images where organization_id = $1 and version = $2"""


async def put(connection: Connection, organization_id: str, given: bytes) -> None:
    """This picture from now on, whole, as small as it is shown."""
    await organizations.lock(connection, organization_id)
    try:
        body = await asyncio.to_thread(images.redrawn, given, whole=True)
    except images.NotAPicture as problem:
        raise malformed("file", "The picture has to be a PNG, JPEG, WebP or GIF file.") from problem
    version = sha256(body).hexdigest()[:24]
    await connection.execute(STORE, organization_id, version, "image/webp", body, now_ms())
    await connection.execute(SET_VERSION, organization_id, version)
    await organizations.changed(connection, organization_id)


async def remove(connection: Connection, organization_id: str) -> None:
    """No picture from now on; taking one away that is not there changes nothing."""
    await organizations.lock(connection, organization_id)
    if await connection.execute(REMOVE, organization_id) == "DELETE 0":
        return
    await connection.execute(SET_VERSION, organization_id, None)
    await organizations.changed(connection, organization_id)


async def find(connection: Connection, organization_id: str, version: str) -> Picture | None:
    return await one(connection, Picture, FIND, organization_id, version)
