"""The tables of durable work: what happened, what runs because of it, what its steps answered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from coursecove.kit.db.models import Base, tenant_reference
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlFunction, SqlTrigger

DUE = "coalesce(greatest(not_before, claimed_until), '-infinity'::timestamptz)"
"""When an event may be handed over next."""


class EventRow(Base):
    """A fact as it was emitted: outbox, activity feed and trigger of background work in one."""

    __tablename__ = "events"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "name", "key"),
        Index("events_waiting_idx", text(DUE), "id", postgresql_where=text("dispatched_at is null")),
        Index(
            "events_ticks_idx",
            "occurred_at",
            postgresql_where=text("name = 'durable/schedule.ticked'"),
        ),
    )
    row_security = RowSecurity(
        select="(select app.is_admin())",
        insert="actor_id is not distinct from (select app.member_id())",
        insert_columns=(
            "organization_id",
            "id",
            "name",
            "data",
            "actor_id",
            "key",
            "occurred_at",
            "not_before",
        ),
        definer=("insert",),
    )

    organization_id: Mapped[UUID]
    id: Mapped[UUID]
    name: Mapped[str]
    data: Mapped[dict[str, Any]]
    actor_id: Mapped[UUID | None]
    key: Mapped[str | None]
    occurred_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    send_attempts: Mapped[int] = mapped_column(server_default=text("0"))


class FunctionRun(Base):
    """One event on its way through one function. `due_at` is when it may start, or when its lease ends."""

    __tablename__ = "function_runs"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "function", "dedup_value"),
        tenant_reference("event_id", "events", ondelete="CASCADE"),
        CheckConstraint("status in ('waiting', 'running', 'done', 'dead')", name="status"),
        Index(None, "organization_id", "event_id"),
        Index(
            "function_runs_due_idx",
            "due_at",
            postgresql_where=text("status in ('waiting', 'running') and external_id is null"),
        ),
        Index(
            "function_runs_one_at_a_time_idx",
            "organization_id",
            "function",
            "serial_value",
            unique=True,
            postgresql_where=text("status = 'running'"),
        ),
        Index(
            "function_runs_external_id_idx", "external_id", postgresql_where=text("external_id is not null")
        ),
        Index("function_runs_status_idx", "status", postgresql_where=text("status <> 'done'")),
        Index("function_runs_finished_at_idx", "finished_at", postgresql_where=text("status = 'done'")),
    )

    organization_id: Mapped[UUID]
    id: Mapped[UUID]
    function: Mapped[str]
    dedup_value: Mapped[str]
    serial_value: Mapped[str | None]
    event_id: Mapped[UUID]
    external_id: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    lease: Mapped[UUID | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    finished_at: Mapped[datetime | None]


class RunStep(Base):
    """What a step answered; it committed together with the step's effect."""

    __tablename__ = "run_steps"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "run_id", "name"),
        tenant_reference("run_id", "function_runs", ondelete="CASCADE"),
    )

    organization_id: Mapped[UUID]
    run_id: Mapped[UUID]
    name: Mapped[str]
    output: Mapped[Any] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


CHANNEL = "coursecove_durable"
AWAKE = "hashtextextended('coursecove:awake', 0)"
"""An advisory lock: shared by transactions that emitted and woke nobody, held alone by a worker that rests.

A transaction that notifies keeps all others that do from committing meanwhile, its wait for the disk included. So only
those notify that find a worker at rest; and a worker rests only once all who found none have ended, and looks again then.
"""

FUNCTIONS = (
    SqlFunction(
        "app.wake_workers",
        "",
        "trigger",
        f"""
begin
  if not pg_try_advisory_xact_lock_shared({AWAKE}) then
    perform pg_notify('{CHANNEL}', '');
  end if;
  return null;
end""",
        volatility="volatile",
    ),
)
TRIGGERS = (SqlTrigger("wake_workers", "events", "after insert", "app.wake_workers"),)
