"""The command itself: how much of what, and how the outcome is shown."""

import asyncio
import signal
from typing import Annotated

import typer

program = typer.Typer(help="Kill parts of a running product, and see whether its promises hold.")


@program.callback()
def chaos() -> None:
    """Everything happens in a folder of its own, which is gone afterwards; nothing of yours is touched."""


@program.command()
def webhooks(
    *,
    events: Annotated[int, typer.Option(min=1, help="Webhooks that the provider has to tell.")] = 10_000,
    rate: Annotated[float, typer.Option(min=1, help="Webhooks a second.")] = 100.0,
    restarts: Annotated[int, typer.Option(min=0, help="Crashes of the database.")] = 10,
    kills: Annotated[int, typer.Option(min=0, help="Kills of each process, site and worker.")] = 5,
    outage: Annotated[
        float, typer.Option(min=0, help="Seconds in which the database is frozen, in the middle.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="The same number makes the same storm.")] = 1,
) -> None:
    """Storm a product with webhooks, doubled and out of order, while it is killed. Exit code 1: something was lost."""
    from coursecove.cli.chaos.running import Plan, run  # noqa: PLC0415 - loads the site

    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        verdict = asyncio.run(run(Plan(events, rate, restarts, kills, outage, seed)))
    finally:
        signal.signal(signal.SIGTERM, before)
    print("\n".join(verdict.lines()))
    raise typer.Exit(0 if verdict.holds else 1)
