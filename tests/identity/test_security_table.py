"""The table of security requirements names tests that exist."""

import ast
import re

from tests.architecture.project import PROJECT

TABLE = (PROJECT / "docs/explanation/identity-security.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def names_in(path: str) -> set[str]:
    tree = ast.parse((PROJECT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_row_names_a_test_that_exists():
    rows = [line for line in TABLE.splitlines() if line.startswith("| ")]
    requirements = [line for line in rows if not line.startswith(("| ASVS", "| what"))]
    assert len(requirements) > 70
    assert [line for line in requirements if not NAMED.search(line)] == []
    assert [f"{path}::{name}" for path, name in NAMED.findall(TABLE) if name not in names_in(path)] == []


def test_every_chapter_is_there():
    for chapter in (
        "6.1",
        "6.2",
        "6.3",
        "6.4",
        "6.5",
        "6.6",
        "6.7",
        "6.8",
        "7.1",
        "7.2",
        "7.3",
        "7.4",
        "7.5",
        "7.6",
        "9.1",
        "9.2",
    ):
        assert re.search(rf"^\| {re.escape(chapter)}\.\d", TABLE, re.MULTILINE), chapter
