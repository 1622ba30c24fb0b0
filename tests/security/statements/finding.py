"""Where statements stand in the source, as whom they run, what they are given and what their rows become."""

import ast
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from coursecove.schools.exporting import sources
from tests.security.statements.source import UNKNOWN, Module, Scope, modules, scopes

SQL = re.compile(r"\s*(select|with \w+ as|insert into|update \w|delete from|values \()", re.IGNORECASE)
CALLS = frozenset(
    {"fetch", "first", "one", "value", "fetch_once", "fetchrow", "fetchval", "execute", "cursor"}
)
WITH_ROW = frozenset({"fetch", "first", "one", "fetch_once"})
ADMINISTRATORS = (
    "coursecove.cli.",
    "coursecove.migrations.",
    "coursecove.kit.db.catalogue.",
    "coursecove.kit.db.provision.",
    "coursecove_identity.schema.",
)
"""Modules whose SQL runs as the administrator, by hand or before anybody is served."""

MEMBER, LOGIN, SERVICE, IDENTITY = "member", "login", "service", "identity"
PROVIDER = re.compile(r"coursecove_identity\b")
PROVIDERS_CALLS = frozenset({"one", "made", "many"})
"""The provider's own functions that read rows: the connection, the row's type, the statement, its arguments."""

SERVICE_MODULES = re.compile(
    r"coursecove\.(backoffice|notifications|kit\.durable|accounts\.sync|demo)\b|\.(functions(\.\w+)?|webhooks|audit_check|health)$"
)
"""Where a plain `ReadDb` or a driver's connection is the service client's."""

BY_ANNOTATION = {"ServiceDb": SERVICE, "UserDb": MEMBER}
BY_OPENING = {
    "read": MEMBER,
    "write": MEMBER,
    "anonymous": LOGIN,
    "service": SERVICE,
    "service_read": SERVICE,
}


@dataclass(frozen=True)
class Statement:
    """One text of SQL as one client runs it."""

    place: str
    sql: str
    client: str
    row: type | None = None
    through_json: bool = False
    arguments: tuple[object, ...] | None = None


def every_statement() -> list[Statement]:
    found = [statement for module in modules(ADMINISTRATORS) for statement in statements_of(module)]
    run = {statement.sql for statement in found}
    for module in modules(ADMINISTRATORS):
        found += [each for each in _constants(module) if each.sql not in run]
    found += [Statement(f"coursecove.schools.exporting.{each.name}", each.sql, SERVICE) for each in sources()]
    return sorted(set(found), key=lambda each: (each.place, each.client, str(each.row)))


def statements_of(module: Module) -> Iterator[Statement]:
    """The statements that the module's functions run."""
    for scope, call in scopes(module):
        if PROVIDER.match(module.name):
            yield from _providers(scope, call)
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if call.func.attr not in CALLS or not call.args:
            continue
        row, place, rest = None, call.args[0], call.args[1:]
        named = scope.evaluated(call.args[0])
        if call.func.attr in WITH_ROW and len(call.args) > 1 and is_dataclass(named):
            row, place, rest = typing.cast("type", named), call.args[1], call.args[2:]
        client = LOGIN if call.func.attr == "fetch_once" else _client(scope, call.func.value)
        first = (str, str, int) if call.func.attr == "fetch_once" else ()
        rest = rest[1:] if call.func.attr == "fetch_once" else rest
        arguments = _arguments(scope, rest)
        given = None if arguments is None else (*first, *arguments)
        for name, text in _texts(scope, place):
            yield Statement(f"{module.name}.{name}", text, client, row, arguments=given)


def _providers(scope: Scope, call: ast.AST) -> Iterator[Statement]:
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return
    if call.func.id not in PROVIDERS_CALLS or len(call.args) < 3:
        return
    row = scope.evaluated(call.args[1])
    for name, text in _texts(scope, call.args[2]):
        yield Statement(
            f"{scope.module.name}.{name}",
            text,
            IDENTITY,
            typing.cast("type", row) if is_dataclass(row) else None,
            arguments=_arguments(scope, call.args[3:]),
        )


def uncovered_texts(found: list[Statement]) -> list[str]:
    """Texts in the source that begin like a statement and are no part of one that was found."""
    whole = "\n".join(_plain(statement.sql) for statement in found)
    return [
        f"{module.name}:{node.lineno}: {node.value.strip()[:60]}"
        for module in modules(ADMINISTRATORS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if SQL.match(node.value) and _plain(node.value) not in whole
    ]


def _constants(module: Module) -> Iterator[Statement]:
    """Texts that no call names: parts of functions, and what is handed on before it is run."""
    for name, value in module.namespace.items():
        texts = value if isinstance(value, tuple) else (value,)
        for text in texts:
            if isinstance(text, str) and SQL.match(text) and _is_defined_here(module, name):
                yield Statement(f"{module.name}.{name}", text, _default(module), through_json=True)


def _is_defined_here(module: Module, name: str) -> bool:
    targets = [
        target
        for node in module.tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _texts(scope: Scope, node: ast.expr) -> Iterator[tuple[str, str]]:
    """Each text that the expression may be, by the name it has in the source."""
    value = scope.evaluated(node)
    if isinstance(value, str) and SQL.match(value):
        yield (f"{node.lineno}" if isinstance(node, ast.Constant) else ast.unparse(node)), value
    elif isinstance(node, ast.IfExp):
        yield from _texts(scope, node.body)
        yield from _texts(scope, node.orelse)
    elif isinstance(node, ast.Name) and value is UNKNOWN:
        for assigned in scope.assigned(node.id):
            yield from _texts(scope, assigned)


def _arguments(scope: Scope, nodes: list[ast.expr]) -> tuple[object, ...] | None:
    """The types of what is handed over; None where not even their number is known."""
    found: list[object] = []
    for node in nodes:
        if not isinstance(node, ast.Starred):
            found.append(scope.type_of(node))
            continue
        given = scope.type_of(node.value)
        parts = typing.get_args(given)
        if typing.get_origin(given) is not tuple or not parts or Ellipsis in parts:
            return None
        found += parts
    return tuple(found)


def _client(scope: Scope, node: ast.expr) -> str:
    """As whom a call runs, by the annotation of its database or by how that was opened."""
    if PROVIDER.match(scope.module.name):
        return IDENTITY
    while isinstance(node, ast.Await | ast.Call) or (
        isinstance(node, ast.Attribute) and node.attr == "connection"
    ):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        opened = _opening(scope, node.id)
        if opened is not None:
            return opened
        annotation = scope.parameter(node.id)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        annotation = scope.field(node.attr)
    else:
        annotation = None
    said = ast.unparse(annotation) if annotation is not None else ""
    return next((client for name, client in BY_ANNOTATION.items() if name in said), _default(scope.module))


def _opening(scope: Scope, name: str) -> str | None:
    for function in scope.functions:
        for node in ast.walk(function):
            if not isinstance(node, ast.AsyncWith):
                continue
            for item in node.items:
                if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name:
                    call = item.context_expr
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                        return BY_OPENING.get(call.func.attr)
    return None


def _default(module: Module) -> str:
    if PROVIDER.match(module.name):
        return IDENTITY
    return SERVICE if SERVICE_MODULES.search(module.name) else MEMBER


def _plain(text: str) -> str:
    return " ".join(text.split())


def row_with(columns: tuple[str, ...], namespace: dict[str, object]) -> type | None:
    """The dataclass of a module that has exactly these fields."""
    known = (each for each in namespace.values() if isinstance(each, type) and is_dataclass(each))
    return next((each for each in known if tuple(field.name for field in fields(each)) == columns), None)
