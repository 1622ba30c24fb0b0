"""Icons, inlined so that they print, follow the theme and cost no request."""

from __future__ import annotations

import json
from pathlib import Path

from markupsafe import Markup

_FRAME = Markup(
    '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>'
)


class Icons:
    """The named drawings of one JSON file: `icon("bell", "size-5")`."""

    def __init__(self, path: Path) -> None:
        drawings: dict[str, str] = json.loads(path.read_text())
        # The file is ours and pinned, so its markup may go out as it is.
        self._drawings = {name: Markup(drawing) for name, drawing in drawings.items()}  # noqa: S704

    def __call__(self, name: str, cls: str = "size-4") -> Markup:
        return _FRAME.format(cls, self._drawings[name])

    def __contains__(self, name: str) -> bool:
        return name in self._drawings
