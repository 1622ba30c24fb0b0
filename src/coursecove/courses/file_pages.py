"""Files of lessons: sent, looked at, taken away, deleted."""

from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.requests import Request

from coursecove.accounts.access import Answer, Media, Member, PageRoute, Redirect, page
from coursecove.accounts.outside import Outside, provider_page
from coursecove.accounts.permissions import Permission
from coursecove.courses import file_queries, lesson_queries, showing
from coursecove.courses.content_models import LessonFile
from coursecove.courses.file_kinds import FILM, HEAD, KINDS, PICTURE, SOUND, FileRefused, clean_name, kind_of
from coursecove.courses.lesson_actions import lesson_for_change
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.errors import NotFound
from coursecove.kit.ids import new_id
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page

AUTHOR = Permission.AUTHOR_COURSES
ADD = """
    insert into lesson_files (organization_id, id, course_id, lesson_id, name, type, size, digest)
    values ($1, $2, $3, $4, $5, $6, $7, $8)"""


@provider_page("POST", "/courses/lessons/{lesson_id:uuid}/files", allow=AUTHOR)
async def create_lesson_file(request: Request, work: Outside, me: Member) -> Answer:
    """The lesson is looked at before the file is kept, so that nobody fills the storage of others."""
    lesson_id: UUID = request.path_params["lesson_id"]
    sent = (await request.form()).get("file")
    async with work.read() as db:
        await lesson_queries.lesson(db, lesson_id)
    try:
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise FileRefused(_("Choose a file first."))
        kind, size = kind_of(await sent.read(HEAD)), sent.size or 0
    except FileRefused as refusal:
        async with work.read() as db:
            return Page(
                "courses/files.html",
                await showing.files_page(db, lesson_id, _largest(request), refusal.message),
                status=422,
            )
    await sent.seek(0)
    digest = await request.app.state.storage.keep(sent.file)
    async with work.write() as db:
        lesson = await lesson_for_change(db, lesson_id)
        name = clean_name(sent.filename, kind)
        connection = await db.connection()
        await connection.execute(
            ADD, me.school_id, new_id(), lesson.course_id, lesson.id, name, kind.type, size, digest
        )
    return Redirect(
        f"/courses/lessons/{lesson_id}/files", toast=_("The file is there. Copy its line into the text.")
    )


@page("GET", "/courses/lessons/{lesson_id:uuid}/files", allow=AUTHOR)
async def lesson_files(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page(
        "courses/files.html",
        await showing.files_page(db, request.path_params["lesson_id"], _largest(request)),
    )


@page("POST", "/courses/files/{file_id:uuid}/deletion", allow=AUTHOR)
async def create_file_deletion(request: Request, db: UserDb, me: Member) -> Answer:
    file = await db.get(LessonFile, request.path_params["file_id"], lock=True)
    file.deleted_at = file.deleted_at or clock.now()
    await db.flush()
    said = _("“%(name)s” was deleted. Where a text shows it, there is nothing now.") % {
        "name": file.name[:80]
    }
    back = f"/courses/lessons/{file.lesson_id}/files"
    return Redirect(back, toast=said, undo=f"/courses/files/{file.id}/restoration")


@page("POST", "/courses/files/{file_id:uuid}/restoration", allow=AUTHOR)
async def create_file_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    file = await db.get(LessonFile, request.path_params["file_id"], lock=True)
    file.deleted_at = None
    await db.flush()
    return Redirect(f"/courses/lessons/{file.lesson_id}/files", toast=_("The file is back."))


@page("GET", f"/courses/files/{{file_id:uuid}}/{PICTURE}", allow=Permission.READ_LESSONS)
async def lesson_picture(request: Request, db: ReadDb, me: Member) -> Answer:
    return await _media(request, db, PICTURE)


@page("GET", f"/courses/files/{{file_id:uuid}}/{SOUND}", allow=Permission.READ_LESSONS)
async def lesson_sound(request: Request, db: ReadDb, me: Member) -> Answer:
    return await _media(request, db, SOUND)


@page("GET", f"/courses/files/{{file_id:uuid}}/{FILM}", allow=Permission.READ_LESSONS)
async def lesson_film(request: Request, db: ReadDb, me: Member) -> Answer:
    return await _media(request, db, FILM)


@page("GET", "/courses/files/{file_id:uuid}/download", allow=Permission.READ_LESSONS)
async def lesson_file(request: Request, db: ReadDb, me: Member) -> Answer:
    return await _media(request, db, None)


PAGES: tuple[PageRoute, ...] = (
    create_lesson_file,
    lesson_files,
    create_file_deletion,
    create_file_restoration,
    lesson_picture,
    lesson_sound,
    lesson_film,
    lesson_file,
)


async def _media(request: Request, db: ReadDb, place: str | None) -> Media:
    """The file, where it is one that is shown at this place; None takes any away."""
    found = await file_queries.file(db, request.path_params["file_id"])
    storage = request.app.state.storage
    if place not in (None, KINDS[found.type].place) or not await storage.has(found.digest):
        raise NotFound
    return Media(
        found.name,
        found.type,
        found.size,
        found.digest,
        lambda start, length: storage.pieces(found.digest, start, length),
        inline=place is not None,
    )


def _largest(request: Request) -> int:
    largest: int = request.app.state.settings.files.largest_mb
    return largest
