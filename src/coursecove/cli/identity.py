"""`coursecove identity`: care of the identity provider and of what we know from it, in a terminal."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from coursecove.cli.provider import with_provider
from coursecove.kit.errors import ProblemError
from coursecove_identity import recovery, users
from coursecove_identity.keys import KeyRow
from coursecove_identity.provider import Provider
from coursecove_identity.users import User

program = typer.Typer(
    help="The identity provider: its signing keys, people who lost theirs, and whether we know what it knows.",
    no_args_is_help=True,
)


class NobodyOfThisAddress(ProblemError):
    """Nobody has verified this address."""


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

    async def rotate(provider: Provider) -> KeyRow:
        return await provider.keys.rotate(at_once=at_once)

    row = with_provider(rotate)
    moment = datetime.fromtimestamp(row.active_from / 1000, UTC)
    print(f"The key {row.kid} signs from {moment:%Y-%m-%d %H:%M:%S} UTC on.")


@program.command()
def find(
    address: Annotated[str, typer.Argument(help="The person's verified e-mail address.")],
) -> None:
    """The id of somebody with an account: what COURSECOVE_OPERATORS takes."""

    async def look(provider: Provider) -> User | None:
        async with provider.store.reading() as connection:
            return await users.by_email(connection, address)

    user = with_provider(look)
    if user is None:
        raise NobodyOfThisAddress
    print(f"{user.id}  {user.name}")


@program.command()
def remove_second_factors(
    address: Annotated[str, typer.Argument(help="The person's verified e-mail address.")],
) -> None:
    """For somebody who lost app, passkeys and backup codes: make sure first that it is them. They are told by mail."""

    async def remove(provider: Provider) -> None:
        async with provider.store.transaction() as connection:
            user = await users.by_email(connection, address)
            if user is None:
                raise NobodyOfThisAddress
            await recovery.take_second_factors(provider, connection, user)
        await provider.letters.send_due()

    with_provider(remove)
    print("Removed, and signed out everywhere. The password still counts.")


@program.command()
def reconcile(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; name what differs.")] = False,
    remove_all: Annotated[
        bool,
        typer.Option("--remove-all", help="Also where the provider no longer has most of what is known."),
    ] = False,
) -> None:
    """Compare everything with the provider, whichever it is, and mend what differs. Safe to break off and repeat."""
    from coursecove.cli.reconciling import run_reconcile, summary  # noqa: PLC0415 - loads the site

    print(summary(run_reconcile(dry_run=dry_run, remove_all=remove_all), dry_run=dry_run))
