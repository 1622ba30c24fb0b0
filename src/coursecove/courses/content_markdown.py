"""Markdown as lessons are written in: CommonMark with tables, notes, tasks, callouts, formulas and players.

HTML that somebody writes is text here; every tag is made by the rules of this file.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, image, link
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from coursecove.courses.content_embeds import SANDBOX, embed_of
from coursecove.courses.content_files import file_html
from coursecove.courses.content_formulas import MOST_CHARACTERS, formula

MOST_EMBEDS: Final = 20
MOST_BRACKETS: Final = 4_000
"""How many opening brackets are tried as links; each may mean a look through all that follows."""

_CALLOUT: Final = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)", re.IGNORECASE)
_TASK: Final = re.compile(r"\[([ xX])\][ \t]+")
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9+#-]{1,20}")
_ALIGNED: Final = {
    "text-align:left": "text-start",
    "text-align:center": "text-center",
    "text-align:right": "text-end",
}

Env = dict[str, Any]
Tokens = Sequence[Token]


@dataclass(frozen=True, slots=True)
class Spoken:
    """The few words that are added to a text, in the reader's language."""

    callouts: tuple[tuple[str, str], ...]
    done: str
    open: str
    formula: str
    table: str
    video: str
    sound: str


def html_of(text: str, words: Spoken) -> str:
    """HTML that only the rules here have made."""
    env: Env = {"words": words, "embeds": 0, "formulas": 0, "brackets": 0}
    return str(_parser().render(text.replace("\r\n", "\n"), env))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False, "maxNesting": 20})
    parser.enable(["table", "strikethrough"])
    footnote_plugin(parser, inline=False)
    dollarmath_plugin(
        parser, allow_labels=False, allow_space=False, allow_digits=False, allow_blank_lines=False
    )
    parser.inline.ruler.at("link", _bounded(link))
    parser.inline.ruler.at("image", _bounded(image))
    for name, rule in _CORE.items():
        parser.core.ruler.push(name, rule)
    for name, rendered in _RENDERED.items():
        parser.add_render_rule(name, rendered)
    return parser


