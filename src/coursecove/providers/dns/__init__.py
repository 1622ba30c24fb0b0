"""What name servers say about a domain: the port through which control of a domain is proven."""

from collections.abc import Sequence
from typing import Protocol


class NoAnswer(Exception):
    """The name servers did not answer; that says nothing about the domain."""


class NoSuchName(Exception):
    """The name servers say that this name does not exist."""


class Resolver(Protocol):
    """Asks the name servers of the world."""

    async def texts(self, name: str) -> Sequence[str]:
        """The TXT records of a name, none where it has none; NoSuchName or NoAnswer."""

    async def aliases(self, name: str) -> Sequence[str]:
        """The names that a name stands for by CNAME, one after another, without trailing dots."""
