"""`coursecove outbox`: what the embedded identity provider has to tell, in a terminal."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from coursecove.cli.provider import with_provider
from coursecove_identity import delivering
from coursecove_identity.provider import Provider

program = typer.Typer(
    help="Webhooks that the embedded identity provider sends: look, send again.", no_args_is_help=True
)


@program.command()
def stats(as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False) -> None:
    """How many were taken, wait and were given up, and why the last one failed."""

    async def ask(provider: Provider) -> delivering.Standing:
        async with provider.store.reading() as connection:
            return await delivering.standing(connection)

    found = with_provider(ask)
    figures = {
        "taken": found.taken,
        "waiting": found.waiting,
        "given_up": found.given_up,
        "last_problem": found.last_problem,
    }
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:13} {'-' if value is None else value}")


@program.command()
def retell(
    since: Annotated[datetime, typer.Argument(help="In UTC, such as 2026-11-24T10:00:00.")],
    everything: Annotated[bool, typer.Option("--all", help="Also what was taken; the ids stay.")] = False,
) -> None:
    """Send again what was given up since a moment; the worker does it at once."""

    async def ask(provider: Provider) -> int:
        moment = int(since.replace(tzinfo=UTC).timestamp() * 1000)
        async with provider.store.transaction() as connection:
            return await delivering.replay(connection, moment, only_given_up=not everything)

    print(f"{with_provider(ask)} to be sent again.")
