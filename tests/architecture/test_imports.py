"""Each import contract forbids what it says: a violation is planted in a copy, and the linter names the contract."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.project import PROJECT

pytestmark = pytest.mark.xdist_group("import contracts")
CONTRACTS = [
    each["name"]
    for each in tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]
VIOLATIONS = {
    "Calls go down": ("coursecove/kit/clock.py", "import coursecove.accounts.roles"),
    "Edges use actions, actions use queries, all stand on models": (
        "coursecove/accounts/queries.py",
        "import coursecove.accounts.actions",
    ),
    "Edges are private to the shell": (
        "coursecove/analytics/queries.py",
        "import coursecove.accounts.pages",
    ),
    "The embedded identity provider knows nothing of the product": (
        "coursecove_identity/ids.py",
        "import coursecove.kit.ids",
    ),
    "Only composition knows the embedded identity provider": (
        "coursecove/accounts/actions.py",
        "import coursecove_identity.ids",
    ),
    "Providers' own libraries stay behind their ports": (
        "coursecove/accounts/functions.py",
        "import inngest",
    ),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of a copy in which every contract is broken."""
    copy = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__", "static", "templates", "assets", "versions")
    shutil.copytree(PROJECT / "src", copy / "src", ignore=ignored)
    shutil.copy(PROJECT / "pyproject.toml", copy)
    for place, line in VIOLATIONS.values():
        with (copy / "src" / place).open("a") as source:
            source.write(f"\n{line}\n")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return dict(re.findall(r"^(.+?) (KEPT|BROKEN)", done.stdout, re.MULTILINE))


def test_every_contract_has_its_violation() -> None:
    assert VIOLATIONS.keys() == set(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_contract_bites(verdicts: dict[str, str], contract: str) -> None:
    assert verdicts[contract] == "BROKEN"
