"""What `coursecove bench` computes and prints; how fast anything is, it alone says."""

import json
import os
import subprocess
import sys

import pytest

from coursecove.cli.bench.command import _line, _object, _table_row
from coursecove.cli.bench.figures import Goal, Result, Round, cpu_of, median, percentile, ratio_of_neighbours
from coursecove.cli.bench.paths import PATHS

FIELDS = {
    "name", "ratio", "ours", "floor", "unit", "connections", "p50_ms", "p99_ms", "cpu_us", "rss_mb", "errors",
    "rounds", "goal", "met",
}  # fmt: skip
RESULT = Result(
    "dashboard_owner", "ratio ≥ 0.3", True, 5, "pages/s", 1500.0, 0, 16, 4000.0, 0.375, 4.0, 9.5,
    {"app": 400.0, "client": 50.0, "postgres": 300.0}, 180.0,
)  # fmt: skip


def test_figures_are_medians_percentiles_and_ratios_of_neighbours() -> None:
    rounds = [Round(100, 200, {"app": 3.0}), Round(90, 300, {"app": 1.0}), Round(120, 200, {"app": 2.0})]
    assert ratio_of_neighbours(rounds) == 0.5
    assert cpu_of(rounds) == {"app": 2.0}
    assert [percentile([4, 1, 3, 2], share) for share in (0.5, 0.75, 0.99)] == [2, 3, 4]
    assert (median([]), percentile([], 0.5)) == (0.0, 0.0)


def test_a_goal_is_met_from_its_own_side() -> None:
    assert Goal("ratio", 0.3).is_met(0.3)
    assert not Goal("ratio", 0.3).is_met(0.29)
    assert not Goal("seconds", 5, at_least=False).is_met(5.1)


def test_every_figure_is_shown() -> None:
    assert json.loads(_object(RESULT)).keys() == FIELDS
    assert "0.38 of the floor's 4000" in _line(RESULT)
    assert "400 / 300 / 50" in _table_row(RESULT)


def test_paths_are_the_ones_that_exist() -> None:
    assert {
        "dashboard_owner",
        "dashboard_student",
        "webhooks",
        "webhooks_shared",
        "week_school",
        "week_teacher",
        "slots",
        "course_page",
        "lesson_page",
        "booking_contended",
        "growth",
        "start",
        "memory",
    } <= PATHS.keys()


@pytest.mark.deep
def test_it_measures_a_dashboard_beside_its_floor() -> None:
    command = [sys.executable, "-m", "coursecove", "bench", "dashboard_owner", "--json"]
    command += ["--rounds", "1", "--seconds", "1", "--schools", "5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        figures = json.loads(line)
        assert figures.keys() == FIELDS
        assert figures["errors"] == 0
        assert figures["ours"] > 0 < figures["floor"]
