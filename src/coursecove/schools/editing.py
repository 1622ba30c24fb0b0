"""Two people at one form: what was there when it was opened, what is there now, and where the two differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

import msgspec

from coursecove.kit.errors import Conflict

Values = Mapping[str, str | bool | None]


class ChangedMeanwhile(Conflict):
    """Somebody else changed this since you opened the page. Nothing of yours was saved yet."""

    def __init__(self, theirs: Values) -> None:
        super().__init__()
        self.theirs = MappingProxyType(dict(theirs))


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on which two editors disagree, in words."""

    label: str
    theirs: str
    yours: str


def version_of(values: Values) -> str:
    """A short name for exactly these values; it travels with the form and comes back."""
    return sha256(msgspec.json.encode(dict(values), order="sorted")).hexdigest()[:20]


def check_version(version: str, current: Values, wanted: Values) -> None:
    """Refuse a change that was made looking at other values; one that asks for what is there already is fine."""
    if version not in ("", version_of(current)) and dict(current) != dict(wanted):
        raise ChangedMeanwhile(current)
