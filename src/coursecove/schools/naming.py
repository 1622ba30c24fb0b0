"""From a school's name to the address it may have, in letters that every keyboard has."""

import re
import unicodedata

from anyascii import anyascii

from coursecove.kit.web.names import LONGEST, SHORTEST, label_from_slug, label_problem

LONGEST_SLUG = 50
SMALL_WORDS = frozenset({"the", "of", "for", "and", "der", "die", "das", "de", "la", "le", "les", "el", "di"})
_APOSTROPHES = re.compile(r"['’ʼ`´ʹ]")
_APART = re.compile(r"[^a-z0-9]+")


def slug_from_name(name: str) -> str:
    """`Café Ñ Studio` is `cafe-n-studio`; letters of other scripts are written as they sound."""
    composed = unicodedata.normalize("NFKC", name)[:200]
    plain = _APOSTROPHES.sub("", anyascii(composed)).lower()
    return _APART.sub("-", plain)[: LONGEST_SLUG + 10].strip("-")[:LONGEST_SLUG].strip("-")


def slug_from_typed(typed: str) -> str:
    """What somebody typed as an address, as far as it can be one."""
    return slug_from_name(typed.strip().removeprefix("https://").removeprefix("http://").partition(".")[0])


def label_of(slug: str) -> str:
    """The label that a slug becomes: without hyphens."""
    return label_from_slug(slug)


def slug_problem(slug: str) -> str | None:
    """Why no school can have the address that this slug becomes; nothing where one can."""
    return label_problem(label_of(slug))


def suggestions(name: str) -> list[str]:
    """Other addresses that would suit the name, best first; whether they are free is for the database to say."""
    words = [word for word in slug_from_name(name).split("-") if word]
    telling = [word for word in words if word not in SMALL_WORDS] or words
    tried = [
        "-".join(words),
        "-".join(telling),
        "-".join([*telling[:2], "school"]) if "school" not in telling else "",
        "-".join(["my", *telling]),
        "-".join([*telling, "online"]),
        "-".join([*telling, "hq"]),
    ]
    fitting = [
        slug for slug in tried if SHORTEST <= len(label_of(slug)) <= LONGEST and not slug_problem(slug)
    ]
    return list({label_of(slug): slug for slug in reversed(fitting)}.values())[::-1]
