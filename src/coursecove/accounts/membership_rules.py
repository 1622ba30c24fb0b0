"""When a membership ended, kept by the database whoever ended it; a forgotten member's name stays forgotten."""

from coursecove.kit.db.sql_functions import SqlFunction, SqlTrigger

FORMER_MEMBER = "Former member"

KEEP_REMOVAL = SqlFunction(
    "app.keep_removal",
    "",
    "trigger",
    f"""
begin
  if new.status = 'ACTIVE' then
    new.removed_at := null;
    new.forgotten_at := null;
  elsif tg_op = 'INSERT' or old.status = 'ACTIVE' then
    new.removed_at := clock_timestamp();
  end if;
  if new.forgotten_at is not null then
    new.display_name := '{FORMER_MEMBER}';
    new.sort_name := lower('{FORMER_MEMBER}');
    new.avatar_url := null;
    new.time_zone := null;
    new.locale := null;
  end if;
  return new;
end""",
    volatility="volatile",
)

FUNCTIONS = (KEEP_REMOVAL,)
TRIGGERS = (
    SqlTrigger(
        "keep_removal",
        "organization_memberships",
        "before insert or update of status, display_name, forgotten_at",
        "app.keep_removal",
    ),
)
