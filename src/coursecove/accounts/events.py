"""Facts about schools and the people in them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class OrganizationCreated(Event):
    """A school was founded."""

    school_id: UUID


@dataclass(frozen=True, slots=True)
class OrganizationChanged(Event):
    """A school's own settings changed; `fields` names which."""

    school_id: UUID
    fields: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class SupportOpened(Event):
    """An operator may look into the school for a while; `operator` is the identity provider's id."""

    access_id: UUID
    operator: str
    operator_name: str
    reason: str
    may_change: bool
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SupportEnded(Event):
    """A support access was ended before its time, by an owner or by the operator."""

    access_id: UUID
    operator: str
    by_operator: bool
