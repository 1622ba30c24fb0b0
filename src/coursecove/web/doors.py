"""What stands at a school's door: signing up there, its logo, the texts to agree to, and who gets a certificate."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from coursecove.courses.certificate_actions import read_code
from coursecove.courses.certificate_views import VerifyPage
from coursecove.kit.errors import NotFound
from coursecove.kit.web.host_gate import Vacancy
from coursecove.kit.web.hosts import PublicRoot, SchoolHost
from coursecove.kit.web.render import Page
from coursecove.schools.legal import DOCUMENTS
from coursecove.schools.pages.legal import texts
from coursecove.schools.views import LegalPage
from coursecove.web.problems import nonce_of
from coursecove.web.shell import reader_of

LOGO = "select app.logo($1, $2)"
BY_CODE = "select learner, course, school, issued_at, revoked_at from app.certificate_by_code($1, $2)"
PROVEN = "select kind from app.school_by_host($1)"
LONGEST_DIGEST = 64
LONGEST_CODE = 40
FRESH = {"cache-control": "no-store"}
UNLISTED = {**FRESH, "x-robots-tag": "noindex"}


def founding_at(root: PublicRoot) -> Vacancy:
    """Signing up at a label that nobody has is founding a school there."""

    def answer(host: SchoolHost, path: str) -> Response | None:
        if path != "/sign-up":
            return None
        return RedirectResponse(f"{root.origin()}/found?{urlencode({'label': host.label})}", 303, FRESH)

    return answer


async def sign_up(request: Request) -> Response:
    """At a school: make an account, then come to its door."""
    back = f"{request.state.origin}/join"
    target = f"{request.app.state.endpoints.sign_up}?{urlencode({'redirect_url': back})}"
    return RedirectResponse(target, 303, FRESH)


async def logo(request: Request) -> Response:
    """The school's picture, for everybody; its address changes with it."""
    wanted = request.query_params.get("v", "")
    image: bytes | None = None
    if 0 < len(wanted) <= LONGEST_DIGEST:
        async with request.app.state.database.anonymous() as db:
            image = await db.value(LOGO, request.state.school.id, wanted)
    if image is None:
        return PlainTextResponse("", 404, FRESH)
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "content-security-policy": "default-src 'none'; sandbox",
        "content-disposition": "inline; filename=logo.png",
    }
    return Response(image, media_type="image/png", headers=headers)


async def legal(request: Request) -> Response:
    """A text that people agree to."""
    found = next((text for text in texts() if text.key == request.path_params["key"]), None)
    if found is None:
        raise NotFound
    data = LegalPage(found.title, found.version, request.app.state.root.name)
    page = Page(f"schools/legal/{DOCUMENTS[found.key].path}", data)
    reader = reader_of(request, None)
    return HTMLResponse(
        request.app.state.templates.render(page, None, nonce=nonce_of(request), reader=reader)
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """What a certificate's code stands for."""

    learner: str
    course: str
    school: str
    issued_at: datetime
    revoked_at: datetime | None


async def verify(request: Request) -> Response:
    """Whether a certificate is true, for whoever holds its code; nothing leads to one without."""
    school = request.state.school
    asked = request.query_params.get("code", "").replace("\0", "").strip()[:LONGEST_CODE]
    code, found = read_code(asked), None
    if code is not None:
        async with request.app.state.database.anonymous() as db:
            found = await db.first(Verified, BY_CODE, school.id, code)
    data = VerifyPage(school.name, asked=asked)
    if found is not None:
        data = replace(
            data,
            found=True,
            learner=found.learner,
            course=found.course,
            issued_by=found.school,
            issued_at=found.issued_at,
            revoked_at=found.revoked_at,
        )
    text = request.app.state.templates.render(
        Page("courses/verify.html", data), None, nonce=nonce_of(request), reader=reader_of(request, None)
    )
    return HTMLResponse(text, 404 if asked and found is None else 200, UNLISTED)


async def tls_ask(request: Request) -> Response:
    """Asked by the proxy before it gets a certificate for a domain: only a proven one is worth it."""
    domain = request.query_params.get("domain", "").lower()
    known = None
    if 0 < len(domain) <= 253:
        async with request.app.state.database.anonymous() as db:
            known = await db.value(PROVEN, domain)
    return PlainTextResponse("yes" if known == "custom" else "no", 200 if known == "custom" else 404, FRESH)
