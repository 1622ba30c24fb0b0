"""Row security declared beside the model, rendered as SQL that migrations freeze.

Two layers a table: one restrictive fence that nothing can OR its way around, and on top at most one
permissive policy for each command. What is not declared is denied.
"""

from collections.abc import Iterator
from dataclasses import dataclass

FENCE = "organization_id = (select app.org_id())"
EVERYONE = "true"


@dataclass(frozen=True, slots=True)
class RowSecurity:
    """Who may do what with a table's rows, for the roles `authenticated` and `coursecove_definer`.

    Each of `select`, `insert`, `update`, `delete` is a SQL condition, or None for "nobody". Columns limit
    the grant; an empty tuple means every column. `update` says which rows may be changed, `update_to` what
    they may become, where that is more. `definer` names the commands that helper functions use, `service`
    those of the service client.
    """

    fence: str | None = FENCE
    select: str | None = None
    insert: str | None = None
    update: str | None = None
    update_to: str | None = None
    delete: str | None = None
    select_columns: tuple[str, ...] = ()
    insert_columns: tuple[str, ...] = ()
    update_columns: tuple[str, ...] = ()
    definer: tuple[str, ...] = ()
    service: tuple[str, ...] = ("select", "insert", "update", "delete")

    @property
    def open_to_people(self) -> bool:
        return any((self.select, self.insert, self.update, self.delete))


SERVICE_ONLY = RowSecurity(fence=None)


def statements(table: str, rules: RowSecurity) -> Iterator[str]:
    """Everything that makes `table` obey `rules`, assuming that no policy or grant is there yet."""
    yield f"alter table {table} owner to coursecove_owner"
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    yield f"grant {', '.join(rules.service)} on {table} to coursecove_service"
    if rules.open_to_people:
        yield from _people(table, rules)
    for command in rules.definer:
        condition = "with check (true)" if command == "insert" else "using (true)"
        yield f"create policy definer_{command} on {table} for {command} to coursecove_definer {condition}"
        yield f"grant {command} on {table} to coursecove_definer"


def removal(table: str, policies: list[str]) -> Iterator[str]:
    """Take away every policy and grant, so that `statements` may be run again."""
    for policy in policies:
        yield f'drop policy "{policy}" on {table}'
    yield f"revoke all on {table} from anon, authenticated, coursecove_definer, coursecove_service"


def _people(table: str, rules: RowSecurity) -> Iterator[str]:
    if rules.fence:
        yield (
            f"create policy fence on {table} as restrictive for all to authenticated "
            f"using ({rules.fence}) with check ({rules.fence})"
        )
    if rules.select:
        yield f"create policy people_select on {table} for select to authenticated using ({rules.select})"
        yield f"grant select{_columns(rules.select_columns)} on {table} to authenticated"
    if rules.insert:
        yield f"create policy people_insert on {table} for insert to authenticated with check ({rules.insert})"
        yield f"grant insert{_columns(rules.insert_columns)} on {table} to authenticated"
    if rules.update:
        yield (
            f"create policy people_update on {table} for update to authenticated "
            f"using ({rules.update}) with check ({rules.update_to or rules.update})"
        )
        yield f"grant update{_columns(rules.update_columns)} on {table} to authenticated"
    if rules.delete:
        yield f"create policy people_delete on {table} for delete to authenticated using ({rules.delete})"
        yield f"grant delete on {table} to authenticated"


def _columns(names: tuple[str, ...]) -> str:
    return f" ({', '.join(names)})" if names else ""
