"""Certificates: a learner's own, one to print, those of a course, taken back and given again."""

from asyncio import to_thread
from collections.abc import Sequence
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Download, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.courses import certificate_actions as actions
from coursecove.courses import certificate_queries as queries
from coursecove.courses import certificate_views as views
from coursecove.courses.certificate_pdf import Sheet, pdf_of, printable
from coursecove.courses.enrolment_showing import address
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.language import ngettext
from coursecove.kit.web.render import Page


@page("GET", "/certificates", allow=Permission.LEARN)
async def certificates(request: Request, db: ReadDb, me: Member) -> Answer:
    """A learner's own; for a guardian, those of each child."""
    data = _by_learner(await queries.my_certificates(db), own=me.role == Role.STUDENT)
    return Page("courses/certificates.html", data)


@page("GET", "/certificates/{certificate_id:uuid}", allow=Permission.READ_LESSONS)
async def certificate(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await queries.certificate(db, request.path_params["certificate_id"])
    return Page("courses/certificate.html", certificate_page(found, request.state.origin))


@page("GET", "/certificates/{certificate_id:uuid}/certificate.pdf", allow=Permission.READ_LESSONS)
async def certificate_pdf(request: Request, db: ReadDb, me: Member) -> Answer:
    """The certificate to keep, to print or to send on."""
    found = await queries.certificate(db, request.path_params["certificate_id"])
    if found.revoked_at is not None or not printable(found.learner, found.course, found.school):
        raise actions.NotAsItStands
    shown = certificate_page(found, request.state.origin)
    image = await queries.logo(db, me.logo_digest)
    sheet = Sheet(
        found.learner,
        found.course,
        found.school,
        shown.code,
        found.issued_at,
        shown.verify_url,
        me.brand_color,
        image,
    )
    return Download(
        f"{found.course} – {found.learner}.pdf", await to_thread(pdf_of, sheet), "application/pdf"
    )


@page("POST", "/certificates/{certificate_id:uuid}/revocation", allow=Permission.AUTHOR_COURSES)
async def create_certificate_revocation(request: Request, db: UserDb, me: Member) -> Answer:
    certificate_id: UUID = request.path_params["certificate_id"]
    await actions.revoke(db, certificate_id)
    way = f"/certificates/{certificate_id}"
    return Redirect(way, toast=_("Taken back."), undo=f"{way}/restoration")


@page("POST", "/certificates/{certificate_id:uuid}/restoration", allow=Permission.AUTHOR_COURSES)
async def create_certificate_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    certificate_id: UUID = request.path_params["certificate_id"]
    await actions.restore(db, certificate_id)
    return Redirect(f"/certificates/{certificate_id}", toast=_("It is valid again."))


@page("POST", "/certificates/{certificate_id:uuid}/renewal", allow=Permission.AUTHOR_COURSES)
async def create_certificate_renewal(request: Request, db: UserDb, me: Member) -> Answer:
    """Put the names on it that learner, course and school have now."""
    certificate_id: UUID = request.path_params["certificate_id"]
    await actions.renew(db, certificate_id)
    return Redirect(f"/certificates/{certificate_id}", toast=_("It carries today’s names now."))


@page("GET", "/courses/{course_id:uuid}/certificates", allow=Permission.AUTHOR_COURSES)
async def course_certificates(request: Request, db: ReadDb, me: Member) -> Answer:
    course_id: UUID = request.path_params["course_id"]
    found, rows = await queries.course_certificates(db, course_id, request.query_params.get("cursor"))
    path = f"/courses/{course_id}/certificates"
    data = views.CourseCertificates(
        found.id,
        found.title,
        found.gives_certificates,
        found.lessons,
        found.ready,
        _rows(rows.rows),
        newer=address(path, cursor=rows.previous) if rows.previous else None,
        older=address(path, cursor=rows.following) if rows.following else None,
    )
    return Page("courses/course_certificates.html", data)


@page("POST", "/courses/{course_id:uuid}/certificates", allow=Permission.AUTHOR_COURSES)
async def update_certificates(request: Request, db: UserDb, me: Member) -> Answer:
    """Give certificates from now on, or no more; those that were given stay."""
    course_id: UUID = request.path_params["course_id"]
    on = str((await request.form()).get("gives", "")) == "1"
    given = await actions.switch(db, course_id, on=on)
    said = _given(given) if given else _("Saved.")
    return Redirect(f"/courses/{course_id}/certificates", toast=said)


@page("POST", "/courses/{course_id:uuid}/certificates/issue", allow=Permission.AUTHOR_COURSES)
async def create_certificates(request: Request, db: UserDb, me: Member) -> Answer:
    """Give them to those who are done, but did not finish by finishing a lesson: one was taken away, say."""
    course_id: UUID = request.path_params["course_id"]
    given = await actions.give(db, course_id)
    return Redirect(f"/courses/{course_id}/certificates", toast=_given(given))


PAGES: tuple[PageRoute, ...] = (
    certificates,
    certificate,
    certificate_pdf,
    create_certificate_revocation,
    create_certificate_restoration,
    create_certificate_renewal,
    course_certificates,
    update_certificates,
    create_certificates,
)


def certificate_page(found: queries.OneCertificate, origin: str) -> views.CertificatePage:
    back = (f"/courses/{found.course_id}/certificates", found.course) if found.course_id else None
    code = actions.spaced(found.code)
    return views.CertificatePage(
        found.id,
        found.learner,
        found.course,
        found.school,
        code,
        found.issued_at,
        found.revoked_at,
        f"{origin}/verify?code={code}",
        back if found.decides else None,
        found.course_id,
        found.decides,
        pdf=printable(found.learner, found.course, found.school),
    )


def _by_learner(found: Sequence[queries.MyCertificate], *, own: bool) -> views.Certificates:
    names = {row.member_id: row.name for row in found}
    learners = tuple(
        views.LearnerCertificates(name, _rows([row for row in found if row.member_id == member_id]))
        for member_id, name in names.items()
    )
    return views.Certificates(learners, own=own)


def _rows(found: Sequence[queries.CertificateFacts]) -> tuple[views.CertificateRow, ...]:
    return tuple(
        views.CertificateRow(
            row.id, row.member_id, row.learner, row.course, row.issued_at, row.revoked_at is not None
        )
        for row in found
    )


def _given(amount: int) -> str:
    return ngettext("%(num)s certificate given.", "%(num)s certificates given.", amount) % {"num": amount}
