"""`coursecove outbox`: what the embedded identity provider has to tell, in a terminal."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from coursecove import settings
from coursecove.cli.place import clients, database_url
from coursecove.kit.errors import ProblemError
from coursecove.web.identity_provider import build_provider
from coursecove_identity import delivering
from coursecove_identity.provider import Provider

T = TypeVar("T")

program = typer.Typer(
    help="Webhooks that the embedded identity provider sends: look, send again.", no_args_is_help=True
)


class ClerkTells(ProblemError):
    """Clerk keeps the accounts here, and its dashboard shows what it sent and sends it again."""


@program.command()
def stats(as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False) -> None:
    """How many were taken, wait and were given up, and why the last one failed."""

    async def ask(provider: Provider) -> delivering.Standing:
        async with provider.store.reading() as connection:
            return await delivering.standing(connection)

    found = _with_provider(ask)
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

    print(f"{_with_provider(ask)} to be sent again.")


def _with_provider(ask: Callable[[Provider], Awaitable[T]]) -> T:
    async def run(chosen: settings.Settings, url: str) -> T:
        async with clients(chosen, url) as database:
            provider = build_provider(chosen, database)
            try:
                return await ask(provider)
            finally:
                await provider.close()

    chosen = settings.load()
    if chosen.identity.uses_clerk:
        raise ClerkTells
    with database_url(chosen) as url:
        return asyncio.run(run(chosen, url))
