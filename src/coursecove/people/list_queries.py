"""Reads about lists of changes: where one stands, its lines, the latest ones."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL
from coursecove.people.parts import parts
from coursecove.people.queries import as_uuid

LINES_PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A list, and how many of its lines stand where."""

    id: UUID
    kind: str
    role: str | None
    source: str | None
    status: str
    asked_by: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    ready: int
    problems: int
    asked: int
    done: int
    refused: int

    @property
    def total(self) -> int:
        return self.ready + self.problems + self.asked + self.done + self.refused

    @property
    def settled(self) -> int:
        return self.done + self.refused


LIST = """
    select l.id, l.kind, l.role, l.source, l.status, b.display_name as asked_by, l.created_at, l.started_at,
           l.finished_at, n.ready, n.problems, n.asked, n.done, n.refused
      from team_lists l
      left join organization_memberships b on b.organization_id = l.organization_id and b.id = l.asked_by
      cross join lateral (
        select count(*) filter (where c.status = 'draft') as ready,
               count(*) filter (where c.status = 'problem') as problems,
               count(*) filter (where c.status = 'asked') as asked,
               count(*) filter (where c.status = 'done') as done,
               count(*) filter (where c.status = 'refused') as refused
          from team_changes c where c.organization_id = l.organization_id and c.list_id = l.id) n
     where l.organization_id = (select app.org_id()) and l.id = $1"""


@dataclass(frozen=True, slots=True)
class ListedLine:
    """One line of a list and what came of it."""

    id: UUID
    position: int
    given: str | None
    email: str | None
    name: str | None
    role: str | None
    was: str | None
    status: str
    problem: str | None


_LINES = """
    select c.id, c.position, c.given, coalesce(c.email, i.email) as email, m.display_name as name, c.role, c.was,
           c.status, c.problem
      from team_changes c
      left join organization_memberships m on m.organization_id = c.organization_id and m.id = c.member_id
      left join invitations i on i.organization_id = c.organization_id and i.id = c.invitation_id
     where c.organization_id = (select app.org_id()) and c.list_id = $1 and ($2 = '' or c.status = $2)"""
LINES_AFTER = f"{_LINES} and (c.position, c.id) > ($3, $4) order by c.position, c.id limit $5"
LINES_BEFORE = f"{_LINES} and (c.position, c.id) < ($3, $4) order by c.position desc, c.id desc limit $5"


@dataclass(frozen=True, slots=True)
class WholeList(ListFacts):
    """A list with a page of its lines."""

    found: list[dict[str, Any]]


WHOLE_LIST_AFTER = f"""
    select w.*, (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from ({LINES_AFTER}) x) as found
      from ({LIST}) w"""  # noqa: S608 - literals of this file
WHOLE_LIST_BEFORE = f"""
    select w.*, (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from ({LINES_BEFORE}) x) as found
      from ({LIST}) w"""  # noqa: S608


async def whole_list(
    db: Reads, list_id: UUID, *, status: str = "", cursor: str | None = None, limit: int = LINES_PER_PAGE
) -> tuple[ListFacts, Slice[ListedLine]]:
    """A list and a page of its lines in their order."""
    place = read_cursor(cursor, 2)
    position, row_id = (_number(place.key[0]), as_uuid(place.key[1])) if place else (-1, NIL)
    sql = WHOLE_LIST_BEFORE if place and place.backwards else WHOLE_LIST_AFTER
    facts = await db.one(WholeList, sql, list_id, status, position, row_id, limit + 1)
    rows = parts(facts.found, ListedLine)
    return facts, cut(rows, limit, place, lambda row: (str(row.position), str(row.id)))


@dataclass(frozen=True, slots=True)
class RecentList:
    """A list that somebody may want to come back to."""

    id: UUID
    kind: str
    source: str | None
    status: str
    created_at: datetime


RECENT = """
    select l.id, l.kind, l.source, l.status, l.created_at from team_lists l
     where l.organization_id = (select app.org_id()) and l.status <> 'discarded'
     order by l.created_at desc, l.id desc limit 5"""


async def recent_lists(db: Reads) -> list[RecentList]:
    return await db.fetch(RecentList, RECENT)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadCursor
    return int(text)
