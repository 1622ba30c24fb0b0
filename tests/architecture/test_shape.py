"""Small files, small functions, plain names, and nothing that is put off."""

import ast
import re
from pathlib import Path

from tests.architecture.project import PROJECT, SHIPPED, SOURCES, name, parsed

LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 400, 40
SAYS_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "base",
    "misc",
    "manager",
    "managers",
    "service",
    "services",
}
CATCHES_EVERYTHING = {
    "src/coursecove/web/app.py": "the last edge: what nobody named becomes a page and a line in the log",
    "src/coursecove/kit/opentelemetry.py": "notes on the span that something went wrong, then raises it again",
    "src/coursecove/kit/postgres/cluster.py": "gives the lease back, then raises it again",
    "src/coursecove/kit/db/clients.py": "rolls back, then raises it again",
    "src/coursecove/cli/bench/stage.py": "ends what it started, then raises it again",
}
BESIDE_THE_SETTINGS = {
    "src/coursecove/cli/dev.py": "hands its options to the processes that it starts",
    "src/coursecove/cli/supervisor.py": "hands the environment on to the processes that it starts",
    "src/coursecove/cli/check.py": "hands the environment on to the checks",
    "src/coursecove/cli/oracles.py": "hands the environment on to npm",
    "src/coursecove/cli/browser.py": "which browser the tests drive; no setting of the product",
    "src/coursecove/cli/bench/floor.py": "hands the environment on to pgbench",
    "src/coursecove/cli/bench/stage.py": "hands the environment on to the measured site",
    "src/coursecove/cli/chaos/stack.py": "hands the environment on, without our settings, to what it starts",
    "src/coursecove/cli/bench/starting.py": "hands the environment on to the measured start",
    "src/coursecove/kit/postgres/binaries.py": "PGBIN, and the environment of PostgreSQL's programs",
}
PUT_OFF = re.compile(
    r"\b(TODO|FIXME|XXX|NotImplementedError)\b|pytest\.(skip|xfail|mark\.(skip|skipif|xfail))\b"
)


def test_files_are_short() -> None:
    written = [
        *SOURCES,
        *filter(Path.is_file, (PROJECT / "bin").glob("*")),
        *_own("html"),
        *_own("css"),
        *_own("js"),
    ]
    long = {name(path): len(path.read_text().splitlines()) for path in written if path.suffix != ".lock"}
    assert {path: lines for path, lines in long.items() if lines > LINES_OF_A_FILE} == {}


def _own(suffix: str) -> list[Path]:
    """What we wrote: neither others' packages nor what is built from ours."""
    return [
        path
        for path in (PROJECT / "src").rglob(f"*.{suffix}")
        if not {"vendor", "basecoat", "static"} & set(path.parts)
    ]


def test_functions_are_short() -> None:
    found = {
        f"{name(path)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {place: lines for place, lines in found.items() if lines > LINES_OF_A_FUNCTION} == {}


def test_packages_and_modules_say_what_they_are_in_one_sentence() -> None:
    for path in SHIPPED:
        said = ast.get_docstring(parsed(path)) or ""
        first = said.split("\n\n")[0]
        assert first.endswith((".", "?")), name(path)
        if path.name == "__init__.py":
            assert said == first, name(path)


def test_names_say_something() -> None:
    assert [
        name(path) for path in SHIPPED if path.stem in SAYS_NOTHING or path.parent.name in SAYS_NOTHING
    ] == []


def test_everything_is_caught_in_few_places() -> None:
    found = {
        name(path)
        for path in SHIPPED
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    }
    assert found == CATCHES_EVERYTHING.keys()


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or ast.unparse(each) in ("Exception", "BaseException") for each in caught)


def test_the_environment_is_read_in_few_places() -> None:
    found = {name(path) for path in SHIPPED if re.search(r"\bos\.(environ|getenv)\b", path.read_text())}
    assert found - {"src/coursecove/settings/__init__.py"} == BESIDE_THE_SETTINGS.keys()


def test_nothing_is_put_off() -> None:
    here = Path(__file__)
    assert [name(path) for path in SOURCES if path != here and PUT_OFF.search(path.read_text())] == []
