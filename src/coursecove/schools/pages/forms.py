"""What the forms of the settings have in common."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import FormData, UploadFile

from coursecove.accounts.actions import zones
from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.schools.actions.settings import checked_color
from coursecove.schools.editing import Difference, Values


def text(form: FormData, name: str, *, longest: int = 200) -> str:
    """What was typed into a field, as one line."""
    value = form.get(name, "")
    return " ".join(value.split())[:longest] if isinstance(value, str) else ""


def ticked(form: FormData, name: str) -> bool:
    return bool(form.get(name))


async def uploaded(form: FormData, name: str, *, largest: int) -> bytes | None:
    """The bytes of a chosen file; one byte too many stays too many."""
    value = form.get(name)
    if not isinstance(value, UploadFile) or not value.filename:
        return None
    return await value.read(largest + 1)


def differences(
    theirs: Values, yours: Values, labels: Mapping[str, str], words: Mapping[str, str] = MappingProxyType({})
) -> tuple[Difference, ...]:
    """Field by field, where two editors disagree; `words` says what codes mean."""
    return tuple(
        Difference(
            label,
            words.get(_said(theirs[name]), _said(theirs[name])),
            words.get(_said(yours[name]), _said(yours[name])),
        )
        for name, label in labels.items()
        if theirs[name] != yours[name]
    )


def _said(value: str | bool | None) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value or _("nothing")


def zone_choices() -> tuple[tuple[str, str], ...]:
    """Every time zone, by the name of its city."""
    return tuple((zone, zone.replace("_", " ")) for zone in sorted(zones()))


def chosen_color(given: Mapping[str, object]) -> str:
    """One of the palette, or the other one that was picked; empty for none at all."""
    palette = str(given.get("palette") or "other")
    if palette == "none":
        return ""
    return str(given.get("brand_color") or "") if palette == "other" else palette


def shown_color(typed: str) -> str | None:
    """A colour that was only tried out, if it is one."""
    try:
        return checked_color(typed)
    except Invalid:
        return None
