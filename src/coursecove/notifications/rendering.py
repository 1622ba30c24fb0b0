"""Letters: one template as HTML for mail programs, its twin as plain text, in the reader's language."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from coursecove.kit.mail import one_line
from coursecove.kit.web.formats import Reader, parsed_locale, reading
from coursecove.kit.web.language import Wording

OUR_COLOR = "#0f766e"
READABLE = 4.5
"""Contrast of text, WCAG 2.2 criterion 1.4.3."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's words, ready for the outbox."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """In whose name a letter is written: what stands on top of it, its colour, and where its button leads."""

    name: str
    url: str
    color: str = OUR_COLOR
    locale: str = "en"

    @property
    def address(self) -> str:
        """The place as people say it, without the scheme."""
        return urlsplit(self.url).netloc

    @property
    def direction(self) -> str:
        return parsed_locale(self.locale).text_direction

    @property
    def on_color(self) -> str:
        """White where it reads on the colour; black reads on every other."""
        return "#ffffff" if 1.05 / (_luminance(self.color) + 0.05) >= READABLE else "#000000"


def letter(name: str, subject: str, head: Letterhead, **values: object) -> Letter:
    """The templates `mail/<name>.html` and `.txt`, inside their frames. Call it within `written_for`."""
    words = reading.get().translations
    shared = {"head": head, "subject": subject, **values}

    def plain(text: str, /, **said: object) -> str:
        return words.gettext(text) % said if said else words.gettext(text)

    return Letter(
        one_line(subject),
        _templates.get_template(f"{name}.txt").render(shared, _=plain),
        _templates.get_template(f"{name}.html").render(shared, _=Wording(words).gettext),
    )


@contextmanager
def written_for(reader: Reader) -> Iterator[None]:
    """Within the block words, dates and numbers are the reader's."""
    token = reading.set(reader)
    try:
        yield
    finally:
        reading.reset(token)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates/mail"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
