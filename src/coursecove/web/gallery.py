"""The gallery: one page that renders an example of every component."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_PARTS = Path(__file__).resolve().parent.parent / "kit/ui"


@cache
def component_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _PARTS.glob("*.html")))


@cache
def contract(name: str) -> str:
    """What a component is, from the first line of its file."""
    first = (_PARTS / f"{name}.html").read_text().splitlines()[0]
    return first.removeprefix("{#-").strip().removeprefix(f"{name}:").strip()


@dataclass(frozen=True, slots=True)
class Gallery:
    at: datetime = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)

    @property
    def names(self) -> tuple[str, ...]:
        return component_names()

    def about(self, name: str) -> str:
        return contract(name)
