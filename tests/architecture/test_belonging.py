"""What belongs to whom: tables to domains, and everything that people meet to its reference page."""

import inspect
import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from coursecove.cli import reference
from coursecove.kit.durable import event_types
from coursecove.kit.errors import ProblemError
from coursecove.migrations import declared
from tests.architecture.project import PROJECT
from tests.security.statements.finding import every_statement

REFERENCE = PROJECT / "docs/reference"
WRITES = re.compile(r"\b(?:insert into|update|delete from) (?:public\.)?(\w+)")
NOT_TABLES = {"set", "skip"}  # `on conflict do update set`, `for update skip locked`


@pytest.fixture(scope="module", autouse=True)
def everything() -> None:
    reference.import_everything()


def owners() -> dict[str, str]:
    """Each table with the domain, or the kit, that declares it."""
    return {mapper.class_.__tablename__: _domain(mapper.class_.__module__) for mapper in declared.mappers()}


def _domain(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_every_table_belongs_to_one_domain_and_is_described() -> None:
    models = [mapper.class_ for mapper in declared.mappers()]
    assert len({model.__tablename__ for model in models}) == len(models)
    assert declared.METADATA.tables.keys() == owners().keys()
    assert [model.__name__ for model in models if not (model.__doc__ or "").strip().endswith(".")] == []
    domains = {
        f"coursecove.{path.parent.name}" for path in (PROJECT / "src/coursecove").glob("*/__init__.py")
    }
    assert set(owners().values()) <= domains


def test_a_domain_writes_its_own_tables_only() -> None:
    found = [
        f"{statement.place} writes {table}"
        for statement in every_statement()
        for table in set(WRITES.findall(statement.sql)) - NOT_TABLES
        if owners().get(table, "nobody") != _domain(statement.place)
    ]
    assert found == []


def test_every_table_is_in_the_reference() -> None:
    assert _missing("tables", [f"## {table}\n" for table in declared.METADATA.tables]) == []


def test_every_error_is_in_the_reference() -> None:
    family = {each for each in _below(ProblemError) if each.__module__.startswith("coursecove")}
    assert len(family) > 40
    assert _missing("errors", [f"`{each.__name__}`" for each in family]) == []
    assert [each.__name__ for each in family if not inspect.getdoc(each)] == []


def test_every_event_is_in_the_reference() -> None:
    events = {name for name, event in event_types().items() if event.__module__.startswith("coursecove.")}
    assert _missing("events", [f"`{name}`" for name in events]) == []


def test_every_setting_is_in_the_reference() -> None:
    settings = {
        field.validation_alias
        for group in _below(BaseSettings)
        if group.__module__.startswith("coursecove")
        for field in group.model_fields.values()
        if isinstance(field.validation_alias, str)
    }
    assert len(settings) > 20
    assert _missing("settings", [f"`{name}`" for name in settings]) == []


def test_settings_that_documents_name_exist() -> None:
    known = (REFERENCE / "settings.md").read_text()
    for document in (*(PROJECT / "docs").rglob("*.md"), *PROJECT.glob("*.md")):
        named = set(
            re.findall(r"`((?:COURSECOVE|CLERK|INNGEST|STRIPE|RESEND)_[A-Z_]+)`", document.read_text())
        )
        assert {name for name in named if f"`{name}`" not in known} <= TOOLS, document.name


TOOLS = {"COURSECOVE_CHROMIUM", "COURSECOVE_TEST_DATABASE_URL", "COURSECOVE_TEST_PGBOUNCER"}
"""What the tests read, and no part of the product."""


def _below(kind: type) -> set[type]:
    return {each for child in kind.__subclasses__() for each in (child, *_below(child))}


def _missing(page: str, wanted: list[str]) -> list[str]:
    text = Path(REFERENCE / f"{page}.md").read_text()
    return sorted(each.strip() for each in wanted if each not in text)
