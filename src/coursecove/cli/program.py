"""The command line: every command with help that teaches."""

import asyncio
import code
import json
from pathlib import Path
from typing import Annotated

import typer

from coursecove import settings
from coursecove.cli import migrating
from coursecove.cli.bench.command import bench
from coursecove.cli.chaos.command import program as chaos_program
from coursecove.cli.identity import program as identity_program
from coursecove.cli.outbox import program as outbox_program
from coursecove.cli.place import database_url
from coursecove.cli.webhooks import program as webhooks_program
from coursecove.kit.db import Database
from coursecove.migrations import revise

program = typer.Typer(
    name="coursecove",
    help="CourseCove: the learning platform that a school can run its days on. "
    "New here? `coursecove dev` starts everything, with two demo schools.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

program.command()(bench)
program.add_typer(chaos_program, name="chaos")
program.add_typer(webhooks_program, name="webhooks")
program.add_typer(outbox_program, name="outbox")
program.add_typer(identity_program, name="identity")


@program.command()
def dev(
    port: Annotated[int, typer.Option(help="Port of the site; another instance takes another one.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data: Annotated[Path | None, typer.Option(help="Folder of this instance's database and keys.")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over: forget this instance's database.")
    ] = False,
) -> None:
    """Start everything on this machine: database, demo schools, site, background work. Ctrl-C ends it all."""
    from coursecove.cli.dev import run_dev  # noqa: PLC0415 - the other commands do without a supervisor

    raise typer.Exit(run_dev(port=port, host=host, data=data, fresh=fresh))


@program.command()
def web(
    port: Annotated[int | None, typer.Option(help="Port to listen on; unset: COURSECOVE_PORT.")] = None,
) -> None:
    """Serve the site: one process. Run several behind a proxy for more."""
    from coursecove.cli.serving import serve_web  # noqa: PLC0415 - the site takes a second to load

    chosen = settings.load()
    if port is not None:
        chosen = chosen.model_copy(update={"port": port})
    with database_url(chosen) as url:
        asyncio.run(serve_web(chosen, url))


@program.command()
def worker() -> None:
    """Do background work: one process. Run as many as you like, anywhere."""
    from coursecove.cli.serving import run_worker  # noqa: PLC0415 - the functions load the whole product

    chosen = settings.load()
    with database_url(chosen) as url:
        asyncio.run(run_worker(chosen, url))


@program.command()
def migrate(
    check: Annotated[
        bool,
        typer.Option("--check", help="Change nothing; say where database and code differ (exit code 1)."),
    ] = False,
) -> None:
    """Bring the database up to date: roles, tables, policies, functions. Safe to repeat."""
    chosen = settings.load()
    with database_url(chosen) as url:
        if check:
            lines = asyncio.run(migrating.check(url, chosen.provision()))
            print(*(lines or ["The database is what the code declares."]), sep="\n")
            raise typer.Exit(1 if lines else 0)
        applied = asyncio.run(migrating.migrate(url, chosen.provision()))
        print(f"Migrated: {', '.join(applied)}." if applied else "Up to date.")


@program.command()
def revision(message: Annotated[str, typer.Argument(help="What changes, in a few words.")]) -> None:
    """Write the next migration: what separates the migrated database from the models, as literal SQL."""
    chosen = settings.load()
    with database_url(chosen) as url:
        path = asyncio.run(revise.revise(url, chosen.provision(), message))
    print(f"Wrote {path}. Read it before you commit it." if path else "Nothing changed.")


@program.command()
def seed() -> None:
    """Put the two demo schools into an empty database; a database with schools is left alone."""
    chosen = settings.load()

    from coursecove.cli.seeding import seed_all  # noqa: PLC0415 - loads the provider

    with database_url(chosen) as url:
        done = asyncio.run(seed_all(chosen, url))
    print("Two demo schools are there." if done else "There are schools already; nothing was changed.")


@program.command()
def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Also compare every object of the database with the code.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object for each check.")] = False,
) -> None:
    """Look at everything, change nothing: what is wrong, and what to do. Exit code 0 well, 1 worry, 2 broken."""
    from coursecove.cli.doctor import run_doctor  # noqa: PLC0415 - only this command needs it

    raise typer.Exit(run_doctor(deep=deep, as_json=as_json))


@program.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def check(context: typer.Context) -> None:
    """Run every check and test of the project, as bin/test does; `coursecove check -- --help` says more."""
    from coursecove.cli.check import main  # noqa: PLC0415 - needs the development environment

    raise typer.Exit(main(context.args))


@program.command()
def routes(as_json: Annotated[bool, typer.Option("--json", help="One object per line.")] = False) -> None:
    """List every address that the site answers, with the permission it asks for."""
    from coursecove.web.listing import listed_routes  # noqa: PLC0415 - loads every page

    for each in listed_routes():
        if as_json:
            print(
                json.dumps(
                    {"host": each.host, "methods": each.methods, "path": each.path, "allow": each.allow}
                )
            )
        else:
            print(f"{each.host:9} {each.methods:10} {each.path:45} {each.allow}")


@program.command()
def docs(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; name the pages that are stale (exit code 1).")
    ] = False,
) -> None:
    """Write the reference pages in docs/reference from the code."""
    from coursecove.cli import reference  # noqa: PLC0415 - loads every domain

    paths = reference.stale() if check else reference.write()
    word = "Stale" if check else "Wrote"
    print("\n".join(f"{word}: {path.name}" for path in paths) or "Every page says what the code says.")
    raise typer.Exit(1 if check and paths else 0)


@program.command()
def shell() -> None:
    """A Python prompt with both database clients open; `read(sql)` runs SQL through the service client."""
    chosen = settings.load()
    with database_url(chosen) as url, asyncio.Runner() as runner:
        database = runner.run(Database.open(chosen.database_config(url)))

        def read(sql: str, *args: object) -> list[dict[str, object]]:
            return runner.run(_rows(database, sql, args))

        names = {"settings": chosen, "database": database, "run": runner.run, "read": read}
        code.interact(banner=f"Here: {', '.join(names)}.", local=names, exitmsg="")
        runner.run(database.close())


async def _rows(database: Database, sql: str, args: tuple[object, ...]) -> list[dict[str, object]]:
    async with database.service_read() as db:
        return [dict(row) for row in await (await db.connection()).fetch(sql, *args)]
