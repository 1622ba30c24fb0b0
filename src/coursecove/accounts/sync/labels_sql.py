"""A school's label: free, allowed and its own from the transaction on that takes it."""

from coursecove.accounts.sync.mirror_sql import SERVICE
from coursecove.kit.db.sql_functions import SqlFunction

OF_SLUG = SqlFunction(
    "app.label_of",
    "slug text",
    "text",
    """
begin
  return left(regexp_replace(lower(slug), '[^a-z0-9]', '', 'g'), 63);
end""",
    execute=SERVICE,
)

IS_FREE = SqlFunction(
    "app.label_is_free",
    "label text, school uuid",
    "boolean",
    """
begin
  return not exists (select from public.organizations o where o.subdomain = label and o.id <> school)
     and not exists (select from public.hostnames h where h.name = label and h.organization_id is distinct from school
                        and (h.until is null or h.until > now()));
end""",
    execute=("coursecove_definer", *SERVICE),
)

FREE = SqlFunction(
    "app.free_label",
    "told jsonb, school uuid",
    "text",
    """
declare
  label text;
  number integer := 10;
begin
  perform pg_advisory_xact_lock(hashtextextended('coursecove:labels', 0));
  for label in select l.label from jsonb_array_elements_text(told->'labels') with ordinality l (label, n) order by l.n loop
    if app.label_is_free(label, school) then return label; end if;
  end loop;
  loop
    label := rtrim(left(told->>'stem', 63 - length(number::text)), '-') || number;
    if app.label_is_free(label, school) then return label; end if;
    number := number + 1;
  end loop;
end""",
    execute=SERVICE,
    volatility="volatile",
)

GIVE = SqlFunction(
    "app.give_label",
    "school uuid, label text",
    "void",
    """
begin
  insert into public.hostnames (name, organization_id, kind, status) values (label, school, 'subdomain', 'current')
  on conflict (name) do update set organization_id = excluded.organization_id, kind = excluded.kind,
     status = excluded.status, since = now(), until = null;
end""",
    execute=("coursecove_definer", *SERVICE),
    volatility="volatile",
)

EMIT = SqlFunction(
    "app.emit",
    "school uuid, fact text, fields jsonb, once text",
    "void",
    """
begin
  insert into public.events (organization_id, id, name, data, key, occurred_at)
  values (school, app.new_id(), fact, fields, once, clock_timestamp())
  on conflict do nothing;
end""",
    execute=("coursecove_definer", *SERVICE),
    volatility="volatile",
)
