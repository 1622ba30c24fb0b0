"""What is told is true: reference pages, links, decisions, and the files for a production-like start."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from coursecove.cli import reference

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [*PROJECT.glob("*.md"), *sorted((PROJECT / "docs").rglob("*.md"))]
SETTINGS = (PROJECT / "docs/reference/settings.md").read_text()


def test_reference_pages_say_what_the_code_says() -> None:
    assert [path.name for path in reference.stale()] == [], "run `coursecove docs`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", document.read_text())
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert missing == []


def test_every_decision_is_listed() -> None:
    folder = PROJECT / "docs/decisions"
    listed = (folder / "README.md").read_text()
    unlisted = [path.name for path in folder.glob("0*.md") if path.name not in listed]
    assert unlisted == []


def test_the_composed_start_uses_settings_that_exist() -> None:
    compose: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
    web = compose["services"]["web"]["environment"]
    assert [name for name in web if f"`{name}`" not in SETTINGS] == []
    assert compose["services"]["web"]["read_only"] is True
    assert compose["services"]["migrate"]["restart"] == "no"


def test_the_image_runs_as_nobody_special_from_the_lock_file() -> None:
    lines = (PROJECT / "Containerfile").read_text()
    assert re.search(r"^USER coursecove$", lines, re.MULTILINE)
    assert "--require-hashes" in lines
    assert re.search(r"^HEALTHCHECK ", lines, re.MULTILINE)
    variables = re.findall(r"\b(COURSECOVE_[A-Z_]+)=", lines)
    assert [name for name in variables if f"`{name}`" not in SETTINGS] == []
