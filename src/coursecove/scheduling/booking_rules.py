"""What policies cannot say about lessons: when somebody is busy, told without saying why, and whose a feed is."""

from coursecove.kit.db.sql_functions import SqlFunction

LONGEST = "33 hours"
"""A lesson of a day with its buffers: what begins earlier is over."""

BUSY_TIMES = SqlFunction(
    "app.busy_times",
    "teachers uuid[], earliest timestamptz, latest timestamptz",
    "table (teacher_id uuid, appointment_type_id uuid, starts_at timestamptz, busy_from timestamptz, busy_until timestamptz)",
    f"""
begin
  return query
    select b.teacher_id, b.appointment_type_id, b.starts_at, b.busy_from, b.busy_until from public.bookings b
     where b.organization_id = app.org_id() and b.teacher_id = any(teachers) and b.status = 'booked'
       and b.starts_at > earliest - interval '{LONGEST}' and b.starts_at < latest + interval '{LONGEST}';
end""",  # noqa: S608 - a constant of ours
    execute=("authenticated",),
    definer=True,
)

BUSY_ROOMS = SqlFunction(
    "app.busy_rooms",
    "location uuid, earliest timestamptz, latest timestamptz",
    "table (room_id uuid, starts_at timestamptz, ends_at timestamptz)",
    f"""
begin
  return query
    select b.room_id, b.starts_at, b.ends_at from public.bookings b
     where b.organization_id = app.org_id() and b.location_id = location and b.status = 'booked'
       and b.room_id is not null
       and b.starts_at > earliest - interval '{LONGEST}' and b.starts_at < latest;
end""",  # noqa: S608
    execute=("authenticated",),
    definer=True,
)

FEED_BY_HASH = SqlFunction(
    "app.feed_by_hash",
    "digest bytea",
    "table (organization_id uuid, sub text)",
    """
begin
  return query
    select f.organization_id, u.clerk_user_id
      from public.calendar_feeds f
      join public.organization_memberships m on m.organization_id = f.organization_id and m.id = f.member_id
      join public.users u on u.id = m.user_id
     where f.secret_hash = digest and m.status = 'ACTIVE' and m.suspended_at is null;
end""",
    execute=("coursecove_app",),
    definer=True,
)

FUNCTIONS = (BUSY_TIMES, BUSY_ROOMS, FEED_BY_HASH)
