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
class OrganizationClosed(Event):
    """The identity provider deleted a school: nobody comes in any more, its data wait for the end of their grace."""

    school_id: UUID


@dataclass(frozen=True, slots=True)
class OrganizationReopened(Event):
    """The operator opened a closed school again, before its grace was over."""

    school_id: UUID


@dataclass(frozen=True, slots=True)
class OrganizationExpired(Event):
    """A closed school's grace is over: its data may go."""

    school_id: UUID


@dataclass(frozen=True, slots=True)
class OrganizationPurged(Event):
    """A closed school's data are gone for good."""

    school_id: UUID


@dataclass(frozen=True, slots=True)
class SubdomainAdjusted(Event):
    """The label that a school's slug asks for is taken or reserved: it got another one."""

    school_id: UUID
    wanted: str
    label: str


@dataclass(frozen=True, slots=True)
class SubdomainChanged(Event):
    """A school's label followed its slug; the old one redirects for a year."""

    school_id: UUID
    was: str
    label: str


@dataclass(frozen=True, slots=True)
class UserRegistered(Event):
    """The identity provider told of a person for the first time."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class UserDeleted(Event):
    """A person's account is gone, and what we knew of them personally."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class MemberJoined(Event):
    """A person became a member of a school, perhaps not for the first time."""

    member_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class MemberRoleChanged(Event):
    """A member has another role now."""

    member_id: UUID
    role: str
    was: str


@dataclass(frozen=True, slots=True)
class MemberLeft(Event):
    """A person is no longer a member of a school."""

    member_id: UUID


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


@dataclass(frozen=True, slots=True)
class ClerkWebhookReceived(Event):
    """A webhook is stored but not applied yet."""

    name = "clerk/webhook.received"
    webhook_id: str


@dataclass(frozen=True, slots=True)
class WebhookDied(Event):
    """A webhook cannot be applied: it waits for the operator."""

    webhook_id: str
