"""Five hundred histories a run: acts, faults and deaths in any order, and the rows always come out right."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from coursecove.accounts.sync import receiving
from tests.conftest import Server, cloned
from tests.sync.model.mutants import MUTANTS, Mutant
from tests.sync.model.theatre import ACTS, FAULTS, Broken, Step, Theatre

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""Who dies in the middle of a call leaves its answer uncollected."""

HISTORIES = st.lists(
    st.tuples(st.sampled_from(ACTS + FAULTS), st.integers(0, 2**20)), min_size=8, max_size=30
)
ORDINARY, DEEP, ENOUGH = 500, 5000, 2000
SAMPLE = {"an older update wins"}
"""Noticed soon, so that every run can afford it; the deep run tries all."""


class Played:
    """Histories played one after the other, in a loop and on a database of their own."""

    def __init__(self, runner: asyncio.Runner, theatre: Theatre) -> None:
        self.runner, self.theatre = runner, theatre

    def __call__(self, history: list[Step]) -> None:
        self.runner.run(self.theatre.play(history))


@contextmanager
def playing(server: Server, mutant: Mutant | None = None) -> Iterator[Played]:
    place = cloned(server)
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        patch.setattr(receiving, "BETWEEN_PROBES", 0.005)
        theatre = Theatre(
            server.settings, runner.run(place.__aenter__()), *([mutant.webhooks] if mutant else [])
        )
        runner.run(theatre.open())
        for statement in mutant.statements if mutant else ():
            runner.run(theatre.admin.execute(statement))
        yield Played(runner, theatre)
        runner.run(theatre.close())
        runner.run(place.__aexit__())
        gc.collect()  # what the dead have left is found here, not in the next test


def play_many(played: Played, count: int, *phases: Phase) -> None:
    """Let hypothesis make up so many histories; the shortest one that goes wrong is shown."""

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=phases or (Phase.explicit, Phase.generate, Phase.shrink),
    )
    @given(HISTORIES)
    def holds(history: list[Step]) -> None:
        played(history)

    holds()


def test_every_history_ends_right(server: Server) -> None:
    with playing(server) as played:
        play_many(played, ORDINARY)


@pytest.mark.deep
def test_every_history_ends_right_five_thousand_times(server: Server) -> None:
    with playing(server) as played:
        play_many(played, DEEP)


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(each, id=each.name, marks=[] if each.name in SAMPLE else [pytest.mark.deep])
        for each in MUTANTS
    ],
)
def test_a_broken_design_is_noticed(server: Server, mutant: Mutant) -> None:
    """By some history among those that hypothesis makes up; most need a few dozen."""
    with playing(server, mutant) as played, pytest.raises((Broken, ExceptionGroup)):
        play_many(played, ENOUGH, Phase.generate)
