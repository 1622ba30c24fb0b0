"""The product's templates, wired: which folder answers for which prefix."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from coursecove.kit.web.render import Templates

_PRODUCT = Path(__file__).resolve().parent.parent
STATIC = _PRODUCT / "web/static"
FOLDERS = {
    "ui": _PRODUCT / "kit/ui",
    "web": _PRODUCT / "web/templates",
    **{folder.parent.name: folder for folder in sorted(_PRODUCT.glob("*/templates"))},
}


@cache
def templates(*, reload: bool = False) -> Templates:
    return Templates(FOLDERS, static=STATIC, icons=_PRODUCT / "web/assets/icons.json", reload=reload)
