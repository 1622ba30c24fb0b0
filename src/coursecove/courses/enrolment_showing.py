"""From what was read about a course's learners to what its teachers see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from urllib.parse import urlencode

import msgspec

from coursecove.courses import enrolment_queries as queries
from coursecove.courses.enrolment_views import (
    Candidates,
    LearnerRow,
    Learners,
    LinkRow,
    Links,
    ProgressRow,
    ProgressTable,
    Status,
)
from coursecove.courses.progress_queries import LearnerProgress, ProgressPage
from coursecove.kit.cursors import Slice
from coursecove.kit.web.language import gettext as _

SHOWN = 50


def status_of(text: str) -> Status:
    return cast("Status", text if text in queries.LISTS else "active")


def address(path: str, **parameters: str | None) -> str:
    """A page's address with what it is narrowed to."""
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def learners_page(
    found: queries.LearnersPage, rows: Slice[queries.Learner], *, status: Status, search: str
) -> Learners:
    path = f"/courses/{found.id}/learners"
    narrowed = {"status": status if status != "active" else "", "q": search}
    counts = found.counts if isinstance(found.counts, dict) else msgspec.json.decode(found.counts)
    return Learners(
        found.id,
        found.title,
        status,
        _tabs(path, counts),
        address(path, status=narrowed["status"]),
        tuple(_learner(row) for row in rows.rows),
        found.lessons,
        int(counts.get("active", 0)),
        found.seats,
        search,
        newer=address(path, **narrowed, cursor=rows.previous) if rows.previous else None,
        older=address(path, **narrowed, cursor=rows.following) if rows.following else None,
        published=found.status == "published",
        given_seats=str(found.seats or ""),
    )


def _tabs(path: str, counts: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    words = {
        "active": _("Learning (%(num)s)"),
        "requested": _("Asking (%(num)s)"),
        "waiting": _("Waiting (%(num)s)"),
        "removed": _("Removed (%(num)s)"),
    }
    return tuple(
        (
            words[status] % {"num": counts.get(status, 0)},
            address(path, status="" if status == "active" else status),
        )
        for status in queries.LISTS
    )


def _learner(row: queries.Learner) -> LearnerRow:
    by = _("by a link: %(name)s") % {"name": row.link} if row.link else _("by a link")
    return LearnerRow(
        row.id,
        row.member_id,
        row.name,
        row.since,
        by if row.source == "link" else _("by hand"),
        row.done,
        row.last_at,
    )


def candidates_page(found: queries.EnrollablePage, search: str) -> Candidates:
    students = found.students
    free = None if found.seats is None else max(found.seats - found.active, 0)
    return Candidates(
        found.id,
        found.title,
        search,
        tuple((student.id, student.name) for student in students[:SHOWN]),
        more=len(students) > SHOWN,
        free=free,
    )


def links_page(found: queries.LinksPage) -> Links:
    return Links(
        found.id,
        found.title,
        found.status == "published",
        tuple(
            LinkRow(
                link.id,
                link.name,
                link.needs_approval,
                link.uses,
                link.most_uses,
                link.expires_at,
                link.created_at,
                "revoked" if link.revoked_at else "over" if link.over else "open",
            )
            for link in found.links
        ),
    )


def progress_table(found: ProgressPage, rows: Slice[LearnerProgress], module: str) -> ProgressTable:
    """The marks of one module; the first where the address names none."""
    path = f"/courses/{found.id}/progress"
    modules = [each for each in found.modules if each.lessons]
    chosen = next((each for each in modules if str(each.id) == module), modules[0] if modules else None)
    lessons: Sequence[Mapping[str, str]] = chosen.lessons if chosen else []
    every = {lesson["id"] for each in modules for lesson in each.lessons}
    name = str(chosen.id) if chosen else ""
    return ProgressTable(
        found.id,
        found.title,
        tuple((each.title, address(path, module=str(each.id))) for each in modules),
        chosen.title if chosen else "",
        address(path, module=name),
        tuple(lesson["title"] for lesson in lessons),
        tuple(_progress(row, [lesson["id"] for lesson in lessons], every) for row in rows.rows),
        len(every),
        newer=address(path, module=name, cursor=rows.previous) if rows.previous else None,
        older=address(path, module=name, cursor=rows.following) if rows.following else None,
    )


def _progress(row: LearnerProgress, lessons: Sequence[str], every: set[str]) -> ProgressRow:
    done, begun = {str(each) for each in row.done}, {str(each) for each in row.begun}
    return ProgressRow(
        row.member_id,
        row.name,
        tuple("done" if each in done else "begun" if each in begun else "" for each in lessons),
        len(done & every),
        row.last_at,
    )


def midnight(text: str) -> datetime | None:
    """The day of a form's date field, or None for one that is none."""
    try:
        return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - the school's zone is put to it by the caller
    except ValueError:
        return None
