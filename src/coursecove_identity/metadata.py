"""The free-form objects on users, organisations and memberships: merged deeply, and never large."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from coursecove_identity.faults import Fault, Refused, malformed

Metadata: TypeAlias = Mapping[str, Any]

LARGEST = 8 * 1024


def merged(old: Metadata, patch: Metadata) -> dict[str, Any]:
    """The old object with the patch laid over it at every depth; a null takes its key away."""
    result = dict(old)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            below = result.get(key)
            result[key] = merged(below if isinstance(below, dict) else {}, value)
        else:
            result[key] = value
    return result


def checked(value: Metadata | None, param: str = "public_metadata") -> dict[str, Any]:
    """The object if the database can hold it and it is no larger than Clerk takes."""
    text = json.dumps(dict(value or {}), ensure_ascii=False, separators=(",", ":"))
    if "\\u0000" in text:
        raise malformed(param, f"{param} holds characters that cannot be kept.")
    if len(text.encode("utf-8", "replace")) > LARGEST:
        sentence = f"{param} is larger than {LARGEST // 1024} KB."
        raise Refused(Fault("form_param_exceeds_allowed_size", "exceeds allowed size", sentence, param))
    return dict(value or {})
