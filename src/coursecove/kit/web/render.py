"""Pages as HTML: one strict, autoescaping Jinja environment, compiled once."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from pathlib import Path
from typing import Any, cast

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound
from markupsafe import Markup, escape

from coursecove.kit.web import formats
from coursecove.kit.web.compiling import PageEnvironment, page_environment
from coursecove.kit.web.formats import Reader
from coursecove.kit.web.icons import Icons
from coursecove.kit.web.language import Wording
from coursecove.kit.web.shell import Shell

CSRF_FIELD = "csrf_token"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer for people: a template, its data, and the block that is enough for a fragment."""

    template: str
    data: object
    block: str | None = None
    status: int = 200
    toast: str | None = None
    undo: str | None = None


class Templates:
    """Every template of the product, addressed by domain: `accounts/people.html`, `ui/button.html`."""

    def __init__(
        self, folders: Mapping[str, Path], *, static: Path, icons: Path, reload: bool = False
    ) -> None:
        self._folders, self._reload = folders, reload
        self._icon, self._static = Icons(icons), Static(static, reload=reload)
        self._by_language: dict[NullTranslations, PageEnvironment] = {}

    @property
    def environment(self) -> PageEnvironment:
        """The templates as they stand, in no other language."""
        return self._in_language(formats.UNTRANSLATED)

    def _in_language(self, words: NullTranslations) -> PageEnvironment:
        """One environment for each catalogue of words, since its words become part of the code."""
        if words not in self._by_language:
            self._by_language[words] = self._made_for(words)
        return self._by_language[words]

    def _made_for(self, words: NullTranslations) -> PageEnvironment:
        environment = page_environment(_Folders(self._folders), reload=self._reload)
        spoken = Wording(words)
        settled: dict[str, Callable[..., str]] = {
            "_": spoken.gettext,
            "gettext": spoken.gettext,
            "pgettext": spoken.pgettext,
            "icon": self._icon,
        }
        environment.settled = settled if self._reload else settled | {"static": self._static}
        environment.html = frozenset({*settled, "ngettext", "npgettext", "csrf_field", "ui", "caller"})
        environment.filters.update(formats.FILTERS)
        environment.globals.update(formats.GLOBALS)
        environment.globals.update(
            settled,
            ngettext=spoken.ngettext,
            npgettext=spoken.npgettext,
            ui=Components(environment),
            static=self._static,
            csrf_field=_csrf_field,
        )
        return environment

    def render(self, page: Page, shell: Shell | None, *, nonce: str, reader: Reader | None = None) -> str:
        """The whole page, or its block; `reader` stands in where there is no shell."""
        known = reader or (shell.reader if shell else Reader())
        values = {
            "page": page.data,
            "shell": shell,
            "reader": known,
            "nonce": nonce,
            "toast": page.toast,
            "undo": page.undo,
        }
        token = formats.reading.set(known)
        try:
            environment = self._in_language(known.translations)
            template = environment.get_template(page.template)
            if page.block is None:
                return template.render(values)
            return _block(template, page.block, values) + _late_toast(environment, page)
        finally:
            formats.reading.reset(token)

    def compile_all(self) -> None:
        """Load everything now, so that no request waits for it and no mistake hides."""
        for name in self.environment.list_templates():
            self.environment.get_template(name)


class Components:
    """The macros of `kit/ui`, one per file: `ui.button` is the macro `button` in `ui/button.html`."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            module = self._environment.get_template(f"ui/{name}.html").module
        except TemplateNotFound as missing:
            raise AttributeError(name) from missing
        macro = cast("Callable[..., Markup]", getattr(module, name))
        setattr(self, name, macro)
        return macro


class Static:
    """Addresses of files that may be cached for ever, since a change changes the address."""

    def __init__(self, folder: Path, *, reload: bool = False) -> None:
        self._folder, self._reload = folder, reload
        self._known: dict[str, str] = {}
        self._seen: dict[str, tuple[int, int]] = {}

    def __call__(self, name: str) -> str:
        if name not in self._known or (self._reload and self._seen[name] != self._state(name)):
            self._seen[name] = self._state(name)
            digest = hashlib.sha256((self._folder / name).read_bytes()).hexdigest()[:10]
            self._known[name] = f"/static/{name}?v={digest}"
        return self._known[name]

    def _state(self, name: str) -> tuple[int, int]:
        found = os.stat(f"{self._folder}/{name}")  # noqa: PTH116 - once for each file of each page
        return found.st_mtime_ns, found.st_size


class _Folders(BaseLoader):
    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = dict(folders)

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        prefix, _, rest = template.partition("/")
        path = self._folders[prefix] / rest if prefix in self._folders else None
        if path is None or ".." in rest.split("/") or not path.is_file():
            raise TemplateNotFound(template)
        return path.read_text(), str(path), _Unchanged(path)

    def list_templates(self) -> list[str]:
        return sorted(
            f"{prefix}/{path.relative_to(folder).as_posix()}"
            for prefix, folder in self._folders.items()
            for path in folder.rglob("*.html")
        )


class _Unchanged:
    """Whether a file is what it was; asked anew after a while, since a page asks for many."""

    AGAIN = 0.5

    def __init__(self, path: Path) -> None:
        self._path, self._was = path, path.stat().st_mtime_ns
        self._until = time.monotonic() + self.AGAIN

    def __call__(self) -> bool:
        now = time.monotonic()
        if now < self._until:
            return True
        self._until = now + self.AGAIN
        return self._path.is_file() and self._path.stat().st_mtime_ns == self._was


def _block(template: Template, name: str, values: dict[str, object]) -> str:
    context = template.new_context(values)
    # The first step of the page runs its imports, which the block needs; the rest is never produced.
    next(template.root_render_func(context), None)
    return "".join(template.blocks[name](context))


def _late_toast(environment: PageEnvironment, page: Page) -> str:
    ui: Any = environment.globals["ui"]
    return str(ui.toast_swap(page.toast, undo=page.undo)) if page.toast else ""


def _csrf_field() -> Markup:
    """The hidden field every form that changes something carries."""
    token = formats.reading.get().csrf_token
    return Markup(f'<input type="hidden" name="{CSRF_FIELD}" value="{escape(token)}">')  # noqa: S704
