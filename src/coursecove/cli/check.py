"""`coursecove check`, run by bin/test: every check of the project, each with its time, none skipped in silence."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from coursecove.cli.browser import NoBrowserError, find_or_install_browser

PROJECT = Path(__file__).parents[3]
TOOLS = Path(sys.executable).parent
NO_TEST_RAN = 5
HEARTBEAT = 30.0
DESCRIPTION = "Run every check: format, lint, types, imports, styles, tests and browser tests."
EPILOG = """What follows -- goes to pytest, and then only the tests run:

  bin/test --fast                     in a minute: format, lint, types, imports, tests without a browser
  bin/test -- tests/kit -k postgres   the tests you are working on
  bin/test --all                      the longer, deeper tests too
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    command: Sequence[str | Path]
    tests: bool = False
    fast: bool = True
    needs: Callable[[], dict[str, str]] = dict


@dataclass(slots=True)
class Tally:
    """What passed and failed: tests one by one, any other check as one."""

    passed: int = 0
    failed: int = 0
    names: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    asked, for_pytest = _parse(list(sys.argv[1:] if arguments is None else arguments))
    tally, started = Tally(), time.monotonic()
    for check in chosen_checks(fast=asked.fast, deep=asked.all, for_pytest=for_pytest):
        _report(check, tally, narrowed=bool(for_pytest))
    print(f"\n{time.monotonic() - started:.0f} s in all.", *_mend(tally))
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed or not tally.passed else 0


def chosen_checks(*, fast: bool, deep: bool, for_pytest: Sequence[str]) -> list[Check]:
    checks = [check for check in _checks(deep=deep, for_pytest=for_pytest) if check.fast or not fast]
    return [check for check in checks if check.tests] if for_pytest else checks


def _checks(*, deep: bool, for_pytest: Sequence[str]) -> list[Check]:
    python = [sys.executable, "-m"]
    pytest = [*python, "pytest", "-q", *for_pytest]
    in_two = ["-n", "2", "--dist", "loadgroup"]  # tests that share something dear stay in one process
    browser = "browser" if deep else "browser and not deep"
    checks = [
        Check("format", [*python, "ruff", "format", "--check", "."]),
        Check("lint", [*python, "ruff", "check", "."]),
        Check("types", [*python, "mypy"]),
        Check("imports", [TOOLS / "lint-imports"]),
        Check("styles", [PROJECT / "bin" / "css", "--check"], fast=False),
        Check("tests", [*pytest, *in_two], tests=True),
        Check("browser", [*pytest, "-m", browser], tests=True, fast=False, needs=_browser),
    ]
    if deep:
        only_deep = "deep and not browser and not inngest_server and not pooler"
        checks.append(Check("deep", [*pytest, *in_two, "-m", only_deep], tests=True))
    return checks


def _parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    split = arguments.index("--") if "--" in arguments else len(arguments)
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("bin/test", None, DESCRIPTION, EPILOG, formatter_class=shape)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--fast", action="store_true", help="leave out styles and browser tests")
    size.add_argument("--all", action="store_true", help="add the deep tests, which take longer")
    return parser.parse_args(arguments[:split]), arguments[split + 1 :]


def _report(check: Check, tally: Tally, *, narrowed: bool) -> None:
    print(f"{check.name:8} ", end="", flush=True)
    started = time.monotonic()
    code, output = _run(check)
    passed, failed = _counted(output) if check.tests else (0, 0)
    fine = code == 0 or (narrowed and code == NO_TEST_RAN)
    if not check.tests or (not fine and not failed):
        passed, failed = passed + fine, failed + (not fine)
    tally.passed += passed
    tally.failed += failed
    counts = f"  {passed} passed, {failed} failed" if check.tests else ""
    print(f"{'ok' if fine else 'FAILED':6} {time.monotonic() - started:6.1f} s{counts}", flush=True)
    for measured in re.findall(r"^measured: .+", output, re.MULTILINE):
        print(f"         {measured}", flush=True)
    if not fine:
        tally.names.append(check.name)
        print(output.rstrip(), end="\n\n", flush=True)


def _run(check: Check) -> tuple[int, str]:
    """Its exit code and all that it said; a command that cannot start has failed."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            environment = {**os.environ, **check.needs()}
            with subprocess.Popen(
                check.command,
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            ) as process:
                code = _wait(process, said)
        except (OSError, NoBrowserError) as error:
            return 1, str(error)
        said.seek(0)
        return code, said.read()


def _wait(process: subprocess.Popen[bytes], said: IO[str]) -> int:
    """The exit code; now and then a sign of life."""
    while True:
        try:
            return process.wait(timeout=HEARTBEAT)
        except subprocess.TimeoutExpired:
            size = os.fstat(said.fileno()).st_size
            percent = re.findall(rb"\[ *(\d+)%\]", os.pread(said.fileno(), 2000, max(0, size - 2000)))
            print(f"{int(percent[-1])}% " if percent else ". ", end="", flush=True)


def _counted(output: str) -> tuple[int, int]:
    """What pytest's closing line counts; an error is a failure."""
    closing = next((line for line in reversed(output.splitlines()) if re.search(r" in [\d.]+s", line)), "")
    count = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", closing)}
    return count.get("passed", 0), count.get("failed", 0) + count.get("error", 0)


def _mend(tally: Tally) -> list[str]:
    return [f"To mend: {', '.join(tally.names)}."] if tally.names else []


def _browser() -> dict[str, str]:
    return {"COURSECOVE_CHROMIUM": str(find_or_install_browser())}


if __name__ == "__main__":
    sys.exit(main())
