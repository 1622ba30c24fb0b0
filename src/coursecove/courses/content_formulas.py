"""Formulas: from TeX to MathML, of which only the parts that show something are kept."""

from html import escape
from typing import Final
from xml.etree import ElementTree as Xml

from latex2mathml import exceptions as refused
from latex2mathml.converter import convert

LONGEST_FORMULA: Final = 1_000
MOST_CHARACTERS: Final = 8_000
"""In all formulas of a lesson together: what is beyond is shown as it was written."""

DEEPEST: Final = 30
FORMULA_TAGS: Final = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "mstyle",
        "mpadded",
        "mphantom",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
    ]
)
FORMULA_ATTRIBUTES: Final = frozenset(
    [
        "display",
        "displaystyle",
        "scriptlevel",
        "mathvariant",
        "stretchy",
        "fence",
        "separator",
        "form",
        "lspace",
        "rspace",
        "width",
        "height",
        "depth",
        "linethickness",
        "accent",
        "accentunder",
        "movablelimits",
        "symmetric",
        "minsize",
        "maxsize",
        "largeop",
        "columnalign",
    ]
)
_PARTS: Final = {
    "mfrac": 2,
    "mroot": 2,
    "msup": 2,
    "msub": 2,
    "munder": 2,
    "mover": 2,
    "msubsup": 3,
    "munderover": 3,
}
"""How many parts these need (MathML Core, section 3): the library lets some of them go without."""

_NAMESPACE: Final = "{http://www.w3.org/1998/Math/MathML}"
_UNREADABLE: Final = (  # what the library raises for what it cannot read, some of it by accident
    refused.NumeratorNotFoundError,
    refused.DenominatorNotFoundError,
    refused.ExtraLeftOrMissingRightError,
    refused.MissingSuperScriptOrSubscriptError,
    refused.DoubleSubscriptsError,
    refused.DoubleSuperscriptsError,
    refused.NoAvailableTokensError,
    refused.InvalidStyleForGenfracError,
    refused.MissingEndError,
    refused.InvalidAlignmentError,
    refused.InvalidWidthError,
    refused.LimitsMustFollowMathOperatorError,
    Xml.ParseError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    RecursionError,
    AssertionError,
)


def formula(tex: str, *, block: bool) -> str | None:
    """The formula as MathML, or None where it cannot be read as one."""
    if len(tex) > LONGEST_FORMULA or _depth(tex) > DEEPEST:
        return None
    try:
        tree = Xml.fromstring(convert(tex, display="block" if block else "inline"))  # noqa: S314
        return _shown(tree)
    except _UNREADABLE:
        return None


def _depth(tex: str) -> int:
    """How deep braces, roots and scripts can nest at most."""
    depth = deepest = 0
    for sign in tex:
        depth += (sign in "{[(") - (sign in "}])")
        deepest = max(deepest, depth)
    return max(deepest, tex.count("\\left"), tex.count("\\sqrt") // 2, tex.count("\\begin") * 2)


def _shown(node: Xml.Element) -> str:
    tag = node.tag.removeprefix(_NAMESPACE)
    if len(node) != _PARTS.get(tag, len(node)):
        raise ValueError(tag)
    inner = escape(node.text or "") + "".join(_shown(child) + escape(child.tail or "") for child in node)
    if tag not in FORMULA_TAGS:
        return inner
    kept = "".join(
        f' {name}="{escape(value)}"' for name, value in node.attrib.items() if name in FORMULA_ATTRIBUTES
    )
    return f"<{tag}{kept}>{inner}</{tag}>"
