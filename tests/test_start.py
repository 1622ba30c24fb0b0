"""The development supervisor with real processes and a real database: ready, killed, ended and started again."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

FAKES = Path(__file__).with_name("fake_services.py")


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, data: Path, *words: str, port: int | None = None) -> None:
        self.data, self.port = data, port or free_port()
        for left in data.glob("*-pid"):  # of an earlier start with the same data
            left.unlink()
        command = [sys.executable, str(FAKES), "dev", str(self.port), str(data), *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []

    def until_ready(self) -> "Running":
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("ready"):
                return self
        raise AssertionError(self.process.stderr.read())

    def end(self, number: int = signal.SIGTERM) -> SimpleNamespace:
        self.process.send_signal(number)
        return self.outcome()

    def outcome(self) -> SimpleNamespace:
        out, err = self.process.communicate(timeout=30)
        return SimpleNamespace(code=self.process.returncode, out=out, err=err)

    def ask(self) -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=10) as answer:
            return json.load(answer)

    def ask_patiently(self, accept: Callable[[dict[str, object]], bool]) -> dict[str, object]:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if accept(answer := self.ask()):
                    return answer
            except OSError:
                time.sleep(0.05)
        raise AssertionError("no such answer within 20 s")

    def pid_of(self, name: str) -> int:
        deadline = time.monotonic() + 10
        while not (path := self.data / f"{name}-pid").exists() or not path.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return int(path.read_text())

    @property
    def server_pid(self) -> int:
        return int((self.data / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ended(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def start(*arguments, **options) -> Running:
        running.append(Running(*arguments, **options))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.communicate()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("instance") / "dev"


def test_it_welcomes_says_ready_and_ends_cleanly(start, data):
    running = start(data, "worker").until_ready()
    assert running.lines[:-1] == ["welcome on " + str(running.port)]
    assert running.ask()["host"] == f"127.0.0.1:{running.port}"
    parts = [running.ask()["pid"], running.pid_of("worker"), running.server_pid]
    assert running.end() == SimpleNamespace(code=0, out="", err="")
    assert all(ended(pid, 0.1) for pid in parts)


def test_ctrl_c_ends_it_and_a_second_one_insists(start, data):
    running = start(data, "stubborn").until_ready()
    pid = running.pid_of("stubborn")
    running.process.send_signal(signal.SIGINT)
    assert not select.select([running.process.stdout], [], [], 1)[0]
    assert running.end(signal.SIGINT).code == 0
    assert ended(pid, 0.1)


def test_starting_again_keeps_the_data_and_prepares_nothing_twice(start, tmp_path):
    for words, rows in ((["code-1"], 1), (["code-1"], 1), (["code-2"], 2), (["code-2", "--fresh"], 1)):
        running = start(tmp_path / "dev", *words).until_ready()
        assert running.ask()["rows"] == rows
        assert running.end().code == 0


def test_killed_services_are_started_again(start, data):
    running = start(data, "worker").until_ready()
    before, worker = running.ask()["pid"], running.pid_of("worker")
    (data / "worker-pid").unlink()
    os.kill(before, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    assert running.ask_patiently(lambda answer: answer["pid"] != before)
    assert running.pid_of("worker") != worker
    said = running.end()
    assert said.code == 0
    assert "web ended (-9); starting it again in" in said.err


def test_a_killed_database_is_started_again(start, data):
    running = start(data).until_ready()
    rows, before = running.ask()["rows"], running.server_pid
    os.kill(before, signal.SIGKILL)
    assert ended(before)
    assert running.ask_patiently(lambda answer: answer["rows"] == rows)
    assert running.server_pid != before
    assert "PostgreSQL ended; starting it again" in running.end().err


def test_a_killed_supervisor_takes_everything_along(start, data):
    running = start(data, "worker").until_ready()
    parts = [running.ask()["pid"], running.pid_of("worker"), running.server_pid]
    running.process.kill()
    assert all(ended(pid) for pid in parts)
    again = start(data, port=running.port).until_ready()
    assert again.end().code == 0


def test_two_instances_share_the_data_and_neither_needs_the_other(start, data):
    first = start(data).until_ready()
    second = start(data).until_ready()
    assert first.ask()["rows"] == second.ask()["rows"]
    assert first.end().code == 0
    assert second.ask()["rows"]
    assert second.end().code == 0


def test_nobody_starts_over_under_an_instance_that_runs(start, data):
    running = start(data).until_ready()
    refused = start(data, "--fresh").outcome()
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert "in use by another CourseCove" in refused.err
    assert running.ask()["rows"]


def test_a_port_in_use_is_refused_in_one_sentence(start, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = start(tmp_path / "dev", port=taken.getsockname()[1]).outcome()
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert "address already in use" in refused.err
    assert not (tmp_path / "dev").exists()


def test_a_folder_with_other_things_in_it_is_never_emptied(start, tmp_path):
    (tmp_path / "letter").write_text("dear")
    refused = start(tmp_path, "--fresh").outcome()
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert (tmp_path / "letter").read_text() == "dear"


def test_a_service_that_refuses_ends_the_start_with_its_sentence(start, data):
    refused = start(data, "refuse").outcome()
    assert refused.code == 2
    assert refused.err.startswith("This setting is broken.\n")
