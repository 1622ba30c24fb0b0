"""Words in the reader's language, for templates and for code that speaks to people."""

from gettext import NullTranslations

from markupsafe import Markup

from coursecove.kit.web.compiling import safe, text
from coursecove.kit.web.formats import reading


def gettext(text: str) -> str:
    """The text in the language of whoever reads the answer; import it as `_`."""
    return reading.get().translations.gettext(text)


def ngettext(one: str, many: str, num: int) -> str:
    """One form or the other by number, in the language of whoever reads the answer."""
    return reading.get().translations.ngettext(one, many, num)


class Wording:
    """One language as templates call it: words are HTML, what is put into them is escaped, `%%` is a percent sign."""

    def __init__(self, words: NullTranslations) -> None:
        self._words = words

    def gettext(self, text: str, /, **values: object) -> Markup:
        return _filled(self._words.gettext(text), values)

    def ngettext(self, one: str, many: str, num: int, /, **values: object) -> Markup:
        return _filled(self._words.ngettext(one, many, num), {"num": num, **values})

    def pgettext(self, context: str, text: str, /, **values: object) -> Markup:
        return _filled(self._words.pgettext(context, text), {"context": context, **values})

    def npgettext(self, context: str, one: str, many: str, num: int, /, **values: object) -> Markup:
        text = self._words.npgettext(context, one, many, num)
        return _filled(text, {"context": context, "num": num, **values})


def _filled(words: str, values: dict[str, object]) -> Markup:
    if not values and "%" not in words:
        return safe(words)
    return safe(words % {name: _shown(value) for name, value in values.items()})


def _shown(value: object) -> object:
    return value if isinstance(value, int | float) else text(value)
