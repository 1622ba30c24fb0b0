"""Five hundred histories a run: acts, faults and deaths in any order, and the rows always come out right."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from coursecove.accounts.sync import receiving
from tests.conftest import Server, cloned
from tests.sync.model.theatre import ACTS, FAULTS, Parts, Step, Theatre

HISTORIES = st.lists(
    st.tuples(st.sampled_from(ACTS + FAULTS), st.integers(0, 2**20)), min_size=6, max_size=24
)
ORDINARY, DEEP = 500, 5000


@pytest.fixture(scope="module")
def theatre(server: Server) -> Iterator["Played"]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiving, "BETWEEN_PROBES", 0.005)
        with asyncio.Runner() as runner:
            place = cloned(server)
            url = runner.run(place.__aenter__())
            theatre = Theatre(server.settings, url, Parts())
            runner.run(theatre.open())
            yield Played(runner, theatre)
            runner.run(theatre.close())
            runner.run(place.__aexit__())


class Played:
    """Histories played one after the other in a loop of their own."""

    def __init__(self, runner: asyncio.Runner, theatre: Theatre) -> None:
        self.runner, self.theatre = runner, theatre

    def __call__(self, history: list[Step]) -> None:
        self.runner.run(self.theatre.play(history))


def play_many(theatre: Played, count: int, *phases: Phase) -> None:
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
        theatre(history)

    holds()


def test_every_history_ends_right(theatre: Played) -> None:
    play_many(theatre, int(os.environ.get("COURSECOVE_TEST_HISTORIES", ORDINARY)))


@pytest.mark.deep
def test_every_history_ends_right_five_thousand_times(theatre: Played) -> None:
    play_many(theatre, DEEP)
