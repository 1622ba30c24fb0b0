"""Icons, inlined so that they print, follow the theme and cost no request."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup, escape

_OPENING = '<svg class="'
_FRAME = (
    '" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
)


class Icons:
    """The named drawings of one JSON file: `icon("bell", "size-5")`."""

    def __init__(self, path: Path) -> None:
        self._drawings: dict[str, str] = json.loads(path.read_text())
        self._drawn = lru_cache(maxsize=2048)(self._draw)

    def __call__(self, name: str, cls: str = "size-4") -> Markup:
        return self._drawn(name, cls)

    def __contains__(self, name: str) -> bool:
        return name in self._drawings

    def _draw(self, name: str, cls: str) -> Markup:
        # The file is ours and pinned, so its markup may go out as it is.
        return Markup(f"{_OPENING}{escape(cls)}{_FRAME}{self._drawings[name]}</svg>")  # noqa: S704
