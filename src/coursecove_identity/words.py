"""Words in the reader's language; import `gettext` as `_`."""

from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

from babel import Locale, UnknownLocaleError, negotiate_locale

FOLDER = Path(__file__).with_name("locale")
DOMAIN = "identity"
SOURCE = "en"

_language: ContextVar[str] = ContextVar("identity_language", default=SOURCE)


def gettext(text: str) -> str:
    """The text as whoever reads the answer understands it."""
    return translations(_language.get()).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    return translations(_language.get()).ngettext(one, many, number)


def language() -> str:
    return _language.get()


def direction() -> str:
    return Locale.parse(_language.get()).text_direction


def speak(accepted: str) -> None:
    """From here on in this request, in the first language that is both asked for and there."""
    _language.set(negotiate_locale(_wanted(accepted), languages(), sep="-") or SOURCE)


@cache
def languages() -> Sequence[str]:
    """The source's own, and each that there is a catalogue of."""
    found = FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo") if FOLDER.exists() else ()
    return [SOURCE, *sorted(path.parts[-3] for path in found)]


@cache
def translations(name: str) -> NullTranslations:
    return translation(DOMAIN, FOLDER, [name], fallback=True)


def _wanted(accepted: str) -> list[str]:
    """`de-CH, de;q=0.9, en;q=0.5`, the best first."""
    weighed = []
    for part in accepted[:400].split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            Locale.parse(name, sep="-")
            weighed.append((-float(quality or 1), name))
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return [name for _, name in sorted(weighed, key=lambda each: each[0])]
