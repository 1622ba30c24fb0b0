"""What processes cost, read from /proc: their CPU time with all they started, and the memory that is theirs."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    parents = {each: parent for each, (parent, _) in _all()}
    found = [pid]
    for process in found:
        found.extend(each for each, parent in parents.items() if parent == process)
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, of all below it, and of those that ended."""
    used = dict(_all())
    return sum(used[each][1] for each in family(pid) if each in used) / TICKS


def resident_mb(pids: Iterable[int]) -> float:
    """Memory in use by these processes; pages that several share are counted once between them."""
    return sum(_proportional_kb(pid) for pid in pids) / 1024


def _all() -> Iterator[tuple[int, tuple[int, int]]]:
    """Each process with its parent and the ticks it used, its ended children's included."""
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                said = (folder / "stat").read_text()
            except OSError:
                continue  # it ended meanwhile
            fields = said[said.rindex(")") + 2 :].split()
            yield int(folder.name), (int(fields[1]), sum(map(int, fields[11:15])))


def _proportional_kb(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
