"""Where a visitor may be sent afterwards: somewhere on the same host, and nowhere else."""

import re
from urllib.parse import unquote

# Browsers read a backslash as a slash and drop tabs and newlines, so none of them may stand in a path.
_PATH = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*")


def safe_path(candidate: str | None, default: str = "/") -> str:
    """The candidate if it is a path of this very host, else the default."""
    if candidate is None or len(candidate) > 2048 or not candidate.isascii():
        return default
    if not _is_path(candidate) or not _is_path(unquote(candidate.partition("?")[0])):
        return default
    return candidate


def _is_path(text: str) -> bool:
    return _PATH.fullmatch(text) is not None and "//" not in text.partition("?")[0]
