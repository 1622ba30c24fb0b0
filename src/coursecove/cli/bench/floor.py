"""The floor: pgbench, making the same call on the same data as the same role, and nothing else."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coursecove.kit.errors import ProblemError
from coursecove.kit.postgres.binaries import find_binaries


class FloorRefused(ProblemError):
    """pgbench did not run to its end"""


@dataclass(frozen=True, slots=True)
class Script:
    """One statement with values for its `:names`; pgbench prepares it once a connection."""

    statement: str
    values: dict[str, str]


def per_second(
    url: str, scripts: Sequence[Script], folder: Path, *, connections: int, seconds: float
) -> tuple[float, int]:
    """Calls a second, and how many there were; each client takes one of the scripts at random each time."""
    command = [find_binaries(None, folder).program("pgbench"), "--no-vacuum", "--protocol=prepared"]
    command += [f"--client={connections}", "--jobs=1", f"--time={max(1, round(seconds))}"]
    for number, script in enumerate(scripts):
        path = folder / f"floor-{number}.sql"
        statement = script.statement
        for name, value in script.values.items():
            statement = statement.replace(f":{name}", f":{name}_{number}")
            command.append(f"--define={name}_{number}={value}")
        path.write_text(statement + ";\n")
        command.append(f"--file={path}")
    done = subprocess.run(
        [*command, url], capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"}
    )
    rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    count = re.search(r"actually processed: (\d+)", done.stdout)
    failed = re.search(r"failed transactions: (\d+)", done.stdout)
    if done.returncode or rate is None or count is None or (failed and failed[1] != "0"):
        raise FloorRefused(f"{FloorRefused.title()}: {done.stderr.strip() or done.stdout.strip()}")
    return float(rate[1]), int(count[1])
