"""The people whom the development issuer signs in, as composition tells it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's place in one organisation; `label` is the host that the organisation's pages live on."""

    organization_id: str
    organization_name: str
    slug: str
    label: str
    role: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    id: str
    first_name: str
    last_name: str
    email: str
    memberships: tuple[Membership, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def membership_at(self, label: str | None) -> Membership | None:
        return next((one for one in self.memberships if one.label == label), None)


People: TypeAlias = Callable[[], Awaitable[Sequence[Person]]]
