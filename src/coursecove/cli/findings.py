"""What `coursecove doctor` finds: one line for each check, in the words of someone who has to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `todo` says what to do about it, where something is to be done."""

    check: str
    grade: Grade
    what: str
    todo: str = ""

    def __str__(self) -> str:
        return f"{self.grade:5} {self.what}" + (f" — {self.todo}" if self.todo else "")


def fine(check: str, what: str) -> Finding:
    return Finding(check, Grade.OK, what)


def worry(check: str, what: str, todo: str) -> Finding:
    return Finding(check, Grade.WARN, what, todo)


def broken(check: str, what: str, todo: str) -> Finding:
    return Finding(check, Grade.FAIL, what, todo)


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
