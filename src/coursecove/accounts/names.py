"""People's names as they are sorted and searched: without case, accents and doubled spaces."""

import unicodedata


def sortable(name: str) -> str:
    """`Zoë  Dvořák` is `zoe dvorak`; a search for either finds both."""
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())


def search_pattern(wanted: str) -> str:
    """An ILIKE pattern for names that contain what was typed; its own wildcards mean themselves."""
    text = sortable(wanted)[:100]
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%" if text else ""
