"""The runner of all checks: what it counts, what it calls a failure, and that it skips nothing in silence."""

import sys

import pytest

from coursecove.cli import check
from coursecove.cli.browser import NoBrowserError, find_or_install_browser


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def report(one: check.Check, *, narrowed: bool = False) -> check.Tally:
    tally = check.Tally()
    check._report(one, tally, narrowed=narrowed)
    return tally


def test_tests_count_one_by_one_and_other_checks_as_one(capsys):
    tests = "print('2 failed, 3 passed, 1 skipped, 1 error in 0.10s'); exit(1)"
    counted = report(check.Check("tests", python(tests), tests=True))
    assert (counted.passed, counted.failed, counted.names) == (3, 3, ["tests"])
    assert "2 failed, 3 passed" in capsys.readouterr().out
    assert report(check.Check("lint", python("pass"))).passed == 1


def test_what_tests_measured_is_shown(capsys):
    report(
        check.Check(
            "tests", python("print('measured: ready in 3.9 s'); print('1 passed in 1.00s')"), tests=True
        )
    )
    assert "measured: ready in 3.9 s" in capsys.readouterr().out


def test_a_run_that_ends_badly_has_failed_whatever_it_counted():
    for code in ("exit(5)", "print('4 passed in 1.00s'); exit(3)"):
        assert report(check.Check("tests", python(code), tests=True)).failed == 1


def test_no_browser_test_among_the_named_ones_is_no_failure():
    counted = report(check.Check("browser", python("exit(5)"), tests=True), narrowed=True)
    assert (counted.passed, counted.failed) == (0, 0)


def test_a_program_that_is_not_there_has_failed(capsys):
    assert report(check.Check("styles", ["/no/such/program"])).failed == 1
    assert "/no/such/program" in capsys.readouterr().out


def test_without_a_browser_the_check_says_so(monkeypatch, capsys):
    monkeypatch.setenv("COURSECOVE_CHROMIUM", "/no/such/browser")
    with pytest.raises(NoBrowserError, match="/no/such/browser"):
        find_or_install_browser()
    assert report(check.Check("browser", python("pass"), tests=True, needs=check._browser)).failed == 1
    assert "need Chromium or Chrome" in capsys.readouterr().out


def test_each_size_runs_what_its_help_says():
    def names(**asked: object) -> list[str]:
        return [
            one.name
            for one in check.chosen_checks(**{"fast": False, "deep": False, "for_pytest": [], **asked})
        ]

    everything = ["format", "lint", "types", "imports", "styles", "tests", "browser"]
    assert names() == everything
    assert names(deep=True) == [*everything, "deep"]
    assert names(fast=True) == ["format", "lint", "types", "imports", "tests"]
    assert names(for_pytest=["tests/kit"]) == ["tests", "browser"]
