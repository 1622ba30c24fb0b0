"""Lists inside a row: what one statement answers as JSON, so that a page costs one round trip."""

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def parts(found: list[dict[str, Any]] | str, kind: type[T]) -> list[T]:
    """The rows as what they are; a unit of work's driver hands JSON over as text."""
    if isinstance(found, str):
        return msgspec.json.decode(found, type=list[kind])  # type: ignore[valid-type] # known at run time
    return msgspec.convert(found, list[kind])  # type: ignore[valid-type]
