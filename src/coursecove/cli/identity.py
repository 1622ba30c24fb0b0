"""`coursecove identity`: care of the embedded identity provider, in a terminal."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from coursecove import settings
from coursecove.cli.place import clients, database_url
from coursecove.kit.errors import ProblemError
from coursecove.settings import Settings
from coursecove.web.identity_provider import build_provider
from coursecove_identity.keys import KeyRow

program = typer.Typer(help="The embedded identity provider: its signing keys.", no_args_is_help=True)


class ClerkHasTheKeys(ProblemError):
    """Clerk keeps the accounts here and changes its keys by itself."""


@program.callback()
def care() -> None:
    """The embedded identity provider: its signing keys."""


@program.command()
def rotate_keys(
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once", help="The old key leaked: trust it no longer; everybody's page reloads once."
        ),
    ] = False,
) -> None:
    """Sign with a new key from ten minutes on; the old one stays published for an hour more."""
    chosen = settings.load()
    if chosen.identity.uses_clerk:
        raise ClerkHasTheKeys
    with database_url(chosen) as url:
        row = asyncio.run(_rotate(chosen, url, at_once=at_once))
    moment = datetime.fromtimestamp(row.active_from / 1000, UTC)
    print(f"The key {row.kid} signs from {moment:%Y-%m-%d %H:%M:%S} UTC on.")


async def _rotate(chosen: Settings, url: str, *, at_once: bool) -> KeyRow:
    async with clients(chosen, url) as database:
        provider = build_provider(chosen, database)
        try:
            return await provider.keys.rotate(at_once=at_once)
        finally:
            await provider.close()
