"""Texts side by side."""

from hypothesis import given
from hypothesis import strategies as st

from coursecove.courses.comparing import compared

texts = st.lists(st.sampled_from(["a", "b", "", "longer line"]), max_size=40).map("\n".join)


@given(texts, texts)
def test_nothing_of_either_text_is_lost(left: str, right: str) -> None:
    lines = compared(left, right)
    folded = sum(line.folded for line in lines)
    assert [line.left for line in lines if line.left is not None and line.kind != "same"] == [
        text
        for number, text in enumerate(left.splitlines(), 1)
        if number in {line.left_number for line in lines if line.kind != "same"}
    ]
    assert sum(line.left is not None for line in lines) + folded == len(left.splitlines())
    assert sum(line.right is not None for line in lines) + folded == len(right.splitlines())


def test_a_changed_line_stands_beside_what_it_was() -> None:
    (same, changed, added) = compared("one\ntwo", "one\nTwo\nthree")
    assert (same.kind, changed.kind, changed.left, changed.right) == ("same", "changed", "two", "Two")
    assert (added.kind, added.right, added.right_number) == ("added", "three", 3)


def test_long_stretches_without_a_difference_are_folded() -> None:
    before = "\n".join(str(number) for number in range(100))
    lines = compared(before, before.replace("50", "fifty"))
    assert [line.folded for line in lines if line.kind == "folded"] == [47, 46]
