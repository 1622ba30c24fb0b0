"""The command itself: which paths, how long, and how the figures are shown."""

import json
from typing import Annotated

import typer

from coursecove.cli.bench.figures import Result

HEADINGS = (
    "path",
    "goal",
    "",
    "ours",
    "floor",
    "ratio",
    "p50 ms",
    "p99 ms",
    "CPU µs: app / database / client",
    "MB",
    "errors",
)


def bench(
    name: Annotated[
        str, typer.Argument(help="A path, or the beginning of several names; unset: all of them.")
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One object per line.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="A table for the documentation.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of ours; the floor has one more.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.1, help="Length of a turn.")] = 5.0,
    schools: Annotated[int, typer.Option(min=1, help="Schools beside the two demo schools.")] = 200,
) -> None:
    """Measure the hot paths against pgbench doing the same work on the same data, in turns, on this machine."""
    from coursecove.cli.bench.paths import measured  # noqa: PLC0415 - loads the site, which other commands do without

    show = _object if as_json else _table_row if as_markdown else _line
    if as_markdown:
        print(_row(HEADINGS), _row(("---",) * len(HEADINGS)), sep="\n")
    failed = False
    for result in measured(name, rounds=rounds, seconds=seconds, schools=schools):
        failed = failed or result.errors > 0
        print(show(result), flush=True)
    raise typer.Exit(1 if failed else 0)


def _object(result: Result) -> str:
    return json.dumps(result.plain())


def _table_row(result: Result) -> str:
    return _row(_cells(result))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(result: Result) -> tuple[str, ...]:
    cpu = " / ".join(
        f"{result.cpu_us[name]:.0f}" for name in ("app", "postgres", "client") if name in result.cpu_us
    )
    return (
        result.name,
        result.goal,
        "met" if result.met else "missed",
        f"{result.ours:.4g} {result.unit}",
        _figure(result.floor, ".4g"),
        _figure(result.ratio, ".2f"),
        _figure(result.p50_ms, ".1f"),
        _figure(result.p99_ms, ".1f"),
        cpu,
        _figure(result.rss_mb, ".0f"),
        str(result.errors),
    )


def _line(result: Result) -> str:
    shown = [f"{result.name:27} {result.ours:.4g} {result.unit}"]
    if result.ratio is not None:
        shown.append(f"{result.ratio:.2f} of the floor's {result.floor:.4g}")
        shown.append(f"p50 {result.p50_ms:.1f} ms, p99 {result.p99_ms:.1f} ms")
    if result.cpu_us:
        shown.append("CPU µs " + ", ".join(f"{name} {cost:.0f}" for name, cost in result.cpu_us.items()))
    if result.rss_mb is not None:
        shown.append(f"{result.rss_mb:.0f} MB")
    shown.append(
        f"{result.errors} errors" if result.errors else f"{result.goal}: {'met' if result.met else 'missed'}"
    )
    return "; ".join(shown)


def _figure(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
