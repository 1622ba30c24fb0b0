"""What a lesson says, from Markdown to HTML that can do nothing but be read."""

from functools import lru_cache
from typing import Final

from markupsafe import Markup

from coursecove.courses.content_allowed import allowed
from coursecove.courses.content_embeds import FRAMES
from coursecove.courses.content_markdown import Spoken, html_of
from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _

LONGEST: Final = 100_000
SOURCES: Final = {"frame-src": FRAMES, "media-src": ("'self'",)}
"""What the header of a page that shows a lesson lets in besides: players of the list, recordings of our own."""


class ContentTooLong(Invalid):
    """A lesson holds at most 100,000 characters. Split it into two."""


def render(text: str) -> Markup:
    """The text as HTML, its headings from the second level on, in the reader's language."""
    if len(text) > LONGEST:
        raise ContentTooLong
    return _rendered(text, _spoken())


def _spoken() -> Spoken:
    return Spoken(
        callouts=(
            ("note", _("Note")),
            ("tip", _("Tip")),
            ("important", _("Important")),
            ("warning", _("Warning")),
            ("caution", _("Caution")),
        ),
        done=_("Done"),
        open=_("Not done"),
        formula=_("Formula"),
        table=_("Table"),
        video=_("Video %(number)s (%(site)s)"),
        sound=_("Recording %(number)s (%(site)s)"),
    )


@lru_cache(maxsize=128)
def _rendered(text: str, words: Spoken) -> Markup:
    return allowed(html_of(text, words))
