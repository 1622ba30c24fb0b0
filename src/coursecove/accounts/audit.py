"""The audit log: who changed which row when, and who read of children; append-only for everyone, chained by digest in each school."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlFunction, SqlTrigger

AUDITED = (
    "organizations",
    "organization_memberships",
    "guardianships",
    "api_tokens",
    "support_accesses",
    "custom_domains",
    "join_requests",
    "invitations",
    "managed_profiles",
    "consent_records",
    "courses",
    "course_teachers",
)


class AuditEntry(Base):
    """One change of one row. `hash` covers this row and the hash before it, so that a gap shows."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "organization_id", "at"),)
    row_security = RowSecurity(
        select="(select app.is_admin())", definer=("select", "insert"), service=("select",)
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    actor_id: Mapped[UUID | None]
    session_id: Mapped[str | None]
    action: Mapped[str]
    table_name: Mapped[str]
    row_id: Mapped[UUID]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]


DIGEST = SqlFunction(
    "app.audit_digest",
    "entry public.audit_log",
    "bytea",
    """
begin
  return sha256(entry.previous_hash || convert_to(jsonb_build_array(
    entry.organization_id, entry.position, extract(epoch from entry.at), entry.actor_id, entry.session_id,
    entry.action, entry.table_name, entry.row_id, entry.before, entry.after)::text, 'UTF8'));
end""",
    execute=("coursecove_definer", "coursecove_service"),
    needs_tables=True,
)

APPEND = SqlFunction(
    "app.append_to_audit",
    "entry public.audit_log",
    "void",
    """
begin
  perform pg_advisory_xact_lock(hashtextextended('audit:' || entry.organization_id, 0));
  select l.position, l.hash into entry.position, entry.previous_hash from public.audit_log l
   where l.organization_id = entry.organization_id order by l.position desc limit 1;
  entry.position := coalesce(entry.position, 0) + 1;
  entry.previous_hash := coalesce(entry.previous_hash, ''::bytea);
  entry.at := clock_timestamp();
  entry.actor_id := app.member_id();
  entry.session_id := coalesce('support:' || app.support_id(), auth.jwt()->>'sid', auth.jwt()->>'token');
  entry.hash := app.audit_digest(entry);
  insert into public.audit_log values (entry.*);
end""",
    execute=("coursecove_definer",),
    definer=True,
    volatility="volatile",
    needs_tables=True,
)

RECORD = SqlFunction(
    "app.audit",
    "",
    "trigger",
    """
declare
  entry public.audit_log;
  old_row jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) - 'secret_hash' end;
  new_row jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) - 'secret_hash' end;
  facts jsonb := coalesce(new_row, old_row);
begin
  if tg_op = 'UPDATE' and old_row - 'updated_at' - 'last_used_at' = new_row - 'updated_at' - 'last_used_at' then
    return null;
  end if;
  entry.organization_id := coalesce(facts->>'organization_id', facts->>'id')::uuid;
  entry.action := lower(tg_op);
  entry.table_name := tg_table_name;
  entry.row_id := (facts->>'id')::uuid;
  entry.before := old_row;
  entry.after := new_row;
  perform app.append_to_audit(entry);
  return null;
end""",
    definer=True,
    volatility="volatile",
)

NOTE_READ = SqlFunction(
    "app.note_read",
    "what text, subject uuid, more jsonb",
    "void",
    """
declare entry public.audit_log;
begin
  if app.org_id() is null then
    raise exception 'nobody reads here' using errcode = '28000';
  end if;
  entry.organization_id := app.org_id();
  entry.action := 'read';
  entry.table_name := what;
  entry.row_id := subject;
  entry.after := more;
  perform app.append_to_audit(entry);
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

FUNCTIONS = (DIGEST, APPEND, RECORD, NOTE_READ)
TRIGGERS = tuple(
    SqlTrigger("audit", table, "after insert or update or delete", "app.audit") for table in AUDITED
)
