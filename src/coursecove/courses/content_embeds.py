"""Players of other sites that a lesson may show: a short list, each in a sandbox of its own."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

SANDBOX: Final = "allow-scripts allow-same-origin allow-presentation allow-popups"


@dataclass(frozen=True, slots=True)
class Embed:
    """A player: where it is, whose it is, and whether there is something to see."""

    address: str
    site: str
    moving: bool


_YOUTUBE: Final = re.compile(
    r"https://(?:(?:www\.|m\.)?youtube\.com/(?:watch\?v=|shorts/|live/)|youtu\.be/)([A-Za-z0-9_-]{11})"
    r"(?:[?&](?:t|start)=([0-9]{1,6})s?)?"
)
_VIMEO: Final = re.compile(r"https://(?:www\.)?vimeo\.com/([0-9]{1,12})(?:/([0-9a-f]{6,20}))?")
_SOUNDCLOUD: Final = re.compile(
    r"https://(?:www\.)?soundcloud\.com/[A-Za-z0-9_-]{1,80}/(?:sets/)?[A-Za-z0-9_-]{1,120}"
)

FRAMES: Final = ("https://www.youtube-nocookie.com", "https://player.vimeo.com", "https://w.soundcloud.com")
"""Whose pages may be framed; the header of a lesson's page says so too."""

_PLAYERS: Final = re.compile(
    r"https://www\.youtube-nocookie\.com/embed/[A-Za-z0-9_-]{11}(\?start=[0-9]{1,6})?"
    r"|https://player\.vimeo\.com/video/[0-9]{1,12}\?dnt=1(&h=[0-9a-f]{6,20})?"
    r"|https://w\.soundcloud\.com/player/\?url=[A-Za-z0-9%._-]{1,300}"
)


def embed_of(address: str) -> Embed | None:
    """The player for an address that stands alone in a line, if its site is on the list."""
    if found := _YOUTUBE.fullmatch(address):
        start = f"?start={found[2]}" if found[2] else ""
        return Embed(f"https://www.youtube-nocookie.com/embed/{found[1]}{start}", "YouTube", moving=True)
    if found := _VIMEO.fullmatch(address):
        private = f"&h={found[2]}" if found[2] else ""
        return Embed(f"https://player.vimeo.com/video/{found[1]}?dnt=1{private}", "Vimeo", moving=True)
    if _SOUNDCLOUD.fullmatch(address):
        return Embed(
            f"https://w.soundcloud.com/player/?url={quote(address, safe='')}", "SoundCloud", moving=False
        )
    return None


def is_player(address: str) -> bool:
    """Is this the address of a player that `embed_of` makes?"""
    return _PLAYERS.fullmatch(address) is not None
