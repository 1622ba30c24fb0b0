"""Helper functions of the database, declared in code and frozen as SQL by migrations."""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Literal


@dataclass(frozen=True, slots=True)
class SqlFunction:
    """A function in the database. `definer` makes it run as `coursecove_definer`, past the caller's policies.

    The search path is pinned to nothing, so every name in `body` is qualified; nobody may execute it but
    the roles in `execute`. Column defaults call helpers, so functions come before the tables unless
    their signature `needs_tables`. `settings` hold while it runs, in what it calls too.
    """

    name: str
    arguments: str
    returns: str
    body: str
    execute: tuple[str, ...] = ()
    definer: bool = False
    volatility: Literal["stable", "volatile"] = "stable"
    language: Literal["plpgsql", "sql"] = "plpgsql"
    needs_tables: bool = False
    settings: tuple[str, ...] = ()

    def statements(self) -> Iterator[str]:
        """`create or replace` and everything that goes with it."""
        # The service client runs with row_security off, so that a lost BYPASSRLS fails loudly; a definer obeys.
        security = "security definer set row_security = on" if self.definer else "security invoker"
        settings = "".join(f" set {setting}" for setting in self.settings)
        owner = "coursecove_definer" if self.definer else "coursecove_owner"
        yield (
            f"create or replace function {self.name}({self.arguments}) returns {self.returns}\n"
            f"language {self.language} {self.volatility} {security} set search_path = ''{settings}\n"
            f"as $function${dedent(self.body).rstrip()}\n$function$"
        )
        signature = f"{self.name}({self._types()})"
        yield f"alter function {signature} owner to {owner}"
        yield f"revoke all on function {signature} from public"
        for role in self.execute:
            yield f"grant execute on function {signature} to {role}"

    def _types(self) -> str:
        arguments = [part.strip() for part in self.arguments.split(",") if part.strip()]
        return ", ".join(argument.split(" default ")[0].split(" ", 1)[1] for argument in arguments)


@dataclass(frozen=True, slots=True)
class SqlTrigger:
    """A trigger on a table."""

    name: str
    table: str
    timing: str
    function: str

    def statements(self) -> Iterator[str]:
        yield (
            f"create or replace trigger {self.name} {self.timing} on {self.table} "
            f"for each row execute function {self.function}()"
        )
