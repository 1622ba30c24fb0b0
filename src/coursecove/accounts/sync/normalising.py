"""The provider's objects in our words: what the mirror keeps, and nothing more."""

from hashlib import sha256
from itertools import islice
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from coursecove.accounts.names import sortable
from coursecove.accounts.roles import Role
from coursecove.accounts.sync.shapes import (
    EmailAddress,
    ProviderMembership,
    ProviderOrganization,
    ProviderUser,
    PublicUserData,
)
from coursecove.kit.ids import new_id
from coursecove.kit.web.names import label_candidates, label_from_slug, label_stem

ROLES: Final = {
    "org:admin": Role.SUPER_ADMIN,
    "org:teacher": Role.TEACHER,
    "org:guardian": Role.GUARDIAN,
    "org:student": Role.STUDENT,
    "org:member": Role.STUDENT,
}
PROVIDER_ROLES: Final = {
    Role.SUPER_ADMIN: "org:admin",
    Role.TEACHER: "org:teacher",
    Role.GUARDIAN: "org:guardian",
    Role.STUDENT: "org:student",
}
"""What the provider calls our roles."""

UNNAMED: Final = "Unnamed"
LABELS_TRIED: Final = 9
LARGEST_VERSION: Final = 2**62


class Mirrored(Struct, omit_defaults=True):
    """One object as the mirror takes it; a parent that only another object told of has version 0."""

    kind: str
    id: str
    row_id: UUID
    version: int
    tie: str
    data: dict[str, Any]
    deleted: bool = False
    created: int = 0
    organization: str | None = None
    person: str | None = None

    @property
    def mark(self) -> str:
        """What the database calls this very state of the object."""
        return f"{self.kind} {self.id} {self.tie}"


def user(found: ProviderUser | PublicUserData, external_id: str, version: int) -> Mirrored:
    """A person: primary address, names, picture."""
    data = {
        "first_name": _text(found.first_name),
        "last_name": _text(found.last_name),
        "image": _text(found.image_url),
        **_names(found),
        **(_email(found) if isinstance(found, ProviderUser) else {}),
    }
    return _mirrored("user", external_id, version, data)


def organization(found: ProviderOrganization, external_id: str, version: int) -> Mirrored:
    """A school, with the labels it may get: the wanted one where it is allowed, then its shortest variants."""
    name = _text(found.name)
    slug = _text(found.slug) or label_from_slug(name or "")
    label = label_from_slug(slug)
    data = {
        "name": name or slug or UNNAMED,
        "slug": slug,
        "image": _text(found.image_url) if found.has_image else None,
        "labels": list(islice(label_candidates(label), LABELS_TRIED)),
        "stem": label_stem(label),
        "wanted": label,
    }
    return _mirrored("organization", external_id, version, data)


def membership(found: ProviderMembership, external_id: str, version: int) -> tuple[Mirrored, str | None]:
    """A person's place in a school, and what an operator should know about its role."""
    role, note = _role(found)
    mirrored = _mirrored("membership", external_id, version, {"role": role})
    mirrored.created = min(max(int(found.created_at or 0), 0), LARGEST_VERSION)
    mirrored.organization = found.organization.id if found.organization else None
    mirrored.person = found.public_user_data.user_id if found.public_user_data else None
    return mirrored, note


def tombstone(kind: str, external_id: str, version: int) -> Mirrored:
    """That an object is gone, for ever."""
    mirrored = _mirrored(kind, external_id, version, {})
    mirrored.deleted = True
    return mirrored


def _mirrored(kind: str, external_id: str, version: int, data: dict[str, Any]) -> Mirrored:
    tie = sha256(msgspec.json.encode(data, order="deterministic")).hexdigest()
    return Mirrored(kind, external_id, new_id(), min(version, LARGEST_VERSION), tie, data)


def _names(found: ProviderUser | PublicUserData) -> dict[str, str]:
    parts = (_text(found.first_name), _text(found.last_name))
    name = " ".join(part for part in parts if part) or _text(found.username) or UNNAMED
    return {"display_name": name, "sort_name": sortable(name)}


def _email(found: ProviderUser) -> dict[str, Any]:
    """The primary address, be it verified or not; a person may have none."""
    wanted = found.primary_email_address_id
    primary = next(
        (one for one in found.email_addresses or () if one.id and one.id == wanted), EmailAddress()
    )
    verified = primary.verification is not None and primary.verification.status == "verified"
    return {"email": _text(primary.email_address), "email_verified": verified}


def _role(found: ProviderMembership) -> tuple[Role, str | None]:
    """Never more than what was said: an unknown word makes a student."""
    said = found.role or ""
    role = ROLES.get(said if said.startswith("org:") else f"org:{said}")
    note = None if role else f"unknown role {said!r}: taken as student"
    override = (found.public_metadata or {}).get("coursecove_role")
    if isinstance(override, str) and override in Role.__members__:
        return Role(override), None
    if override is not None:
        note = f"unknown coursecove_role {str(override)[:40]!r}: not used"
    return role or Role.STUDENT, note


def _text(value: str | None) -> str | None:
    """Text as a column can hold it; empty is none."""
    return (value or "").replace("\0", "").strip() or None
