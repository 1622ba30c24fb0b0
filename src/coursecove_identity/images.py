"""Pictures of people: read with suspicion, made anew, small."""

import asyncio
import io
import secrets
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from coursecove_identity import users
from coursecove_identity.clock import now_ms
from coursecove_identity.store import Connection, one

LARGEST = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
SIDE = 256
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")

KEEP = """
    insert into identity.user_images (user_id, version, media_type, body, created_at) values ($1, $2, $3, $4, $5)
    on conflict (user_id) do update set version = excluded.version, media_type = excluded.media_type,
                                        body = excluded.body, created_at = excluded.created_at"""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is served."""

    media_type: str
    body: bytes


class NotAPicture(Exception):
    """Too large, or nothing that can be shown."""


async def put(connection: Connection, user_id: str, given: bytes) -> None:
    """The picture from now on, cut to a square; nothing of the given file is kept but what is seen."""
    body = await asyncio.to_thread(redrawn, given)
    version = secrets.token_urlsafe(9)
    await connection.execute(KEEP, user_id, version, "image/webp", body, now_ms())
    await users.change(connection, user_id, image_version=version)


async def remove(connection: Connection, user_id: str) -> None:
    await connection.execute("delete from identity.user_images where user_id = $1", user_id)
    await users.change(connection, user_id, image_version=None)


async def find(connection: Connection, user_id: str, version: str) -> Picture | None:
    return await one(
        connection,
        Picture,
        "select media_type, body from identity.user_images where user_id = $1 and version = $2",
        user_id,
        version,
    )


def redrawn(given: bytes, *, whole: bool = False) -> bytes:
    """A WebP square of what the file shows, or all of it, smaller; whatever else is in the file is gone."""
    if not given or len(given) > LARGEST:
        raise NotAPicture
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a picture that unfolds to something vast is only warned of
            with Image.open(io.BytesIO(given), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise NotAPicture
                opened.load()
                upright = ImageOps.exif_transpose(opened)
                shape = ImageOps.contain if whole else ImageOps.fit
                drawn = shape(upright.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
        Warning,
    ) as bad:
        raise NotAPicture from bad
    target = io.BytesIO()
    drawn.save(target, "WEBP", quality=85, method=4)
    return target.getvalue()
