"""The pictures of organisations: taken as they are if browsers show them safely, served under an address that changes with them."""

from dataclasses import dataclass
from hashlib import sha256

from coursecove_identity import organizations
from coursecove_identity.clock import now_ms
from coursecove_identity.faults import Fault, TooLarge, malformed
from coursecove_identity.store import Connection, one

LARGEST = 1024 * 1024

STORE = """
    insert into identity.organization_images (organization_id, version, media_type, body, created_at)
    values ($1, $2, $3, $4, $5)
    on conflict (organization_id) do update
       set version = excluded.version, media_type = excluded.media_type, body = excluded.body"""

SET_VERSION = "update identity.organizations set image_version = $2 where id = $1"
REMOVE = "delete from identity.organization_images where organization_id = $1"
FIND = """
    select media_type, body from identity.organization_images where organization_id = $1 and version = $2"""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is served."""

    media_type: str
    body: bytes


async def put(connection: Connection, organization_id: str, body: bytes) -> None:
    """This picture from now on."""
    await organizations.lock(connection, organization_id)
    if len(body) > LARGEST:
        sentence = f"The picture is larger than {LARGEST // 1024} KB."
        raise TooLarge(Fault("image_too_large", "image too large", sentence, "file"))
    kind = media_type_of(body)
    if kind is None:
        raise malformed("file", "The picture has to be a PNG, JPEG, WebP or GIF file.")
    version = sha256(body).hexdigest()[:24]
    await connection.execute(STORE, organization_id, version, kind, body, now_ms())
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


def media_type_of(body: bytes) -> str | None:
    """What the bytes are, whatever they were said to be; nothing that could hold a script."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return "image/gif" if body.startswith((b"GIF87a", b"GIF89a")) else None
