"""Who was there: noted once or corrected later, as often as the same thing is said."""

from uuid import UUID

from coursecove.kit.db import UserDb
from coursecove.kit.errors import Conflict, Invalid
from coursecove.kit.ids import new_id
from coursecove.kit.web.language import gettext as _
from coursecove.scheduling.booking_actions import LONGEST_NOTE, Booker
from coursecove.scheduling.booking_events import AttendanceRecorded
from coursecove.scheduling.booking_models import Booking, BookingStatus, Presence


class NotTakingPlace(Conflict):
    """This lesson was cancelled, so nobody was there."""


RECORD = """
    insert into attendance (organization_id, id, booking_id, student_id, status, note)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (organization_id, booking_id) do update
       set status = excluded.status, note = excluded.note, noted_by = app.member_id(), noted_at = now()
     where (attendance.status, attendance.note) is distinct from (excluded.status, excluded.note)
    returning id"""


async def record_attendance(
    db: UserDb, booker: Booker, booking_id: UUID, status: str, *, note: str = ""
) -> Booking:
    """Say whether the student was there, with a word for the family. Saying the same again changes nothing."""
    booking = await db.get(Booking, booking_id)
    if status not in set(Presence):
        raise Invalid(fields={"status": _("Choose one.")})
    if len(note.strip()) > LONGEST_NOTE or "\0" in note:
        raise Invalid(fields={"note": _("At most %(most)s letters.") % {"most": LONGEST_NOTE}})
    if booking.status == BookingStatus.CANCELLED:
        raise NotTakingPlace
    row = (booker.school_id, new_id(), booking.id, booking.student_id, status, note.strip())
    if await db.value(RECORD, *row) is not None:
        await db.emit(AttendanceRecorded(booking.id, status))
    return booking
