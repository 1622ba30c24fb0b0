"""Facts about what a school offers, where and when."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class LocationChanged(Event):
    """A location or one of its rooms was added, changed, archived or restored; `change` says which."""

    location_id: UUID
    title: str
    change: str


@dataclass(frozen=True, slots=True)
class AppointmentTypeChanged(Event):
    """A kind of appointment was made, changed, published, withdrawn, archived, restored or deleted."""

    appointment_type_id: UUID
    title: str
    change: str


@dataclass(frozen=True, slots=True)
class QualificationsChanged(Event):
    """Who teaches what was changed, for one teacher."""

    member_id: UUID


@dataclass(frozen=True, slots=True)
class AvailabilityChanged(Event):
    """A teacher's week, zone or exceptions were changed."""

    member_id: UUID


@dataclass(frozen=True, slots=True)
class ClosureChanged(Event):
    """Days on which the school is closed were added, changed or taken away."""

    title: str
    change: str
