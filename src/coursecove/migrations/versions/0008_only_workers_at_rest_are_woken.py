"""Only workers at rest are woken"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0008'
down_revision: str | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sql = op.get_bind().exec_driver_sql
    sql("""create or replace function app.wake_workers() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  if not pg_try_advisory_xact_lock_shared(hashtextextended('coursecove:awake', 0)) then
    perform pg_notify('coursecove_durable', '');
  end if;
  return null;
end
$function$""")
    sql("""alter function app.wake_workers() owner to coursecove_owner""")
    sql("""revoke all on function app.wake_workers() from public""")
