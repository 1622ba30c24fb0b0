"""From what was read to what authors are shown."""

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from coursecove.accounts.access import Member
from coursecove.accounts.roles import Role
from coursecove.courses import file_queries, lesson_queries, queries
from coursecove.courses.file_kinds import KINDS
from coursecove.courses.models import CourseStatus
from coursecove.courses.views import (
    Choices,
    CoursePage,
    FileRow,
    FilesPage,
    GoneRow,
    LessonPage,
    LessonRow,
    ModuleRow,
    Row,
    SettingsPage,
    TeacherRow,
)
from coursecove.kit.db import Reads
from coursecove.kit.web.conditional import entity_tag
from coursecove.kit.web.language import gettext as _
from coursecove.people.queries import Named

DELETED = "deleted"


def address(path: str, cursor: str | None = None, **parameters: str) -> str:
    """A page's address with what it is narrowed to."""
    given = {name: value for name, value in parameters.items() if value}
    if cursor:
        given["cursor"] = cursor
    return f"{path}?{urlencode(given)}" if given else path


def status_of(text: str) -> str:
    return text if text in (*CourseStatus, DELETED) else ""


def tabs() -> Choices:
    return (
        (_("All"), "/courses"),
        (_("Drafts"), "/courses?status=draft"),
        (_("Published"), "/courses?status=published"),
        (_("Archived"), "/courses?status=archived"),
        (_("Deleted"), "/courses?status=deleted"),
    )


def course_rows(found: Sequence[queries.Listed]) -> tuple[Row, ...]:
    return tuple(
        Row(
            row.id,
            row.title,
            row.status,
            row.publish_at,
            row.color,
            row.updated_at,
            row.lessons,
            row.teachers or "",
            row.days_left,
        )
        for row in found
    )


def course_page(found: queries.Outline) -> CoursePage:
    modules, lessons = found.modules, found.lessons
    rows = []
    for number, module in enumerate(modules):
        own = [lesson for lesson in lessons if lesson.module_id == module.id]
        rows.append(
            ModuleRow(
                module.id,
                module.title,
                module.version,
                _lesson_rows(own),
                first=number == 0,
                last=number == len(modules) - 1,
            )
        )
    gone = tuple(GoneRow(each.id, each.kind, each.title) for each in found.gone)
    return CoursePage(
        found.id,
        found.title,
        found.summary,
        found.status,
        found.publish_at,
        found.days_left,
        tuple(rows),
        gone,
    )


def _lesson_rows(own: list[queries.Lesson]) -> tuple[LessonRow, ...]:
    last = len(own) - 1
    return tuple(
        LessonRow(
            each.id,
            each.title,
            each.status,
            each.is_preview,
            each.changed,
            first=number == 0,
            last=number == last,
        )
        for number, each in enumerate(own)
    )


def settings_page(
    me: Member, found: queries.Facts, teachers: Sequence[queries.Teacher], staff: Sequence[Named]
) -> SettingsPage:
    taught = {each.id for each in teachers}
    return SettingsPage(
        found.id,
        found.title,
        found.summary,
        found.color,
        found.status,
        found.publish_at,
        found.version,
        found.days_left,
        tuple(
            TeacherRow(each.id, each.name, me.role == Role.SUPER_ADMIN or each.id != me.id)
            for each in teachers
        ),
        tuple((str(each.id), each.name) for each in staff if each.id not in taught),
        me.time_zone.replace("_", " "),
    )


def lesson_page(found: lesson_queries.Lesson, modules: Sequence[queries.Module]) -> LessonPage:
    return LessonPage(
        found.id,
        found.course_id,
        found.course_title,
        found.module_id,
        found.title,
        found.status,
        found.is_preview,
        found.version,
        found.content,
        found.draft_version,
        found.draft_at,
        found.draft_by,
        found.current_number,
        found.published_at,
        found.changed,
        tuple((str(each.id), each.title) for each in modules),
        draft_tag(found.id, found.draft_version),
    )


def draft_tag(lesson_id: object, version: int) -> str:
    """The version of a draft as the JSON API names it."""
    return entity_tag(lesson_id, "draft", version)


async def files_page(db: Reads, lesson_id: UUID, largest_mb: int, problem: str | None = None) -> FilesPage:
    lesson = await lesson_queries.lesson(db, lesson_id)
    rows = tuple(_file_row(each) for each in await file_queries.files(db, lesson.course_id, lesson.id))
    return FilesPage(
        lesson.id, lesson.course_id, lesson.course_title, lesson.title, largest_mb, rows, problem
    )


def _file_row(found: file_queries.File) -> FileRow:
    place = KINDS[found.type].place
    address, words = f"/courses/files/{found.id}/{place}", found.name.rpartition(".")[0]
    line = f"[{words}]({address})" if place == "download" else f"![{words}]({address})"
    return FileRow(found.id, found.name, _size(found.size), address, line)


def _size(count: int) -> str:
    return f"{count / 1_048_576:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1024))} kB"
