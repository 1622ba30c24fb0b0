"""A path beside its floor: both in turns, so that the machine's moods meet both."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from coursecove.cli.bench import floor
from coursecove.cli.bench.figures import Goal, Result, Round, cpu_of, median, percentile, ratio_of_neighbours
from coursecove.cli.bench.floor import Script
from coursecove.cli.bench.load import Answers, Order
from coursecove.cli.bench.processes import cpu_seconds, resident_mb
from coursecove.cli.bench.stage import Site

OPEN_CONNECTIONS = 64
PATIENCE = Goal("p99_ms", 15, at_least=False)
"""How long people wait at a steady rate that the machine can take."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How long to measure: rounds of so many seconds."""

    rounds: int = 5
    seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One path: what a client sends, and the statements that do the same work in one call each.

    `requests` gets the number that may be needed in one turn: a path whose requests must all differ makes
    so many, another one gives a few that are sent again and again. They are made anew for every turn.
    """

    name: str
    unit: str
    ratio: Goal
    requests: Callable[[Site, int], Sequence[str]]
    floor: Callable[[Site], Sequence[Script]]
    connections: int = 16
    rate: float = 300.0
    fastest: int = 20_000
    p99: Goal = PATIENCE
    as_service: bool = False
    """Whether the floor is the service client's work, not a person's."""


def compare(path: Comparison, site: Site, amount: Amount) -> Result:
    """Floor, ours, floor, ours, … floor; then ours once more at a fixed rate, for the time people wait."""
    scripts = path.floor(site)
    warm_up(path, site, amount)
    floors = [_floor(path, site, scripts, amount.seconds)]
    rounds: list[Round] = []
    errors = 0
    for _ in range(amount.rounds):
        ours, cpu_us = cost_of(path, site, amount.seconds)
        floors.append(_floor(path, site, scripts, amount.seconds))
        errors += ours.errors
        rounds.append(Round(ours.count / ours.seconds, (floors[-2] + floors[-1]) / 2, cpu_us))
    waits = _load(path, site, amount.seconds, OPEN_CONNECTIONS, rate=path.rate)
    ratio, p99 = ratio_of_neighbours(rounds), percentile(waits.milliseconds, 0.99)
    return Result(
        path.name,
        f"{path.ratio}, {path.p99}",
        path.ratio.is_met(ratio) and path.p99.is_met(p99) and not errors + waits.errors,
        amount.rounds,
        path.unit,
        median([each.ours for each in rounds]),
        errors + waits.errors,
        path.connections,
        median(floors),
        ratio,
        percentile(waits.milliseconds, 0.5),
        p99,
        cpu_of(rounds),
        resident_mb(site.web_pids),
    )


def warm_up(path: Comparison, site: Site, amount: Amount) -> None:
    """Connections, caches and plans, before anything counts."""
    _load(path, site, min(1.0, amount.seconds), path.connections)


def _floor(path: Comparison, site: Site, scripts: Sequence[Script], seconds: float) -> float:
    url = site.service_url() if path.as_service else site.app_url()
    rate, _ = floor.per_second(url, scripts, site.folder, connections=path.connections, seconds=seconds)
    return rate


def cost_of(path: Comparison, site: Site, seconds: float) -> tuple[Answers, dict[str, float]]:
    """One turn in a closed loop, and the CPU of each kind of process for one answer, in microseconds."""
    postgres = site.stage.postgres.pid or 0
    before = _used(site.web_pids, postgres)
    answers = _load(path, site, seconds, path.connections)
    after = _used(site.web_pids, postgres)
    return answers, {name: (after[name] - before[name]) / max(1, answers.count) * 1e6 for name in before}


def _used(web: Sequence[int], postgres: int) -> dict[str, float]:
    client = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "app": sum(cpu_seconds(pid) for pid in web),
        "postgres": cpu_seconds(postgres),
        "client": client.ru_utime + client.ru_stime,
    }


def _load(path: Comparison, site: Site, seconds: float, connections: int, rate: float = 0.0) -> Answers:
    needed = int((rate or path.fastest) * seconds) + connections
    return answers_to(Order(site.ports, list(path.requests(site, needed)), connections, seconds, rate))


def answers_to(order: Order) -> Answers:
    """What came back to a client of its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "coursecove.cli.bench.load"],
        input=json.dumps(asdict(order)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Answers(**json.loads(done.stdout))
