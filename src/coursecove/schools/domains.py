"""A domain of a school's own: which names can be one, and which records prove it."""

import re
import secrets
from dataclasses import dataclass

PROOF_LABEL = "_coursecove"
PROOF_PREFIX = "coursecove-site="
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NOT_PUBLIC = frozenset(
    {"localhost", "local", "internal", "invalid", "test", "example", "home", "lan", "arpa", "onion", "corp"}
)


@dataclass(frozen=True, slots=True)
class Records:
    """What an owner writes into the name servers."""

    proof_name: str
    proof_value: str
    alias_name: str
    alias_target: str


def domain_from_typed(typed: str) -> str:
    """What somebody typed as a domain, lower-case, letters of other scripts in their ASCII form."""
    text = typed.strip().lower().removeprefix("https://").removeprefix("http://")
    name = text.partition("/")[0].partition(":")[0].strip(".")
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def domain_problem(name: str, root: str) -> str | None:
    """Why this cannot be a school's own domain, in words for its owner; nothing when it can."""
    labels = name.split(".")
    if len(name) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return "This is not a domain. It looks like learn.example.org."
    if labels[-1].isdigit() or labels[-1] in _NOT_PUBLIC:
        return "This name cannot be reached from the internet."
    if name == root or name.endswith(f".{root}"):
        return "This lies below our own domain. Change the school's address instead."
    return None


def new_proof() -> str:
    return PROOF_PREFIX + secrets.token_hex(16)


def records(name: str, proof: str, target: str) -> Records:
    return Records(f"{PROOF_LABEL}.{name}", proof, name, target)
