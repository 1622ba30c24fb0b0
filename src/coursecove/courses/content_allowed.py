"""What HTML of a lesson may be: whatever the renderer made, nothing else reaches a page."""

import re
from typing import Final

import nh3
from markupsafe import Markup

from coursecove.courses.content_embeds import is_player
from coursecove.courses.content_files import own_file
from coursecove.courses.content_formulas import FORMULA_ATTRIBUTES, FORMULA_TAGS
from coursecove.kit.web.compiling import safe

TEXT_TAGS: Final = frozenset(
    [
        "a",
        "aside",
        "blockquote",
        "br",
        "code",
        "del",
        "div",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "iframe",
        "img",
        "audio",
        "video",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "section",
        "span",
        "strong",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
TAGS: Final = TEXT_TAGS | FORMULA_TAGS
ATTRIBUTES: Final[dict[str, set[str]]] = {
    "a": {"href", "title", "id", "class"},
    "aside": {"class"},
    "audio": {"src", "controls", "preload", "aria-label"},
    "code": {"class"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "iframe": {"src", "title", "sandbox", "loading", "allow", "referrerpolicy", "class"},
    "img": {"src", "alt", "title", "loading"},
    "li": {"class", "id"},
    "ol": {"start", "class"},
    "p": {"class"},
    "pre": {"class", "tabindex"},
    "section": {"class"},
    "span": {"class", "role", "aria-label"},
    "sup": {"class"},
    "td": {"class"},
    "th": {"class", "scope"},
    "video": {"src", "controls", "preload", "aria-label"},
    **{tag: set(FORMULA_ATTRIBUTES) for tag in FORMULA_TAGS},
}
SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})
CLASSES: Final = frozenset(
    [
        "abc",
        "callout",
        "callout-title",
        "note",
        "tip",
        "important",
        "warning",
        "caution",
        "task",
        "task-box",
        "footnotes",
        "footnotes-list",
        "footnote-item",
        "footnote-ref",
        "footnote-backref",
        "table-scroll",
        "formula",
        "formula-source",
        "embed",
        "embed-audio",
        "text-start",
        "text-center",
        "text-end",
    ]
)
_CODE_CLASS: Final = re.compile(r"language-[A-Za-z0-9+#-]{1,20}")
_FOOTNOTE_ID: Final = re.compile(r"fn(ref)?[0-9]{1,4}(:[0-9]{1,4})?")
_ROLES: Final = frozenset({"region", "group", "img"})


def allowed(html: str) -> Markup:
    """The HTML with everything cut out that is not on the list."""
    return safe(
        nh3.clean(
            html,
            tags=set(TAGS),
            attributes=ATTRIBUTES,
            attribute_filter=_kept,
            url_schemes=set(SCHEMES),
            link_rel="noopener noreferrer nofollow",
            clean_content_tags={"script", "style", "template", "noscript", "title", "textarea"},
        )
    )


def _kept(tag: str, name: str, value: str) -> str | None:  # noqa: PLR0911 - one line for each kind of attribute
    if name == "class":
        known = [word for word in value.split() if word in CLASSES or (_code(tag, word))]
        return " ".join(known) or None
    if name == "id":
        return value if _FOOTNOTE_ID.fullmatch(value) else None
    if name == "tabindex":
        return value if value == "0" else None
    if name == "role":
        return value if value in _ROLES else None
    if tag == "iframe" and name == "src":
        return value if is_player(value) else None
    if tag in ("img", "audio", "video") and name == "src":
        return value if own_file(value) else None
    return value


def _code(tag: str, word: str) -> bool:
    return tag == "code" and _CODE_CLASS.fullmatch(word) is not None
