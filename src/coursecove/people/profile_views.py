"""What the pages about children's profiles show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from coursecove.people.views import Choices


@dataclass(frozen=True, slots=True)
class ProfileRow:
    id: UUID
    name: str
    username: str
    status: str
    consented: bool
    guardian: str


@dataclass(frozen=True, slots=True)
class ProfilesPage:
    rows: tuple[ProfileRow, ...]
    total: int
    status: str = ""
    newer: str | None = None
    older: str | None = None
    makes: bool = True
    """May the viewer make profiles?"""


@dataclass(frozen=True, slots=True)
class NewProfilePage:
    guardians: Choices = ()
    """Whom staff choose from; empty for a guardian, who is meant."""
    first_name: str = ""
    birth_date: str = ""
    username: str = ""
    guardian_id: str = ""
    earliest: str = ""
    latest: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConsentRow:
    words: str
    version: str
    given: bool
    method: str
    signature: str
    note: str | None
    address: str | None
    recorded_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentShown:
    """A consent's text, and whether it is in force."""

    purpose: str
    title: str
    version: str
    paragraphs: tuple[str, ...]
    in_force: bool


@dataclass(frozen=True, slots=True)
class ProfilePage:
    id: UUID
    name: str
    first_name: str
    birth_date: date | None
    username: str
    status: str
    guardian: str
    member_id: UUID | None
    school_code: str
    texts: tuple[ConsentShown, ...]
    records: tuple[ConsentRow, ...]
    guardians: Choices
    consented: bool
    grown_up: bool
    staff: bool
    signs: bool
    """Is the viewer a guardian who consents in their own name?"""
    last_name: str = ""
    email: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None

    @property
    def can_activate(self) -> bool:
        return self.status == "pending" and self.consented

    @property
    def is_kept(self) -> bool:
        """Is there still a child who signs in with it?"""
        return self.status in ("pending", "active", "suspended")


@dataclass(frozen=True, slots=True)
class ChildRow:
    """A child of the guardian who looks."""

    name: str
    word: str
    profile_id: UUID | None
    status: str | None


@dataclass(frozen=True, slots=True)
class FamilyPage:
    children: tuple[ChildRow, ...]
    makes: bool = True
    """May the guardian make profiles?"""
