"""What the pages that belong to no domain show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """A school that a development installation comes with."""

    name: str
    url: str
    about: str
    icon: str


@dataclass(frozen=True, slots=True)
class Landing:
    sign_in_url: str | None = None
    demos: tuple[DemoSchool, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong, told so that a person can act on it."""

    status: int
    message: str
    reference: str
    home_url: str = "/"
    sign_in_url: str | None = None
    retry_after: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A host at which no school lives."""

    home_url: str
