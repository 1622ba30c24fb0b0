"""The storm that `coursecove chaos webhooks` makes, and its verdict; a small one against a real product."""

import os
import subprocess
import sys

import pytest

from coursecove.cli.chaos.storm import World, as_it_comes
from coursecove.cli.chaos.verdict import Sent, Verdict, differences, unfinished


def world() -> World:
    made = World(7)
    made.live(500)
    return made


def test_the_same_number_makes_the_same_storm() -> None:
    first, second = world(), world()
    assert first.told == second.told
    assert len({message.id for message in first.told}) == len(first.told) == 500
    assert as_it_comes(first.told, 7) == as_it_comes(second.told, 7)


def test_everything_comes_at_least_once_and_not_in_order() -> None:
    told = world().told
    coming = as_it_comes(told, 7)
    assert set(coming) == set(told)
    assert len(coming) > len(told)
    assert coming[:500] != told


def test_a_verdict_names_what_broke() -> None:
    sent = Sent(acknowledged={"a", "b", "c"})
    assert sorted(unfinished(sent.acknowledged, {"a": "completed", "b": "failed"})) == ["b", "c"]
    assert differences({"x": "1", "y": "2"}, {"y": "3"}) == {"x": ("1", None), "y": ("2", "3")}
    assert Verdict(sent).holds
    assert not Verdict(sent, lost=["c"]).holds
    assert not Verdict(sent, diverged={"x": ("1", None)}).holds
    sent.statuses[500] += 1
    assert not Verdict(sent).holds


@pytest.mark.deep
def test_a_small_storm_loses_nothing() -> None:
    command = [sys.executable, "-m", "coursecove", "chaos", "webhooks", "--events", "300", "--rate", "50"]
    done = subprocess.run(
        [*command, "--restarts", "1", "--kills", "1"],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0, doubled 0, diverged 0" in done.stdout
