"""Who gets a certificate, which the database decides; and who may see one by its code."""

from coursecove.kit.db.sql_functions import SqlFunction

CERTIFICATE_CODE = SqlFunction(
    "app.certificate_code",
    "",
    "text",
    """
declare
  letters constant text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  random constant bytea := uuid_send(gen_random_uuid());
  code text := '';
  place integer;
begin
  foreach place in array array[0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13] loop  -- all bits of these bytes are random
    code := code || substr(letters, (get_byte(random, place) & 31) + 1, 1);
  end loop;
  return code;
end""",
    execute=("coursecove_definer",),
    definer=True,
    volatility="volatile",
)

ISSUE_CERTIFICATES = SqlFunction(
    "app.issue_certificates",
    "school uuid, wanted uuid, learner uuid",
    "setof uuid",
    """
begin
  return query
    insert into public.certificates (organization_id, id, course_id, member_id, learner, course, school, code)
    select school, app.new_id(), c.id, k.id, left(k.display_name, 200), c.title, left(o.name, 200), app.certificate_code()
      from public.courses c
      join public.organizations o on o.id = c.organization_id
      join public.enrolments e on e.organization_id = c.organization_id and e.course_id = c.id and e.status = 'active'
      join public.organization_memberships k on k.organization_id = e.organization_id and k.id = e.member_id
     where c.organization_id = school and c.id = wanted and c.gives_certificates and c.deleted_at is null
       and (learner is null or e.member_id = learner) and app.finished_course(school, e.member_id, c.id)
    on conflict (organization_id, member_id, course_id) do nothing
    returning id;
end""",
    execute=("coursecove_definer",),
    definer=True,
    volatility="volatile",
)

GIVE_CERTIFICATES = SqlFunction(
    "app.give_certificates",
    "wanted uuid",
    "setof uuid",
    """
begin
  if app.is_admin() or wanted in (select app.taught_course_ids()) then
    return query select f from app.issue_certificates(app.org_id(), wanted, null) f;
  end if;
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

CERTIFICATE_BY_CODE = SqlFunction(
    "app.certificate_by_code",
    "school_id uuid, wanted text",
    "table (learner text, course text, school text, issued_at timestamptz, revoked_at timestamptz)",
    """
begin
  return query
    select c.learner, c.course, c.school, c.issued_at, c.revoked_at from public.certificates c
     where c.organization_id = school_id and c.code = wanted;
end""",
    execute=("coursecove_app",),
    definer=True,
)

FUNCTIONS = (CERTIFICATE_CODE, ISSUE_CERTIFICATES, GIVE_CERTIFICATES, CERTIFICATE_BY_CODE)
