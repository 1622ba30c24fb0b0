"""Files of the school in a lesson: pictures, recordings, films; what lies elsewhere becomes a link."""

import re
from typing import Final

from markdown_it.common.utils import escapeHtml

_OWN: Final = re.compile(r"/[A-Za-z0-9][A-Za-z0-9/._~-]*(\?[A-Za-z0-9=&._-]*)?")
_SOUND: Final = (".mp3", ".m4a", ".ogg")
_FILM: Final = (".mp4", ".webm")


def own_file(address: str) -> bool:
    """Is this an address of the school's own host, and nothing that reads as another's?"""
    return _OWN.fullmatch(address) is not None and "//" not in address and ".." not in address


def file_html(address: str, words: str, title: str) -> str:
    """What `![words](address "title")` shows."""
    shown, named = escapeHtml(address), escapeHtml(words)
    path = address.partition("?")[0].lower()
    if not own_file(address):
        return f'<a href="{shown}">{named or shown}</a>'
    if path.endswith(_SOUND):
        return f'<audio src="{shown}" controls preload="none" aria-label="{named}"></audio>'
    if path.endswith(_FILM):
        return f'<video src="{shown}" controls preload="metadata" aria-label="{named}"></video>'
    if path.endswith(".pdf"):
        return f'<a href="{shown}">{named or shown}</a>'
    told = f' title="{escapeHtml(title)}"' if title else ""
    return f'<img src="{shown}" alt="{named}"{told} loading="lazy">'
