"""What the JSON API says and takes about locations, kinds of appointment, qualifications, hours and closures."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from coursecove.accounts.schemas import ABSENT, Answer, Changes, Line, Page, ZoneName
from coursecove.scheduling.models import LocationKind, TypeStatus


def without_odd_controls(text: str) -> str:
    """The text of several lines, if the database can hold it."""
    if any((ord(letter) < 32 and letter not in "\n\t") or ord(letter) == 127 for letter in text):
        raise ValueError("Control characters are not allowed.")
    return text


def _no_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def _absent() -> Any:
    return Field(default=ABSENT, json_schema_extra=_no_default)


Text = Annotated[str, AfterValidator(without_odd_controls), Field(max_length=5000)]
Name = Annotated[Line, Field(min_length=1, max_length=100)]
TypeName = Annotated[Line, Field(min_length=1, max_length=200, examples=["Piano, 30 minutes"])]
Address = Annotated[Line, Field(max_length=300)]
Link = Annotated[Line, Field(max_length=500, pattern="^https://", examples=["https://meet.example/room"])]
Capacity = Annotated[int, Field(ge=1, le=10_000)]
Minutes = Annotated[int, Field(ge=5, le=1440)]
Buffer = Annotated[int, Field(ge=0, le=480)]
Notice = Annotated[int, Field(ge=0, le=129_600)]
Horizon = Annotated[int, Field(ge=1, le=730)]
DailyLimit = Annotated[int, Field(ge=1, le=100)]
Price = Annotated[int, Field(ge=0, le=1_000_000_000, description="In the currency's smallest unit.")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]
Colour = Annotated[str, Field(pattern="^#[0-9a-f]{6}$", examples=["#0f766e"])]
CancelNotice = Annotated[int, Field(ge=0, le=2160)]
Places = Annotated[list[UUID], Field(max_length=100)]
Clock = Annotated[
    str,
    Field(
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$",
        examples=["09:30"],
        description="Clock time in the week's zone.",
    ),
]


class Wanted(BaseModel):
    """Whatever the API takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Location(Answer):
    """Where people meet."""

    id: UUID
    name: str
    kind: LocationKind
    address: str
    time_zone: str
    meeting_link: str | None
    archived_at: datetime | None
    rooms: int = Field(description="How many rooms are in use.")


class Locations(Page):
    """Locations by name."""

    items: list[Location]


class NewLocation(Wanted):
    """A location to be made."""

    name: Name
    kind: LocationKind = LocationKind.IN_PERSON
    address: Address = ""
    time_zone: ZoneName | None = Field(None, description="The school's where it is left out.")
    meeting_link: Link | None = None


class LocationChanges(Changes):
    """What shall be different about a location."""

    name: Name = _absent()
    kind: LocationKind = _absent()
    address: Address = _absent()
    time_zone: ZoneName = _absent()
    meeting_link: Link | None = _absent()


class Room(Answer):
    """A room of a location."""

    id: UUID
    location_id: UUID
    name: str
    capacity: int
    archived_at: datetime | None


class Rooms(Page):
    """Rooms in the order they were made."""

    items: list[Room]


class NewRoom(Wanted):
    """A room to be made."""

    location_id: UUID
    name: Name
    capacity: Capacity = 2


class RoomChanges(Changes):
    """What shall be different about a room."""

    name: Name = _absent()
    capacity: Capacity = _absent()


class AppointmentType(Answer):
    """A kind of appointment."""

    id: UUID
    name: str
    description: str
    status: TypeStatus
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    notice_minutes: int
    horizon_days: int
    daily_limit: int | None
    price_minor: int | None
    currency: str | None
    colour: str | None
    cancel_notice_hours: int
    location_ids: list[UUID]


class AppointmentTypes(Page):
    """Kinds of appointment by name; students and guardians see the published ones."""

    items: list[AppointmentType]


class NewAppointmentType(Wanted):
    """A kind of appointment to be made, as a draft."""

    name: TypeName
    duration_minutes: Minutes
    description: Text = ""
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    notice_minutes: Notice = 720
    horizon_days: Horizon = 60
    daily_limit: DailyLimit | None = None
    price_minor: Price | None = None
    currency: Currency | None = None
    colour: Colour | None = None
    cancel_notice_hours: CancelNotice = 24
    location_ids: Places = []


class AppointmentTypeChanges(Changes):
    """What shall be different about a kind of appointment."""

    name: TypeName = _absent()
    duration_minutes: Minutes = _absent()
    description: Text = _absent()
    buffer_before_minutes: Buffer = _absent()
    buffer_after_minutes: Buffer = _absent()
    notice_minutes: Notice = _absent()
    horizon_days: Horizon = _absent()
    daily_limit: DailyLimit | None = _absent()
    price_minor: Price | None = _absent()
    currency: Currency | None = _absent()
    colour: Colour | None = _absent()
    cancel_notice_hours: CancelNotice = _absent()
    location_ids: Places = _absent()


class Qualification(Answer):
    """That somebody teaches a kind of appointment."""

    id: UUID
    teacher_id: UUID
    appointment_type_id: UUID
    created_at: datetime


class Qualifications(Page):
    """Who teaches what, newest first."""

    items: list[Qualification]


class NewQualification(Wanted):
    """Who shall teach what."""

    teacher_id: UUID
    appointment_type_id: UUID


class Hours(Wanted):
    """A stretch of a weekday; an end of 00:00 is the end of the day."""

    weekday: int = Field(ge=0, le=6, description="0 is Monday.")
    starts: Clock
    ends: Clock
    location_id: UUID | None = None


class Availability(Answer):
    """A teacher's week, on the clock of a zone."""

    member_id: UUID
    time_zone: str
    hours: list[Hours]


class AvailabilityChanges(Changes):
    """What shall be different about a week; hours are replaced as a whole."""

    time_zone: ZoneName = _absent()
    hours: Annotated[list[Hours], Field(max_length=84)] = _absent()


class AvailabilityException(Answer):
    """A date with hours of its own; without hours it is off."""

    id: UUID
    date: date
    starts: str | None
    ends: str | None
    location_id: UUID | None


class AvailabilityExceptions(Page):
    """Exceptions from today on."""

    items: list[AvailabilityException]


class NewAvailabilityException(Wanted):
    """A date with hours of its own; without both ends it is off."""

    date: date
    starts: Clock | None = None
    ends: Clock | None = None
    location_id: UUID | None = None


class Closure(Answer):
    """Days on which the school, or one location, is closed."""

    id: UUID
    name: str
    first_day: date
    last_day: date
    location_id: UUID | None


class Closures(Page):
    """Closures that are not over, the nearest first."""

    items: list[Closure]


class NewClosure(Wanted):
    """Days to be closed; without a location, the whole school is."""

    name: Name
    first_day: date
    last_day: date
    location_id: UUID | None = None


class ClosureChanges(Changes):
    """What shall be different about a closure."""

    name: Name = _absent()
    first_day: date = _absent()
    last_day: date = _absent()
    location_id: UUID | None = _absent()
