"""Places in an order as short words: between any two there is room for another, so nobody is renumbered."""

from coursecove.kit.errors import Conflict

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LONGEST = 100
"""A word longer than this is a sign to space all of them anew."""
_MIDDLE = DIGITS[len(DIGITS) // 2]


class NoRoom(Conflict):
    """Two things stand at the same place here. Load the page again."""


def after(last: str = "") -> str:
    """A place behind `last`; behind nothing it is the first one."""
    if not last:
        return _MIDDLE
    if last[0] < DIGITS[-1]:
        return DIGITS[DIGITS.index(last[0]) + 1]
    return last[0] + after(last[1:])


def between(low: str, high: str | None) -> str:
    """A place behind `low` and before `high`; NoRoom where the two are not in this order."""
    if high is None:
        return after(low)
    if low >= high:
        raise NoRoom
    return _middle(low, high)


def spread(count: int) -> list[str]:
    """So many places in order, with room everywhere."""
    digits = 1
    while len(DIGITS) ** digits < 4 * (count + 1):
        digits += 1
    step = len(DIGITS) ** digits // (count + 1)
    return [_written(step * number, digits).rstrip(DIGITS[0]) for number in range(1, count + 1)]


def _middle(low: str, high: str | None) -> str:
    """The middle of two fractions whose digits follow the point; none of them ends in a zero."""
    if high is not None:
        same = 0
        while same < len(high) and (low[same : same + 1] or DIGITS[0]) == high[same]:
            same += 1
        if same:
            return high[:same] + _middle(low[same:], high[same:])
    first = DIGITS.index(low[0]) if low else 0
    last = len(DIGITS) if high is None else DIGITS.index(high[0])
    if last - first > 1:
        return DIGITS[(first + last) // 2]
    if high is not None and len(high) > 1:
        return high[0]
    return DIGITS[first] + _middle(low[1:], None)


def _written(number: int, digits: int) -> str:
    said = ""
    for _ in range(digits):
        number, digit = divmod(number, len(DIGITS))
        said = DIGITS[digit] + said
    return said
