"""Designs broken on purpose, one fault each: a history must be found in which somebody notices."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from prometheus_client import CollectorRegistry

from coursecove.accounts.sync import mirror_sql, projection_sql
from coursecove.accounts.sync.journal import Journal
from coursecove.accounts.sync.receiving import Receipt, Receiver
from coursecove.accounts.sync.taking import Arrival
from coursecove.kit.db import Database
from coursecove.kit.db.sql_functions import SqlFunction
from coursecove.settings import Settings
from coursecove.web.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is broken: a function of the database, or a part of the receiving process."""

    name: str
    statements: tuple[str, ...] = ()
    webhooks: type[Webhooks] = Webhooks


def _in_sql(name: str, function: SqlFunction, *changes: tuple[str, str]) -> Mutant:
    body = function.body
    for old, new in changes:
        if old not in body:
            raise ValueError(f"{name}: {function.name} has no {old!r}")
        body = body.replace(old, new)
    return Mutant(name, tuple(replace(function, body=body).statements()))


def _receiving(name: str, spoil: Callable[[Webhooks], None]) -> Mutant:
    class Spoiled(Webhooks):
        def __init__(self, settings: Settings, database: Database, registry: CollectorRegistry) -> None:
            super().__init__(settings, database, registry)
            spoil(self)

    return Mutant(name, webhooks=Spoiled)


class Forgetful(Journal):
    """Says yes and writes nothing: what a 200 without a journal is."""

    async def append(self, arrival: Arrival) -> None:
        return None


class Hasty(Receiver):
    """Answers before anything is committed."""

    def _enqueue(self, entry: Any) -> None:
        super()._enqueue(entry)
        if self._open.pop(entry, self) is None:
            entry.answer.set_result(Receipt("fast", "completed"))


def _use_forgetful(webhooks: Webhooks) -> None:
    webhooks.receiver._journal = Forgetful(webhooks.journal.folder)


def _use_hasty(webhooks: Webhooks) -> None:
    webhooks.receiver.__class__ = Hasty


def _lose_segments(webhooks: Webhooks) -> None:
    """Removes a file of the journal before what it holds is in the database."""

    async def replay_segment(path: Any) -> int:
        path.unlink(missing_ok=True)
        return 0

    webhooks._replaying._replay_segment = replay_segment  # type: ignore[method-assign] # that is the fault


NEWER = "(excluded.version, excluded.tie) > (m.version, m.tie)"

MUTANTS = (
    _in_sql("an older update wins", mirror_sql.MIRROR, (NEWER, "true")),
    _in_sql(
        "what is deleted comes back",
        mirror_sql.MIRROR,
        ("where not m.deleted and (", "where ("),
        (
            "version = greatest(m.version, excluded.version)",
            "version = case when excluded.deleted then 0 else excluded.version end",
        ),
    ),
    _in_sql(
        "no parent that arrives is noticed",
        projection_sql.MEMBERS,
        ("m.organization_ref = any(new_schools)", "false"),
        ("m.user_ref = any(people)", "false"),
    ),
    _in_sql(
        "any membership of a pair counts",
        projection_sql.MEMBERS,
        ("m.created_version desc", "m.created_version"),
    ),
    _in_sql(
        "an old leaving ends the new membership",
        projection_sql.END,
        ("and not live.deleted", "and false"),
    ),
    _in_sql("a school that is gone stays open", projection_sql.CLOSE, ("'DELETED'", "'ACTIVE'")),
    _in_sql(
        "done is said of what was not",
        mirror_sql.TAKE,
        (
            "marks := app.apply_objects(todo);",
            "select array_agg(d->>'mark') into marks from jsonb_array_elements(todo) d;",
        ),
    ),
    _in_sql(
        "a person is welcomed at every change",
        projection_sql.PEOPLE,
        (
            "jsonb_build_object('user_id', k.id), k.id,",
            "jsonb_build_object('user_id', k.id), gen_random_uuid()::text,",
        ),
        ("where not k.provisional and coalesce(b.provisional, true)", "where true"),
    ),
    _receiving("yes is said of what is nowhere", _use_forgetful),
    _receiving("yes is said too early", _use_hasty),
    _receiving("the journal is thrown away unread", _lose_segments),
)
