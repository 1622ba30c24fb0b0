"""Facts about schools and the people in them."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class OrganizationCreated(Event):
    """A school was founded."""

    school_id: UUID


@dataclass(frozen=True, slots=True)
class OrganizationChanged(Event):
    """A school's own settings changed: its colour, time zone or language."""

    school_id: UUID


@dataclass(frozen=True, slots=True)
class MemberJoined(Event):
    """A person became a member of a school."""

    member_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class GuardianLinked(Event):
    """A guardian now stands for a student."""

    guardian_id: UUID
    student_id: UUID


@dataclass(frozen=True, slots=True)
class ApiTokenCreated(Event):
    """A key for programs was made."""

    token_id: UUID


@dataclass(frozen=True, slots=True)
class ApiTokenRevoked(Event):
    """A key for programs stopped working."""

    token_id: UUID
