"""Words in the reader's language, for code that speaks to people."""

from coursecove.kit.web.formats import reading


def gettext(text: str) -> str:
    """The text in the language of whoever reads the answer; import it as `_`."""
    return reading.get().translations.gettext(text)
