"""The operator's pages."""

from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Redirect
from coursecove.backoffice import actions, queries
from coursecove.backoffice.access import Operator, OperatorRoute, operator_page
from coursecove.backoffice.queries import ListedSchool, Stats
from coursecove.backoffice.views import Overview, SchoolRow
from coursecove.kit.db import ReadDb, ServiceDb
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page


@operator_page("GET", "/")
async def overview(request: Request, db: ReadDb, me: Operator) -> Answer:
    """All schools, and how background work is doing."""
    state = request.app.state
    found = await queries.schools(db, cursor=request.query_params.get("cursor"))
    totals, work = await queries.totals(db), await queries.stats(db)
    data = Overview(
        schools=tuple(_school(school, state.root) for school in found.rows),
        schools_total=totals.schools,
        people_total=totals.people,
        runs=_runs(work),
        dead=tuple(await queries.dead_runs(db)),
        events=tuple(await queries.recent_events(db)),
        waiting_events=work.events_waiting,
        engine="Inngest" if state.settings.inngest.event_key else "PostgreSQL",
        newer=_address(found.previous),
        older=_address(found.following),
    )
    return Page("backoffice/overview.html", data)


@operator_page("POST", "/runs/{run_id:uuid}/retries")
async def create_retry(request: Request, db: ServiceDb, me: Operator) -> Answer:
    run_id: UUID = request.path_params["run_id"]
    await actions.retry_run(db, me, run_id)
    return Redirect("/", toast=_("It runs again."))


PAGES: tuple[OperatorRoute, ...] = (overview, create_retry)


def _school(school: ListedSchool, root: PublicRoot) -> SchoolRow:
    return SchoolRow(
        school.id,
        school.name,
        school.slug,
        root.origin(school.label),
        school.created_at,
        school.owners,
        school.teachers,
        school.students,
        school.guardians,
    )


def _runs(work: Stats) -> tuple[tuple[str, int], ...]:
    return (
        ("running", work.running),
        ("waiting", work.waiting),
        (_("Done in the last hour"), work.done_last_hour),
        ("dead", work.dead),
    )


def _address(cursor: str | None) -> str | None:
    return f"/?cursor={cursor}" if cursor else None
