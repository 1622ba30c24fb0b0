"""The project's own files, as the tests about them read them."""

import ast
from pathlib import Path

PROJECT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("src", "tests")
    for path in (PROJECT / folder).rglob("*.py")
    if "versions" not in path.parts and "__pycache__" not in path.parts
)
SHIPPED = [path for path in SOURCES if path.is_relative_to(PROJECT / "src")]


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))
