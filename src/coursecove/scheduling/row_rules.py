"""What policies and checks cannot say: which types are published, and that a teacher's hours do not overlap."""

from coursecove.kit.db.sql_functions import SqlFunction

PUBLISHED_TYPES = SqlFunction(
    "app.published_type_ids",
    "",
    "setof uuid",
    """
begin
  return query
    select t.id from public.appointment_types t
     where t.organization_id = app.org_id() and t.status = 'published';
end""",
    execute=("authenticated",),
)

TEACHERS_OF_TYPE = SqlFunction(
    "app.teachers_of_type",
    "wanted uuid",
    "table (id uuid, name text)",
    """
begin
  return query
    select m.id, m.display_name from public.qualifications q
      join public.organization_memberships m on m.organization_id = q.organization_id and m.id = q.teacher_id
     where q.organization_id = app.org_id() and q.appointment_type_id = wanted
       and m.role in ('TEACHER', 'SUPER_ADMIN') and m.status = 'ACTIVE' and m.suspended_at is null
       and (app.is_staff() or exists (
         select from public.appointment_types t
          where t.organization_id = q.organization_id and t.id = wanted and t.status = 'published'));
end""",
    execute=("authenticated",),
    definer=True,
)

ONE_AT_A_TIME = """
  perform pg_advisory_xact_lock(hashtextextended('hours:' || new.organization_id || new.teacher_id, 0));"""
OVERLAP = """(h.starts, case h.ends when '00:00' then '24:00' else h.ends end)
           overlaps (new.starts, case new.ends when '00:00' then '24:00' else new.ends end)"""

GUARD_HOURS = SqlFunction(
    "app.guard_hours",
    "",
    "trigger",
    f"""
begin{ONE_AT_A_TIME}
  if exists (
    select from public.availability_hours h
     where h.organization_id = new.organization_id and h.teacher_id = new.teacher_id
       and h.weekday = new.weekday and h.id <> new.id
       and {OVERLAP}) then
    raise exception 'these hours overlap' using errcode = '23P01', constraint = 'availability_hours_overlap';
  end if;
  return null;
end""",
    volatility="volatile",
)

GUARD_EXCEPTIONS = SqlFunction(
    "app.guard_exceptions",
    "",
    "trigger",
    f"""
begin{ONE_AT_A_TIME}
  if exists (
    select from public.availability_exceptions h
     where h.organization_id = new.organization_id and h.teacher_id = new.teacher_id
       and h.date = new.date and h.id <> new.id
       and (h.starts is null or new.starts is null or {OVERLAP})) then
    raise exception 'these hours overlap' using errcode = '23P01', constraint = 'availability_exceptions_overlap';
  end if;
  return null;
end""",
    volatility="volatile",
)

FUNCTIONS = (PUBLISHED_TYPES, TEACHERS_OF_TYPE, GUARD_HOURS, GUARD_EXCEPTIONS)
