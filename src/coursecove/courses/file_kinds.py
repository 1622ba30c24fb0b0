"""What a file is, by what is in it and not by its name; what could run in a browser is none that is taken."""

import re
from dataclasses import dataclass
from typing import Final

from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _

HEAD: Final = 8192
"""So many bytes tell what a file is."""


class FileRefused(Invalid):
    """This file cannot be used in a lesson."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, fields={"file": detail})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its type, how its name ends, and where a page shows it; "download" is only taken away."""

    type: str
    ending: str
    place: str = "download"


PICTURE, SOUND, FILM = "picture", "sound.mp3", "film.mp4"
PNG = Kind("image/png", ".png", PICTURE)
JPEG = Kind("image/jpeg", ".jpg", PICTURE)
WEBP = Kind("image/webp", ".webp", PICTURE)
GIF = Kind("image/gif", ".gif", PICTURE)
PDF = Kind("application/pdf", ".pdf")
MP3 = Kind("audio/mpeg", ".mp3", SOUND)
M4A = Kind("audio/mp4", ".m4a", SOUND)
OGG = Kind("audio/ogg", ".ogg", SOUND)
MP4 = Kind("video/mp4", ".mp4", FILM)
WEBM = Kind("video/webm", ".webm", FILM)
MUSICXML = Kind("application/vnd.recordare.musicxml+xml", ".musicxml")
ABC = Kind("text/vnd.abc", ".abc")
KINDS: Final = {
    kind.type: kind for kind in (PNG, JPEG, WEBP, GIF, PDF, MP3, M4A, OGG, MP4, WEBM, MUSICXML, ABC)
}

_MARKUP = re.compile(
    rb"^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+(html|svg)|html|svg|head|body|script|iframe)\b",
    re.IGNORECASE | re.DOTALL,
)
_SCORE = re.compile(rb"<score-(partwise|timewise)\b")
_FRAME_SYNC = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xfb]")
_TUNE = re.compile(rb"^X:\s*\d+", re.MULTILINE)
_KEY = re.compile(rb"^K:", re.MULTILINE)


def kind_of(head: bytes) -> Kind:
    """The kind of a file that begins like this; FileRefused in a sentence where it is none that is taken."""
    if not head:
        raise FileRefused(_("This file is empty."))
    found = _by_magic(head) or _by_text(head)
    if found is not None:
        return found
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise FileRefused(
            _(
                "SVG and HTML are not taken, because they can hold programs. Send a PNG or JPEG picture, or a PDF."
            )
        )
    raise FileRefused(
        _(
            "This kind of file is not taken. Send a PNG, JPEG, WebP or GIF picture, a PDF, MP3, M4A, OGG, MP4 or WebM, MusicXML or ABC."
        )
    )


def _by_magic(head: bytes) -> Kind | None:
    for start, kind in (
        (b"\x89PNG\r\n\x1a\n", PNG),
        (b"\xff\xd8\xff", JPEG),
        (b"GIF87a", GIF),
        (b"GIF89a", GIF),
    ):
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"%PDF-"):
        return PDF
    return _sound_or_film(head)


def _sound_or_film(head: bytes) -> Kind | None:
    if head[4:8] == b"ftyp":
        return M4A if head[8:12] in (b"M4A ", b"M4B ") else MP4 if head[8:12] != b"qt  " else None
    if head.startswith(b"OggS"):
        return OGG
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return WEBM
    return MP3 if head.startswith(b"ID3") or _FRAME_SYNC.match(head) else None


def _by_text(head: bytes) -> Kind | None:
    """Sheet music as text; anything in it that reads as a page of its own is none."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in text or _MARKUP.match(text):
        return None
    if text.lstrip().startswith(b"<") and _SCORE.search(text):
        return MUSICXML
    return ABC if _TUNE.search(text[:2000]) and _KEY.search(text) else None


def clean_name(given: str, kind: Kind) -> str:
    """The last part of a file's name, in letters that no program minds, ending as its kind does."""
    last = re.split(r"[/\\]", given)[-1]
    plain = "".join(letter if letter.isalnum() or letter in " ._-()" else "_" for letter in last)
    stem = plain.rpartition(".")[0] or plain
    return f"{' '.join(stem.split()).strip('. ')[:150] or 'file'}{kind.ending}"
