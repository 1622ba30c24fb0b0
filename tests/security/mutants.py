"""Broken copies of the row security, one fault each, and which of the tests notice.

`python -m tests.security.mutants` breaks everything in turn and prints what was noticed by the first layer
that looked; with `--thorough` every layer looks at every fault.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg

from coursecove import settings
from coursecove.kit.errors import ProblemError
from coursecove.kit.postgres import EmbeddedPostgres
from tests.conftest import Server, _prepared, cloned
from tests.security import (
    answers,
    booking_answers,
    course_answers,
    forgery,
    gates,
    joining_answers,
    learning_answers,
    oracles,
    people_answers,
    pooling,
    scheduling_answers,
)
from tests.security.faults import EQUIVALENT, Fault, faults
from tests.security.grants import grants
from tests.security.matrix import breaches, observe, rendered
from tests.security.stage import Stage, set_stage

HERE = Path(__file__).parent
PROBES = (
    *answers.PROBES,
    *booking_answers.PROBES,
    *people_answers.PROBES,
    *joining_answers.PROBES,
    *course_answers.PROBES,
    *learning_answers.PROBES,
    *scheduling_answers.PROBES,
    *forgery.PROBES,
    *oracles.PROBES,
    *pooling.PROBES,
)
LAYERS = ("gates", "matrix", "probes")


@dataclass
class Verdict:
    """What noticed the fault, by layer."""

    fault: Fault
    killers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def killed(self) -> bool:
        return bool(self.killers)


async def judged(stage: Stage, fault: Fault, *, thorough: bool = False) -> Verdict:
    """Break the database and let the layers look, cheapest first; thorough, all of them look."""
    verdict = Verdict(fault)
    if noticed := await _unseen(stage, fault):
        verdict.killers["gates"] = noticed
    if fault.shared or (verdict.killed and not thorough):
        return verdict
    async with _copy(stage) as copy:
        await _execute(copy.url, fault.sql)
        for layer, look in (("matrix", _matrix), ("probes", _probes)):
            if noticed := await look(copy):
                verdict.killers[layer] = noticed
                if not thorough:
                    break
    return verdict


async def _unseen(stage: Stage, fault: Fault) -> list[str]:
    """Gates look inside the transaction that breaks, which is rolled back: roles are every database's."""
    admin = await asyncpg.connect(stage.url)
    try:
        await admin.execute("begin")
        await admin.execute(fault.sql)
        noticed = [gate.name for gate in gates.ALL if await gates.unexcused(admin, gate)]
        if await grants(admin) != (HERE / "grants.txt").read_text():
            noticed.append("grants.txt")
        return noticed
    finally:
        await admin.close()


async def _execute(url: str, sql: str) -> None:
    admin = await asyncpg.connect(url)
    try:
        await admin.execute(sql)
    finally:
        await admin.close()


@asynccontextmanager
async def _copy(stage: Stage) -> AsyncIterator[Stage]:
    name = f"coursecove_mutant_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(stage.url.replace(_database(stage), "postgres", 1))
    await admin.execute(f"create database {name} template {_database(stage)}")
    # Rights on a database are not copied with it; provisioning revokes this one.
    await admin.execute(f"revoke temporary on database {name} from public")
    try:
        yield stage.on(name)
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


def _database(stage: Stage) -> str:
    return stage.url.partition("?")[0].rpartition("/")[2]


async def _matrix(copy: Stage) -> list[str]:
    try:
        matrix = await observe(copy)
    except asyncpg.PostgresError as failure:
        return [f"{type(failure).__name__}"]
    found = breaches(matrix)
    return found or ([] if rendered(matrix) == (HERE / "matrix.txt").read_text() else ["matrix.txt"])


async def _probes(copy: Stage) -> list[str]:
    noticed = []
    for probe in PROBES:
        try:
            found = await probe(copy)
        except (asyncpg.PostgresError, AssertionError, ProblemError) as failure:
            found = [type(failure).__name__]
        if found:
            noticed.append(probe.__name__)
    return noticed


async def all_faults(stage: Stage) -> list[Fault]:
    admin = await asyncpg.connect(stage.url)
    try:
        return await faults(admin)
    finally:
        await admin.close()


def summary(verdicts: list[Verdict]) -> str:
    """The table that the long run prints: each layer alone, all together, and who lives."""
    counted = [verdict for verdict in verdicts if verdict.fault.name not in EQUIVALENT]
    lines = [f"{len(verdicts)} faults, {len(verdicts) - len(counted)} of them harmless by their nature"]
    for layer in LAYERS:
        alone = sum(layer in verdict.killers for verdict in counted)
        only = sum(list(verdict.killers) == [layer] for verdict in counted)
        lines.append(f"  {layer:<8} notice {alone:>4}   and nothing else does {only:>4}")
    killed = sum(verdict.killed for verdict in counted)
    lines.append(f"  together {killed:>6} of {len(counted)}   {rate(verdicts):.1%}")
    lines += [f"  lives: {verdict.fault.name}" for verdict in counted if not verdict.killed]
    lines += [f"  harmless: {name}: {why}" for name, why in EQUIVALENT.items()]
    return "\n".join(lines)


def rate(verdicts: list[Verdict]) -> float:
    counted = [verdict for verdict in verdicts if verdict.fault.name not in EQUIVALENT]
    return sum(verdict.killed for verdict in counted) / len(counted)


async def run_all(server: Server, *, thorough: bool = False, show: bool = False) -> list[Verdict]:
    """Every fault in turn."""
    verdicts = []
    async with cloned(server) as url:
        stage = await set_stage(url, server.settings)
        for fault in await all_faults(stage):
            verdict = await judged(stage, fault, thorough=thorough)
            verdicts.append(verdict)
            if show:
                by = ", ".join(f"{layer} ({killers[0]})" for layer, killers in verdict.killers.items())
                print(f"{'killed' if verdict.killed else 'LIVES ':<7} {fault.name:<70} {by}", flush=True)
    return verdicts


def main() -> None:
    os.environ.setdefault("COURSECOVE_SECRET_KEY", "only-for-tests-" * 3)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COURSECOVE_DATA"] = folder
        wanted = {"fsync": "off", "max_connections": "200"}
        with EmbeddedPostgres.start(Path(folder) / "pg", settings=wanted) as postgres:
            server = asyncio.run(_prepared(postgres.url, settings.load()))
            verdicts = asyncio.run(run_all(server, thorough="--thorough" in sys.argv, show=True))
    print(summary(verdicts))
    sys.exit(rate(verdicts) < 0.95)


if __name__ == "__main__":
    main()
