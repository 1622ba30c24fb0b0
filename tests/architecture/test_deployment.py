"""The files for a production-like start, looked at without a builder: what can be wrong with them by themselves."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from coursecove.kit.db.provision import OLDEST
from tests.architecture.containerfile import KNOWN, Instruction, ignored, instructions
from tests.architecture.project import PROJECT

BUILD = instructions(PROJECT / "Containerfile")
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVICE_KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "ports", "read_only",
    "restart", "security_opt", "tmpfs", "volumes",
}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
TOOLS = Path(sys.executable).parent


def of(word: str) -> list[Instruction]:
    return [each for each in BUILD if each.word == word]


def test_every_instruction_is_one() -> None:
    assert {each.word for each in BUILD} <= KNOWN
    assert BUILD[0].word == "FROM"


def test_stages_stand_on_a_release_that_is_named() -> None:
    wanted = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["requires-python"]
    for each in of("FROM"):
        version = re.match(r"python:(\d+)\.(\d+)-slim-\w+\b", each.text)
        assert version, each.text
        assert (int(version[1]), int(version[2])) >= tuple(map(int, wanted.removeprefix(">=").split(".")))
    assert len({each.text.partition(" ")[0] for each in of("FROM")}) == 1


def test_what_is_copied_exists() -> None:
    stages = {each.text.partition(" AS ")[2] for each in of("FROM")} - {""}
    for each in of("COPY"):
        *options, what, _ = each.text.split()
        source = [option.removeprefix("--from=") for option in options if option.startswith("--from=")]
        if source:
            assert source[0] in stages
        else:
            assert (PROJECT / what).exists(), what
            assert not ignored(PROJECT, what), what


def test_commands_are_shell_that_can_be_read_and_lists_that_are_json() -> None:
    for each in of("RUN"):
        done = subprocess.run(["sh", "-n", "-c", each.text], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "sudo" not in each.text
    for word in ("CMD", "ENTRYPOINT", "VOLUME"):
        for each in of(word):
            assert all(isinstance(part, str) for part in json.loads(each.text))
    (healthcheck,) = of("HEALTHCHECK")
    json.loads(healthcheck.text.partition("CMD ")[2])


def test_the_health_check_is_a_program_that_can_be_compiled() -> None:
    program = json.loads(of("HEALTHCHECK")[0].text.partition("CMD ")[2])
    assert program[:2] == ["python", "-c"]
    compile(program[2], "HEALTHCHECK", "exec")


def test_it_runs_as_somebody_who_owns_nothing_but_the_data() -> None:
    last = [each for each in BUILD if each.stage == BUILD[-1].stage]
    (user,) = [each.text for each in last if each.word == "USER"]
    position = next(number for number, each in enumerate(last) if each.word == "USER")
    assert user not in ("root", "0")
    assert not [each for each in last[position:] if each.word in ("RUN", "COPY")]
    assert any(f"useradd --system --uid 10001 --gid {user}" in each.text for each in last)


def test_services_use_known_words_and_each_other() -> None:
    for name, service in SERVICES.items():
        assert service.keys() <= SERVICE_KEYS, name
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] in CONDITIONS
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]
            assert how["condition"] != "service_completed_successfully" or SERVICES[other]["restart"] == "no"


def test_services_of_ours_are_built_here_and_may_do_little() -> None:
    ours = {name: service for name, service in SERVICES.items() if "build" in service}
    assert ours.keys() == {"migrate", "web", "worker"}
    for service in ours.values():
        assert (PROJECT / service["build"]["context"] / service["build"]["dockerfile"]).exists()
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
    commands = (PROJECT / "docs/reference/commands.md").read_text()
    assert [name for name in ours if f"## coursecove {name}\n" not in commands] == []


def test_volumes_are_declared_and_nothing_listens_to_the_world() -> None:
    named = {
        volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())
    }
    assert named == COMPOSE["volumes"].keys()
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_database_is_one_that_we_accept() -> None:
    image = re.fullmatch(r"postgres:(\d+)-\w+", SERVICES["database"]["image"])
    assert image
    assert int(image[1]) in OLDEST


def test_no_secret_has_a_default() -> None:
    for name, value in _variables():
        if re.search(r"SECRET|PASSWORD|KEY", name):
            assert re.search(r"\$\{\w+(:\?[^}]+|:-)\}", value), f"{name}={value}"


def _variables() -> Iterator[tuple[str, str]]:
    for service in SERVICES.values():
        yield from service.get("environment", {}).items()


@pytest.mark.parametrize("script", ["bin/dev", "bin/test", "bin/lock", "bin/_environment", ".ci/run"])
def test_shell_scripts_can_be_read(script: str) -> None:
    done = subprocess.run(["sh", "-n", PROJECT / script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_hooks_are_valid_and_run_programs_that_are_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [TOOLS / "pre-commit", "validate-config", PROJECT / ".pre-commit-config.yaml"],
        env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    config = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())
    for hook in (hook for repo in config["repos"] for hook in repo["hooks"]):
        program = next(word for word in hook["entry"].split() if word.startswith(".venv/"))
        assert (PROJECT / program).exists(), hook["id"]
