"""The operator's pages about people: finding somebody across all schools, and one person closely."""

from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Redirect
from coursecove.backoffice import people_queries as queries
from coursecove.backoffice.access import (
    Operator,
    OperatorRoute,
    OperatorWork,
    operator_page,
    operator_provider_page,
)
from coursecove.backoffice.events import SessionEndOrdered
from coursecove.backoffice.schools_pages import address
from coursecove.backoffice.views import OnePerson, PeoplePage, PersonLine, SchoolOf, SessionLine
from coursecove.kit.db import ReadDb
from coursecove.kit.errors import NotFound
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.providers.identity import (
    IdentityProvider,
    IdentityUnavailable,
    ProviderForgot,
    ProviderSession,
)


@operator_page("GET", "/people")
async def operator_people(request: Request, db: ReadDb, me: Operator) -> Answer:
    q = request.query_params.get("q", "")[:200]
    found = await queries.people(db, search=q, cursor=request.query_params.get("cursor"))
    lines = tuple(
        PersonLine(each.id, each.name or _("Unnamed"), each.email, each.status, each.created_at, each.schools)
        for each in found.rows
    )
    data = PeoplePage(
        lines,
        q=q,
        newer=address("/people", found.previous, q=q),
        older=address("/people", found.following, q=q),
    )
    return Page("backoffice/people.html", data, block="people")


@operator_provider_page("GET", "/people/{user_id:uuid}")
async def operator_person(request: Request, work: OperatorWork, me: Operator) -> Answer:
    user_id: UUID = request.path_params["user_id"]
    async with work.read() as db:
        facts = await queries.person(db, user_id)
        belongings = await queries.belongings(db, user_id)
    data = OnePerson(
        facts.id,
        facts.external_id,
        facts.name or _("Unnamed"),
        facts.email,
        facts.status,
        facts.provisional,
        facts.created_at,
        schools=tuple(
            SchoolOf(each.school_id, each.school, each.role, each.active, each.since) for each in belongings
        ),
        sessions=await _sessions(work.identity, facts.external_id),
    )
    return Page("backoffice/person.html", data)


@operator_provider_page("POST", "/people/{user_id:uuid}/session-ends")
async def create_session_end(request: Request, work: OperatorWork, me: Operator) -> Answer:
    """End one of the person's sessions; nobody else's."""
    user_id: UUID = request.path_params["user_id"]
    session_id = str((await request.form()).get("session_id", ""))[:100]
    async with work.read() as db:
        facts = await queries.person(db, user_id)
    if session_id not in {each.id for each in await work.identity.sessions(facts.external_id)}:
        raise NotFound
    await work.identity.revoke(session_id)
    async with work.write() as db:
        await db.emit(SessionEndOrdered(user_id, session_id, me.id))
    return Redirect(f"/people/{user_id}", toast=_("That session is over."))


PAGES: tuple[OperatorRoute, ...] = (operator_people, operator_person, create_session_end)


async def _sessions(identity: IdentityProvider, external_id: str) -> tuple[SessionLine, ...] | None:
    try:
        found = await identity.sessions(external_id)
    except ProviderForgot:
        return ()
    except IdentityUnavailable:
        return None
    return tuple(_session(each) for each in found)


def _session(each: ProviderSession) -> SessionLine:
    return SessionLine(each.id, each.status, _moment(each.created_at_ms), _moment(each.last_active_at_ms))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
