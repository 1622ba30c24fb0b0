"""A gate: SQL over the catalogue that must find nothing, and something bad that it must find."""

from dataclasses import dataclass

OURS = "(select oid from pg_namespace where nspname in ('public', 'app', 'auth', 'queue'))"
"""The schemas that hold our objects."""

PEOPLE = "('anon', 'authenticated', 'coursecove_app')"
"""The roles that an injected statement can run as."""

ROLES = (
    "('anon', 'authenticated', 'coursecove_app', 'coursecove_service', 'coursecove_definer', 'coursecove_owner', "
    "'coursecove_identity')"
)


@dataclass(frozen=True, slots=True)
class Gate:
    """`finds` returns the bad objects by name; `control` makes one, which `finds` must then return."""

    name: str
    finds: str
    control: str
    splinter: tuple[str, ...] = ()
