"""Our roles in the provider's words. A Clerk instance without custom roles has two; metadata says the rest."""

from collections.abc import Mapping
from typing import Any

ROLE_KEY = "coursecove_role"
OWNER = "SUPER_ADMIN"
PROVIDER_ROLES = {
    OWNER: "org:admin",
    "TEACHER": "org:teacher",
    "STUDENT": "org:student",
    "GUARDIAN": "org:guardian",
}


def provider_role(role: str, *, custom: bool) -> str:
    """What the provider calls it."""
    return PROVIDER_ROLES[role] if custom or role == OWNER else "org:member"


def role_metadata(role: str, *, custom: bool) -> dict[str, Any]:
    """What has to stand beside the role; null takes away what said otherwise."""
    return {ROLE_KEY: None if custom or role == OWNER else role}


def says_otherwise(metadata: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Does the metadata not hold what it should?"""
    return any(metadata.get(name) != value for name, value in wanted.items())
