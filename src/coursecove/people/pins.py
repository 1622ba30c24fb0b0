"""Numbers that children sign in with: six to eight digits, and not the ones that are tried first."""

from datetime import date
from itertools import pairwise
from typing import Final

from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _

SHORTEST: Final = 6
LONGEST: Final = 8
_COMMON: Final = frozenset(
    {
        "112233", "123123", "123321", "121212", "131313", "147258", "147852", "159357", "159753", "161616", "246810",
        "456123", "456456", "654321", "696969", "741852", "789456", "12341234", "11223344", "12344321", "14725836",
        "11112222", "87654321",
    }
)  # fmt: skip


class WeakPin(Invalid):
    """Choose another number."""


def check_pin(pin: str, *, again: str, birth_date: date | None) -> None:
    """Refuse a number that is no number, mistyped, or among the first that anybody tries."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        raise _refused(_("A number of 6 to 8 digits."))
    if pin != again:
        raise WeakPin(fields={"pin_again": _("This is not the same number.")})
    if is_weak(pin, birth_date):
        raise _refused(_("This one is guessed too easily. Choose another."))


def is_weak(pin: str, birth_date: date | None) -> bool:
    """Repeated, counted, mirrored, common, or the birthday."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    repeats = any(pin == pin[:size] * (len(pin) // size) for size in (1, 2, 3) if len(pin) % size == 0)
    known = _COMMON | (_birthdays(birth_date) if birth_date else frozenset())
    return (len(steps) == 1 and steps <= {0, 1, 9}) or repeats or pin in known


def _birthdays(day: date) -> frozenset[str]:
    """The ways a birthday is written in digits."""
    forms = ("%d%m%y", "%m%d%y", "%y%m%d", "%d%m%Y", "%m%d%Y", "%Y%m%d", "%m%Y", "%Y%m")
    return frozenset(day.strftime(form) for form in forms)


def _refused(words: str) -> WeakPin:
    return WeakPin(fields={"pin": words})
