"""What the source says, without running it: what a name stands for and of which type an expression is."""

import ast
import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Mapped

import coursecove
import coursecove_identity

UNKNOWN = object()
"""A type that the source does not tell."""

Function: typing.TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of ours, as text and as what importing it gives."""

    name: str
    tree: ast.Module
    namespace: dict[str, object]


def modules(excluded: tuple[str, ...]) -> Iterator[Module]:
    for package in (coursecove, coursecove_identity):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if f"{found.name}.".startswith(excluded) or found.name.endswith("__main__"):
                continue
            yield module(importlib.import_module(found.name))


def module(loaded: types.ModuleType) -> Module:
    return Module(loaded.__name__, ast.parse(Path(loaded.__file__ or "").read_text()), vars(loaded))


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: in these functions, the innermost last."""

    module: Module
    functions: tuple[Function, ...]
    owner: ast.ClassDef | None = None

    def evaluated(self, node: ast.expr) -> object:
        """What a constant, a module's name or an attribute of one stands for; UNKNOWN where it is computed."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            local = any(node.id in _bound(function) for function in self.functions)
            return UNKNOWN if local else self.module.namespace.get(node.id, UNKNOWN)
        if isinstance(node, ast.Attribute):
            owner = self.evaluated(node.value)
            return UNKNOWN if owner is UNKNOWN else getattr(owner, node.attr, UNKNOWN)
        return UNKNOWN

    def assigned(self, name: str) -> list[ast.expr]:
        """What a local name was set to, in plain assignments."""
        return [
            node.value
            for function in self.functions
            for node in ast.walk(function)
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and target.id == name
        ]

    def parameter(self, name: str) -> ast.expr | None:
        """The annotation of a parameter, the innermost function's first."""
        for function in reversed(self.functions):
            for each in _parameters(function):
                if each.arg == name:
                    return each.annotation
        return None

    def field(self, name: str) -> ast.expr | None:
        """The annotation of `self.name`: a field of the class, or a parameter that its constructor keeps."""
        if self.owner is None:
            return None
        for node in self.owner.body:
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and node.target.id == name
            ):
                return node.annotation
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                kept = Scope(self.module, (node,))._kept(name)
                if kept is not None:
                    return kept
        return None

    def _kept(self, name: str) -> ast.expr | None:
        for node in ast.walk(self.functions[0]):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
                target = node.targets[0]
                if isinstance(target, ast.Attribute) and target.attr == name:
                    return self.parameter(node.value.id)
        return None

    def type_of(self, node: ast.expr) -> object:  # noqa: PLR0911 - one line for each kind of expression
        """The type of an expression as far as annotations tell; UNKNOWN otherwise."""
        known = self.evaluated(node)
        match node:
            case _ if known is not UNKNOWN:
                return UNKNOWN if isinstance(known, type | types.ModuleType) else type(known)
            case ast.Name(id=name):
                return self._annotated(self.parameter(name)) or self._agreed(self.assigned(name))
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return self._annotated(self.field(name)) or UNKNOWN
            case ast.Attribute(value=owner, attr=name):
                return _attribute_type(self.type_of(owner), name)
            case ast.Call(func=called):
                return _returned(self.evaluated(called))
            case ast.IfExp(body=one, orelse=other):
                return self._agreed([one, other])
            case ast.BinOp(left=inner) | ast.Await(value=inner):
                return self.type_of(inner)
        return UNKNOWN

    def _agreed(self, nodes: list[ast.expr]) -> object:
        found = {self.type_of(node) for node in nodes}
        return found.pop() if len(found) == 1 else UNKNOWN

    def _annotated(self, annotation: ast.expr | None) -> object:
        return None if annotation is None else self.annotated(annotation)

    def annotated(self, annotation: ast.expr) -> object:
        text = annotation.value if isinstance(annotation, ast.Constant) else ast.unparse(annotation)
        try:
            return eval(str(text), dict(self.module.namespace))  # noqa: S307 - an annotation of ours
        except (NameError, TypeError, AttributeError):
            return UNKNOWN


def scopes(module: Module) -> Iterator[tuple[Scope, ast.expr]]:
    """Every call in the module's functions, with its scope."""

    def walk(node: ast.AST, scope: Scope) -> Iterator[tuple[Scope, ast.expr]]:
        for child in ast.iter_child_nodes(node):
            inner = scope
            if isinstance(child, Function):
                inner = Scope(module, (*scope.functions, child), scope.owner)
            elif isinstance(child, ast.ClassDef):
                inner = Scope(module, (), child)
            if isinstance(child, ast.Call):
                yield inner, child
            yield from walk(child, inner)

    yield from walk(module.tree, Scope(module, ()))


def _parameters(function: Function) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _bound(function: Function) -> set[str]:
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return stored | {each.arg for each in _parameters(function)}


def _attribute_type(owner: object, name: str) -> object:
    if not isinstance(owner, type):
        return UNKNOWN
    found = getattr(owner, name, None)
    if isinstance(found, property) and found.fget is not None:
        return _returned(found.fget)
    try:
        return _unmapped(typing.get_type_hints(owner).get(name, UNKNOWN))
    except (NameError, TypeError):
        return UNKNOWN


def _unmapped(annotation: object) -> object:
    """What a model's column holds: `Mapped[UUID]` is a UUID once it is read."""
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is Mapped else annotation


def _returned(called: object) -> object:
    if isinstance(called, type):
        return called
    if not isinstance(called, types.FunctionType):
        return UNKNOWN
    try:
        return typing.get_type_hints(called).get("return", UNKNOWN)
    except (NameError, TypeError):
        return UNKNOWN
