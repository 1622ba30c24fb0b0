"""A school's picture, made anew from what was sent: nothing of the file itself is kept."""

import asyncio
import warnings
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from coursecove.kit.errors import Invalid

LARGEST_FILE = 3 * 1024 * 1024
LARGEST_PIXELS = 16_000_000
SMALLEST_SIDE = 32
SIDE = 512
KINDS = ("PNG", "JPEG", "WEBP")


class LogoRefused(Invalid):
    """This file cannot be used as a logo. Send a PNG, JPEG or WebP picture of at most 3 MB."""

    def __init__(self, detail: str | None = None) -> None:
        said = detail or LogoRefused.title()
        super().__init__(said, fields={"logo": said})


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG of our own making."""

    image: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return sha256(self.image).hexdigest()[:32]


async def remade(sent: bytes) -> Logo:
    """The picture in `sent`, decoded, turned upright, made small enough and written anew; LogoRefused otherwise."""
    if len(sent) > LARGEST_FILE:
        raise LogoRefused("This file is larger than 3 MB. Send a smaller picture.")
    return await asyncio.to_thread(_remade, sent)


def _remade(sent: bytes) -> Logo:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(sent), formats=KINDS) as opened:
                _check_size(*opened.size)
                if opened.format == "JPEG":
                    opened.draft("RGB", (SIDE * 2, SIDE * 2))
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
    ) as refusal:
        raise LogoRefused from refusal
    upright.thumbnail((SIDE, SIDE))
    plain = Image.new("RGBA", upright.size)
    plain.paste(upright)
    written = BytesIO()
    plain.save(written, "PNG", optimize=True)
    return Logo(written.getvalue(), *plain.size)


def _check_size(width: int, height: int) -> None:
    if width * height > LARGEST_PIXELS:
        raise LogoRefused("This picture has more than 16 million pixels. Send a smaller one.")
    if min(width, height) < SMALLEST_SIDE:
        raise LogoRefused(f"This picture is smaller than {SMALLEST_SIDE} pixels. Send a larger one.")
    if max(width, height) > 8 * min(width, height):
        raise LogoRefused("This picture is too long and narrow for a logo.")


def measured(image: bytes) -> Logo:
    """A picture that we made ourselves before."""
    with Image.open(BytesIO(image), formats=("PNG",)) as opened:
        return Logo(image, *opened.size)