def _bounded(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    def tried(state: StateInline, silent: bool) -> bool:
        if state.src[state.pos] not in "[!":
            return False
        state.env["brackets"] += 1
        return state.env["brackets"] <= MOST_BRACKETS and rule(state, silent)

    return tried


def _lower_headings(state: StateCore) -> None:
    """The page itself has the first heading; a text begins at the second."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"


def _find_callouts(state: StateCore) -> None:
    """A quotation that starts with `[!NOTE]` is a callout."""
    tokens, named = state.tokens, dict(state.env["words"].callouts)
    for place, token in enumerate(tokens[:-2]):
        inline = tokens[place + 2]
        if token.type != "blockquote_open" or inline.type != "inline":
            continue
        found = _CALLOUT.match(inline.content)
        if found is None:
            continue
        kind = found[1].lower()
        token.type, token.tag, token.meta = "callout_open", "aside", {"kind": kind, "title": named[kind]}
        _end_of(tokens, place).type = "callout_close"
        children = inline.children or []
        rest = 2 if len(children) > 1 and children[1].type in ("softbreak", "hardbreak") else 1
        inline.children = children[rest:]
        if not inline.children:
            tokens[place + 1].hidden = tokens[place + 3].hidden = True


def _end_of(tokens: Sequence[Token], place: int) -> Token:
    level = tokens[place].level
    while tokens[place].type != "blockquote_close" or tokens[place].level != level:
        place += 1
    return tokens[place]


def _find_tasks(state: StateCore) -> None:
    """`[ ]` and `[x]` at the start of a list item are boxes, to be seen and not to be ticked."""
    words: Spoken = state.env["words"]
    for place, token in enumerate(state.tokens[2:], start=2):
        if token.type != "inline" or state.tokens[place - 2].type != "list_item_open" or not token.children:
            continue
        first = token.children[0]
        found = _TASK.match(first.content) if first.type == "text" else None
        if found is None:
            continue
        first.content = first.content[found.end() :]
        done = found[1] != " "
        box = Token("task_box", "span", 0, meta={"word": words.done if done else words.open, "done": done})
        token.children.insert(0, box)
        state.tokens[place - 2].attrSet("class", "task")


def _find_embeds(state: StateCore) -> None:
    """An address of a known player that stands alone in a paragraph becomes the player."""
    tokens = state.tokens
    for place, token in enumerate(tokens[1:], start=1):
        if token.type != "inline" or tokens[place - 1].type != "paragraph_open" or token.level != 1:
            continue
        embed = embed_of(token.content.strip().removeprefix("<").removesuffix(">"))
        if embed is None or state.env["embeds"] >= MOST_EMBEDS:
            continue
        state.env["embeds"] += 1
        number = state.env["embeds"]
        words: Spoken = state.env["words"]
        title = (words.video if embed.moving else words.sound) % {"number": number, "site": embed.site}
        tokens[place - 1].hidden = tokens[place + 1].hidden = True
        token.children = [Token("embed", "iframe", 0, meta={"embed": embed, "title": title})]


def _callout_open(_self: object, tokens: Tokens, place: int, _options: object, _env: Env) -> str:
    meta = tokens[place].meta
    return f'<aside class="callout {meta["kind"]}"><p class="callout-title">{escapeHtml(meta["title"])}</p>\n'


def _callout_close(_self: object, _tokens: Tokens, _place: int, _options: object, _env: Env) -> str:
    return "</aside>\n"


def _task_box(_self: object, tokens: Tokens, place: int, _options: object, _env: Env) -> str:
    meta = tokens[place].meta
    sign = "☑" if meta["done"] else "☐"
    return f'<span class="task-box" role="img" aria-label="{escapeHtml(meta["word"])}">{sign}</span> '


def _embed(_self: object, tokens: Tokens, place: int, _options: object, _env: Env) -> str:
    embed, title = tokens[place].meta["embed"], tokens[place].meta["title"]
    kind = "embed" if embed.moving else "embed-audio"
    return (
        f'<div class="{kind}"><iframe src="{escapeHtml(embed.address)}" title="{escapeHtml(title)}" loading="lazy" '
        f'sandbox="{SANDBOX}" allow="fullscreen; picture-in-picture" '
        'referrerpolicy="strict-origin-when-cross-origin"></iframe></div>\n'
    )


def _image(_self: object, tokens: Tokens, place: int, _options: object, _env: Env) -> str:
    token = tokens[place]
    alt = "".join(child.content for child in token.children or [] if child.type in ("text", "code_inline"))
    return file_html(str(token.attrGet("src") or ""), alt, str(token.attrGet("title") or ""))


def _fence(_self: object, tokens: Tokens, place: int, _options: object, _env: Env) -> str:
    token = tokens[place]
    language = token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
    if language.lower() == "abc":
        return f'<pre class="abc" tabindex="0">{escapeHtml(token.content)}</pre>\n'
    named = f' class="language-{language}"' if _LANGUAGE.fullmatch(language) else ""
    return f'<pre tabindex="0"><code{named}>{escapeHtml(token.content)}</code></pre>\n'


def _table_open(_self: object, _tokens: Tokens, _place: int, _options: object, env: Env) -> str:
    env["tables"] = env.get("tables", 0) + 1
    name = escapeHtml(f"{env['words'].table} {env['tables']}")
    return f'<div class="table-scroll" role="region" tabindex="0" aria-label="{name}"><table>\n'


def _table_close(_self: object, _tokens: Tokens, _place: int, _options: object, _env: Env) -> str:
    return "</table></div>\n"


def _cell(_self: object, tokens: Tokens, place: int, _options: object, _env: Env) -> str:
    token = tokens[place]
    aligned = _ALIGNED.get(str(token.attrGet("style") or ""))
    scope = ' scope="col"' if token.tag == "th" else ""
    return f"<{token.tag}{scope}" + (f' class="{aligned}">' if aligned else ">")


def _inline_formula(_self: object, tokens: Tokens, place: int, _options: object, env: Env) -> str:
    tex = tokens[place].content.strip()
    made = _formula(tex, env, block=False)
    return made or f'<code class="formula-source">{escapeHtml(tex)}</code>'


def _block_formula(_self: object, tokens: Tokens, place: int, _options: object, env: Env) -> str:
    tex = tokens[place].content.strip()
    made = _formula(tex, env, block=True)
    if made is None:
        return f'<pre tabindex="0"><code class="formula-source">{escapeHtml(tex)}</code></pre>\n'
    name = escapeHtml(env["words"].formula)
    return f'<div class="formula" role="group" tabindex="0" aria-label="{name}">{made}</div>\n'


def _formula(tex: str, env: Env, *, block: bool) -> str | None:
    env["formulas"] += len(tex) + 10
    return formula(tex, block=block) if env["formulas"] <= MOST_CHARACTERS else None


def _footnotes_open(_self: object, _tokens: Tokens, _place: int, _options: object, _env: Env) -> str:
    return '<section class="footnotes"><hr>\n<ol class="footnotes-list">\n'


_CORE: Final = {
    "lower_headings": _lower_headings,
    "callouts": _find_callouts,
    "tasks": _find_tasks,
    "embeds": _find_embeds,
}
_RENDERED: Final = {
    "callout_open": _callout_open,
    "callout_close": _callout_close,
    "task_box": _task_box,
    "embed": _embed,
    "image": _image,
    "fence": _fence,
    "table_open": _table_open,
    "table_close": _table_close,
    "th_open": _cell,
    "td_open": _cell,
    "math_inline": _inline_formula,
    "math_block": _block_formula,
    "footnote_block_open": _footnotes_open,
}
