"""How templates become Python: Jinja's own compiler, with what is known beforehand settled beforehand.

The language stays Jinja's. What differs is in the code that comes out: words of the page's language, icons and
addresses are written in where the template names them; components are called as functions; names that mean the
same on every page are looked up once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.idtracking import VAR_LOAD_RESOLVE
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

_special = re.compile("[&<>'\"]").search


def text(value: object) -> str:
    """A value as it may stand in HTML; the commonest kinds first."""
    kind = type(value)
    if kind is str:
        return escape(value) if _special(value) else value  # type: ignore[call-overload,return-value] # it is one
    if kind is Markup or kind is int:
        return str(value) if kind is int else value  # type: ignore[return-value] # it is one
    return escape(value)


def safe(html: str, _new: Callable[[type[Markup], str], Markup] = str.__new__) -> Markup:
    """Finished HTML as such; `Markup()` would ask it whether it is HTML already."""
    return _new(Markup, html)


class PageEnvironment(Environment):
    """Templates in one language: its words become part of the code.

    `settled` names the functions whose answer is already known while a template is compiled, where their
    arguments are written in the template.
    """

    settled: Mapping[str, Callable[..., str]] = MappingProxyType({})
    html: frozenset[str] = frozenset()
    """Functions that answer finished HTML, and objects whose methods do."""

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        settled = _Settle(self.settled).visit(source)
        return super()._generate(settled, name, filename, defer_init)


def page_environment(loader: BaseLoader, *, reload: bool) -> PageEnvironment:
    """Strict and escaping; `reload` looks whether a template changed before it is used."""
    environment = PageEnvironment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        cache_size=-1,
    )
    environment.code_generator_class = PageCode
    return environment


class _Settle(NodeTransformer):
    """Replaces `_("Save")` and `icon("x")` by what they say."""

    def __init__(self, settled: Mapping[str, Callable[..., str]]) -> None:
        self._settled = settled

    def visit_Call(self, node: nodes.Call, *_: object, **__: object) -> nodes.Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if name not in self._settled or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        if not all(isinstance(each, nodes.Const) for each in node.args):
            return node
        found = self._settled[name](*(each.as_const() for each in node.args))
        if isinstance(found, Markup):
            return nodes.TemplateData(str(found), lineno=node.lineno)
        return nodes.Const(found, lineno=node.lineno)


class PageCode(CodeGenerator):
    """Writes the Python module of one template."""

    environment: PageEnvironment

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._constants: dict[str, str] = {}
        self._shared: set[str] = set()
        self._own: set[str] = set()
        self._components: set[str] = set()

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        values, self._components = set(_values_named_in(node)), set(_components_named_in(node))
        self._own = values | self._components
        self._components -= values
        self.writeline("from coursecove.kit.web.compiling import safe, text")
        super().visit_Template(node, frame)
        self.writeline("attribute = environment.getattr")
        self.writeline('no_caller = environment.undefined("No caller defined", name="caller")')
        for name in sorted(self._shared):
            self.writeline(f"shared_{name} = environment.globals[{name!r}]")
        for value, name in self._constants.items():
            self.writeline(f"{name} = {value}")

    def enter_frame(self, frame: Frame) -> None:
        """Shared names are read where they are used, so that nothing is looked up in vain."""
        loads = frame.symbols.loads
        frame.symbols.loads = {target: load for target, load in loads.items() if not self._is_shared(load)}
        super().enter_frame(frame)
        frame.symbols.loads = loads

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:  # noqa: N802
        load = frame.symbols.find_load(frame.symbols.ref(node.name)) if node.ctx == "load" else None
        if load is not None and self._is_shared(load):
            self._shared.add(node.name)
            self.write(f"shared_{node.name}")
        else:
            super().visit_Name(node, frame)

    def _is_shared(self, load: tuple[str, str | None]) -> bool:
        action, name = load
        return action == VAR_LOAD_RESOLVE and name not in self._own and name in self.environment.globals

    def visit_TemplateData(self, node: nodes.TemplateData, frame: Frame) -> None:  # noqa: N802
        self.write(self._named(Markup(node.data)))  # noqa: S704 - the template's own text

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:  # noqa: N802
        if isinstance(node.value, Markup | tuple | list | dict):
            self.write(self._named(node.value))
        else:
            super().visit_Const(node, frame)

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802
        try:
            self.write(self._named(node.as_const(frame.eval_ctx)))
        except nodes.Impossible:
            super().visit_List(node, frame)

    def _named(self, value: object) -> str:
        """What never changes is made once, with the module, and used by its name."""
        return self._constants.setdefault(repr(value), f"constant_{len(self._constants)}")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("(" if self._is_html(node) else "text(")

    def _is_html(self, node: nodes.Node | None) -> bool:
        """Whether what the expression answers needs no escaping, whatever its values are."""
        if isinstance(node, nodes.Const):
            return isinstance(node.value, str) and not _special(node.value)
        if isinstance(node, nodes.CondExpr):
            return self._is_html(node.expr1) and self._is_html(node.expr2)
        if not isinstance(node, nodes.Call):
            return isinstance(node, nodes.TemplateData)
        source = node.node.node if isinstance(node.node, nodes.Getattr) else node.node
        name = source.name if isinstance(source, nodes.Name) else None
        return name in self._components or (name not in self._own and name in self.environment.html)

    def visit_Block(self, node: nodes.Block, frame: Frame) -> None:  # noqa: N802
        """A block inside a page is joined by itself: what it yields need not climb through every frame."""
        if node.scoped or node.required or (frame.toplevel and self.extends_so_far):
            super().visit_Block(node, frame)
            return
        self.newline(node)
        self.write(f"{frame.buffer}.append(" if frame.buffer else "yield (")
        self.write(f"concat(context.blocks[{node.name!r}][0]({self.get_context_ref()})))")

    def _import_common(self, node: nodes.Import | nodes.FromImport, frame: Frame) -> None:
        if node.with_context:
            super()._import_common(node, frame)
            return
        self.write("environment.get_template(")
        self.visit(node.template, frame)
        self.write(").module")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        self.write("attribute(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r})")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802
        """Called as in Python: no function of ours asks for the context."""
        if node.dyn_args or node.dyn_kwargs or any(iskeyword(each.key) for each in node.kwargs):
            super().visit_Call(node, frame, forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for each in (*node.args, *node.kwargs):
            self.visit(each, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """A component is a function whose parameters have the names that its callers use."""
        names = [each.name for each in macro_ref.node.args]
        if macro_ref.accesses_kwargs or macro_ref.accesses_varargs or "caller" in names:
            super().macro_def(macro_ref, frame)
            return
        caller = ["caller"] if macro_ref.accesses_caller else []
        parameters = [f"{name}=missing" for name in names] + ["*", *(f"{name}=no_{name}" for name in caller)]
        call = f"safe(macro({', '.join(names + caller)}))"
        self.write(f"lambda {', '.join(parameters)}, macro=macro: {call}")


def _values_named_in(template: nodes.Template) -> Iterator[str]:
    """Names to which the template gives a value, anywhere in it."""
    yield from (node.name for node in template.find_all(nodes.Name) if node.ctx != "load")
    yield from (node.target for node in template.find_all(nodes.Import))


def _components_named_in(template: nodes.Template) -> Iterator[str]:
    """Names of its macros and of those it imports."""
    yield from (node.name for node in template.find_all(nodes.Macro))
    for node in template.find_all(nodes.FromImport):
        yield from (each[1] if isinstance(each, tuple) else each for each in node.names)
