"""The catalogue gates: nothing bad is there, and each gate would have seen it."""

from typing import TypeAlias

import asyncpg
import pytest

from tests.security.conftest import Agreed
from tests.security.gates import ALL, EXEMPT, Gate, found, unexcused
from tests.security.gates.splinter import LINTS, NO_GATE
from tests.security.grants import grants

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

every_gate = pytest.mark.parametrize("gate", ALL, ids=lambda gate: gate.name.replace(" ", "_"))


@every_gate
async def test_gate_finds_nothing(catalogue: Connection, gate: Gate) -> None:
    assert await unexcused(catalogue, gate) == set()


@every_gate
async def test_gate_finds_something_bad(catalogue: Connection, gate: Gate) -> None:
    before = await found(catalogue, gate)
    await catalogue.execute(
        gate.control.format(database=await catalogue.fetchval("select current_database()"))
    )
    assert await found(catalogue, gate) - before


async def test_exemptions_are_needed(catalogue: Connection) -> None:
    gates = {gate.name: gate for gate in ALL}
    for name, excused in EXEMPT.items():
        assert set(excused) <= await found(catalogue, gates[name]), name


async def test_rights_are_the_reviewed_ones(catalogue: Connection, agreed: Agreed) -> None:
    agreed.on("grants.txt", await grants(catalogue))


def test_every_check_of_supabase_s_linter_has_its_gate() -> None:
    covered = {number for gate in ALL for number in gate.splinter}
    assert covered | NO_GATE.keys() == LINTS.keys()
    assert not covered & NO_GATE.keys()
