"""Facts about who comes, who goes, who stands for whom, and children's profiles."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class TeamChangeAsked(Event):
    """Something was asked of the identity provider about a person; what the page did not finish, this does."""

    change_id: UUID
    kind: str
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TeamListStarted(Event):
    """A list of changes was confirmed; `part` counts the portions it is carried out in."""

    list_id: UUID
    part: int


@dataclass(frozen=True, slots=True)
class MemberForgotten(Event):
    """A removed person shall not be restored: what the school still knew of them goes."""

    member_id: UUID


@dataclass(frozen=True, slots=True)
class GuardianUnlinked(Event):
    """A guardian no longer stands for a student."""

    guardian_id: UUID
    student_id: UUID


@dataclass(frozen=True, slots=True)
class ProfileCreated(Event):
    """A child's profile was made; it waits for a guardian's consent."""

    profile_id: UUID


@dataclass(frozen=True, slots=True)
class ConsentGiven(Event):
    """A guardian consented to something about a child's profile."""

    profile_id: UUID
    purpose: str


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    """A guardian took a consent back."""

    profile_id: UUID
    purpose: str


@dataclass(frozen=True, slots=True)
class ProfileActivated(Event):
    """A child can sign in."""

    profile_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class ProfileSuspended(Event):
    """A child can no longer sign in."""

    profile_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class ProfileResumed(Event):
    """A child can sign in again."""

    profile_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class PinReset(Event):
    """A child has a new number to sign in with."""

    profile_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class ProfileConverted(Event):
    """Somebody came of age and keeps their own account from here on."""

    profile_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class SignInNameChanged(Event):
    """A child signs in with another name from now on."""

    profile_id: UUID


@dataclass(frozen=True, slots=True)
class ProfileForgotten(Event):
    """A removed child is forgotten: the name, the sign-in name and the birthday are gone, and the account follows."""

    profile_id: UUID
    member_id: UUID
