"""`coursecove webhooks`: what the identity provider told us, in a terminal."""

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from coursecove import settings
from coursecove.backoffice import webhooks_queries as queries
from coursecove.backoffice.access import Operator
from coursecove.backoffice.webhooks_actions import MOST_AT_ONCE, replay_webhooks
from coursecove.cli.place import clients, database_url
from coursecove.kit.db import Database
from coursecove.kit.errors import Invalid, ProblemError

T = TypeVar("T")
TERMINAL = Operator("terminal")
"""Who acts from a terminal: whoever may run programs on the machine."""

program = typer.Typer(help="Webhooks of the identity provider: look, search, replay.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line, for programs.")]
Again = Annotated[
    bool, typer.Option("--again", help="Also those that are done; nothing newer is overwritten.")
]


@program.command()
def stats(as_json: AsJson = False) -> None:
    """The last hour in figures, and how many webhooks have each state."""

    async def ask(database: Database) -> tuple[queries.WebhookFigures, list[queries.SuccessRate]]:
        async with database.service_read() as db:
            return await queries.webhook_figures(db), await queries.success_rate(db)

    figures, rates = _on_database(ask)
    if as_json:
        states = {each.status: each.count for each in rates}
        print(json.dumps(dataclasses.asdict(figures) | {"states": states}))
        return
    for name, value in dataclasses.asdict(figures).items():
        print(f"{name:15} {'-' if value is None else value}")
    for each in rates:
        print(f"{each.status:15} {each.count:8} {each.pct:6.2f} %")


@program.command("list")
def list_webhooks(
    status: Annotated[str, typer.Option(help="pending, failed, ignored or superseded.")] = "",
    search: Annotated[
        str, typer.Option(help="A whole id, of a webhook or of what it is about, or a type.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Webhooks, the newest first."""

    async def ask(database: Database) -> list[queries.ListedWebhook]:
        async with database.service_read() as db:
            found = await queries.webhooks(db, status=status, search=search, limit=limit)
            return list(found.rows)

    for each in _on_database(ask):
        if as_json:
            print(json.dumps(dataclasses.asdict(each), default=str))
        else:
            about = each.reason or each.object_id or ""
            print(
                f"{each.created_at:%Y-%m-%d %H:%M:%S}  {each.status:10} {each.event_type:32} {each.webhook_id}  {about}"
            )


@program.command()
def show(webhook_id: str) -> None:
    """One webhook with its failed attempts and what it said, sensitive parts blanked; as JSON."""

    async def ask(database: Database) -> queries.WebhookFacts:
        async with database.service_read() as db:
            return await queries.webhook_facts(db, webhook_id)

    facts = _on_database(ask)
    told = dataclasses.asdict(facts) | {"payload": queries.shown(facts), "body": facts.body is not None}
    print(json.dumps(told, default=str, indent=2))


@program.command()
def replay(webhook_ids: list[str], again: Again = False) -> None:
    """Apply webhooks once more, by their ids."""
    _replay(webhook_ids, again=again)


@program.command("replay-range")
def replay_range(
    start: Annotated[datetime, typer.Argument(help="In UTC, such as 2026-11-24T10:00:00.")],
    end: Annotated[datetime, typer.Argument(help="In UTC; itself left out.")],
    again: Again = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
) -> None:
    """Apply the webhooks of a stretch of time once more, 500 at most, oldest first."""

    async def ask(database: Database) -> list[str]:
        since, until = start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
        async with database.service_read() as db:
            return await queries.webhooks_in_range(db, since, until, again=again, limit=MOST_AT_ONCE)

    found = _on_database(ask)
    if dry_run or not found:
        print(f"{len(found)} webhooks would be replayed.")
        return
    _replay(found, again=again)


def _replay(webhook_ids: list[str], *, again: bool) -> None:
    async def act(database: Database) -> list[Any]:
        async with database.service() as db:
            return list(await replay_webhooks(db, TERMINAL, webhook_ids, again=again))

    for each in _on_database(act):
        print(f"{each.webhook_id}  {each.status}  {each.reason or ''}".rstrip())


def _on_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """The answer; a refusal is said in its one sentence, with exit code 1."""
    chosen = settings.load()

    async def run(url: str) -> T:
        async with clients(chosen, url) as database:
            return await work(database)

    try:
        with database_url(chosen) as url:
            return asyncio.run(run(url))
    except Invalid as refusal:
        raise typer.BadParameter(str(refusal)) from None
    except ProblemError as refusal:
        print(refusal)
        raise typer.Exit(1) from None
