"""The organisation that a session token speaks of, in the shapes of both token versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OrganizationClaim:
    """The organisation a session had chosen when its token was made; a hint, never a permission."""

    id: str
    slug: str | None
    role: str | None
    permissions: tuple[str, ...]


def read_organization(claims: Mapping[str, Any]) -> OrganizationClaim | None:
    compact = claims.get("o")
    if isinstance(compact, dict):
        return _version_two(compact, _text(claims.get("fea")))
    return _version_one(claims)


def _version_two(compact: Mapping[str, Any], features: str) -> OrganizationClaim | None:
    organization_id = _text(compact.get("id"))
    if not organization_id:
        return None
    role = _text(compact.get("rol"))
    return OrganizationClaim(
        id=organization_id,
        slug=_text(compact.get("slg")) or None,
        role=(role if role.startswith("org:") else f"org:{role}") if role else None,
        permissions=_permissions(features, _text(compact.get("per")), _text(compact.get("fpm"))),
    )


def _version_one(claims: Mapping[str, Any]) -> OrganizationClaim | None:
    organization_id = _text(claims.get("org_id"))
    if not organization_id:
        return None
    listed = claims.get("org_permissions")
    return OrganizationClaim(
        id=organization_id,
        slug=_text(claims.get("org_slug")) or None,
        role=_text(claims.get("org_role")) or None,
        permissions=tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else (),
    )


def _permissions(features: str, verbs: str, maps: str) -> tuple[str, ...]:
    """Each organisation feature has a number whose bit i, from the least, grants verb i."""
    named = [scope_and_name.partition(":") for scope_and_name in _listed(features)]
    of_organization = [name for scope, _, name in named if "o" in scope and name]
    numbers = [int(number) if number.isdecimal() and len(number) < 400 else 0 for number in _listed(maps)]
    return tuple(
        f"org:{feature}:{verb}"
        for feature, granted in zip(of_organization, numbers, strict=False)
        for bit, verb in enumerate(_listed(verbs))
        if granted >> bit & 1
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
