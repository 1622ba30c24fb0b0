"""Two texts side by side, line by line; stretches without a difference are folded."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

CONTEXT = 3
MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of each text beside each other; `kind` is same, changed, removed, added, or folded."""

    kind: str
    left_number: int | None = None
    left: str | None = None
    right_number: int | None = None
    right: str | None = None
    folded: int = 0


def compared(left: str, right: str) -> tuple[Line, ...]:
    """What became of each line."""
    before, now = left.splitlines()[:MOST_LINES], right.splitlines()[:MOST_LINES]
    matcher = SequenceMatcher(None, before, now, autojunk=len(before) > 2000)
    operations = matcher.get_opcodes()
    return tuple(
        line
        for number, (kind, i, j, k, m) in enumerate(operations)
        for line in (
            _same(before[i:j], i, k, first=number == 0, last=number == len(operations) - 1)
            if kind == "equal"
            else _different(before[i:j], now[k:m], i, k)
        )
    )


def _same(lines: list[str], i: int, k: int, *, first: bool, last: bool) -> Iterator[Line]:
    head, tail = (0 if first else CONTEXT), (0 if last else CONTEXT)
    hidden = len(lines) - head - tail
    for number, text in enumerate(lines):
        if hidden > 1 and head <= number < head + hidden:
            if number == head:
                yield Line("folded", folded=hidden)
            continue
        yield Line("same", i + number + 1, text, k + number + 1, text)


def _different(before: list[str], now: list[str], i: int, k: int) -> Iterator[Line]:
    for number, (left, right) in enumerate(zip_longest(before, now)):
        kind = "added" if left is None else "removed" if right is None else "changed"
        yield Line(
            kind,
            None if left is None else i + number + 1,
            left,
            None if right is None else k + number + 1,
            right,
        )
