"""The row security broken in every usual way: almost every fault is noticed by some gate, cell or probe."""

from collections.abc import Callable

import pytest

from tests.security.faults import EQUIVALENT
from tests.security.mutants import all_faults, judged, rate, summary
from tests.security.stage import Stage

WANTED = 0.95
SAMPLE, PARTS = 20, 4


async def test_a_sample_of_faults_is_noticed(stage: Stage) -> None:
    """One in twenty, in the order of their names: policies, tables, functions, keys, rights and roles."""
    chosen = [fault for fault in await all_faults(stage) if fault.name not in EQUIVALENT][::SAMPLE]
    verdicts = [await judged(stage, fault) for fault in chosen]
    assert [verdict.fault.name for verdict in verdicts if not verdict.killed] == []


async def test_what_is_called_harmless_is_among_the_faults(stage: Stage) -> None:
    assert EQUIVALENT.keys() <= {fault.name for fault in await all_faults(stage)}


@pytest.mark.deep
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_fault_is_noticed(
    stage: Stage, part: int, record_property: Callable[[str, object], None]
) -> None:
    """`python -m tests.security.mutants` shows the same as a table."""
    verdicts = [await judged(stage, fault) for fault in (await all_faults(stage))[part::PARTS]]
    record_property("measured", f"faults, part {part + 1}: {rate(verdicts):.1%} of {len(verdicts)} noticed")
    print(summary(verdicts))
    assert rate(verdicts) >= WANTED
