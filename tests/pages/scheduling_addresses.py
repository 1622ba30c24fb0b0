"""What the walk over the URL map needs to know of scheduling: its forms, its pages in tabs, and rows to be about."""

from collections.abc import Mapping

FORMS: dict[str, Mapping[str, str | list[str]]] = {
    "create_appointment_type": {"name": "", "duration_minutes": "30"},
    "update_appointment_type": {"name": "", "duration_minutes": "30"},
    "update_type_teachers": {},
    "create_type_publication": {},
    "create_type_withdrawal": {},
    "create_type_archiving": {},
    "create_type_restoration": {},
    "create_type_deletion": {},
    "create_location": {"name": "", "kind": "online", "time_zone": "UTC"},
    "update_location": {"name": "", "kind": "online", "time_zone": "UTC"},
    "create_location_archiving": {},
    "create_location_restoration": {},
    "create_room": {"name": "", "capacity": "2"},
    "update_room": {"name": "", "capacity": "2"},
    "create_room_archiving": {},
    "create_room_restoration": {},
    "update_teacher_types": {},
    "create_closure": {"name": "", "first_day": "2030-01-01"},
    "update_closure": {"name": "", "first_day": "2030-01-01"},
    "create_closure_removal": {},
    "update_hours": {"time_zone": "Europe/London", "d0_from": "09:00", "d0_to": ""},
    "create_exception": {"date": ""},
    "create_exception_removal": {},
}
"""What a person would send from each form."""

FROM_ANOTHER_PAGE = frozenset({"new_appointment_type", "locations", "new_location", "teachers", "closures"})
"""Pages that have no place in the sidebar: tabs lead there."""

SELDOM = {
    "appointment_type": 3,
    "location": 2,
    "room": 1,
    "closures": 1,
    "closure": 1,
    "teacher": 2,
    "my_hours": 1,
    "teachers_hours": 1,
}
"""What pages that are opened once in a while read besides, each in a short statement of its own."""

MADE_IDS = ("type_id", "location_id", "room_id", "closure_id", "exception_id")
MADE = """
    with kind as (
      insert into appointment_types (organization_id, id, name, duration_minutes)
      values ($1, gen_random_uuid(), 'Theory', 45) returning id),
    location as (
      insert into locations (organization_id, id, name, time_zone)
      values ($1, gen_random_uuid(), gen_random_uuid()::text, 'Europe/London') returning id),
    room as (
      insert into rooms (organization_id, id, location_id, name)
      select $1, gen_random_uuid(), id, 'Attic' from location returning id),
    closure as (
      insert into closures (organization_id, id, name, first_day, last_day)
      values ($1, gen_random_uuid(), 'Half-term', current_date + 30, current_date + 35) returning id),
    exception as (
      insert into availability_exceptions (organization_id, id, teacher_id, date)
      select $1, gen_random_uuid(), $2, coalesce(max(e.date), current_date) + 1
        from availability_exceptions e where e.organization_id = $1 and e.teacher_id = $2 returning id)
    select kind.id, location.id, room.id, closure.id, exception.id
      from kind, location, room, closure, exception"""
"""One of everything, for a school and one of its teachers."""
