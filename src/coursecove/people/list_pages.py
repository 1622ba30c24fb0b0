"""Lists of changes: looked at, started, watched, taken back."""

from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Download, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.accounts.wording import role_word
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.language import ngettext
from coursecove.kit.web.render import Page
from coursecove.people.exporting import as_csv
from coursecove.people.list_actions import (
    NothingChosen,
    Selection,
    create_selection,
    discard_list,
    start_list,
    take_back_list,
)
from coursecove.people.list_queries import ListedLine, ListFacts, whole_list
from coursecove.people.lists import MOST_LINES
from coursecove.people.models import ChangeKind, ChangeStatus
from coursecove.people.queries import Search
from coursecove.people.showing import address
from coursecove.people.views import LineRow, ListPage
from coursecove.people.wording import kind_words, problem_words

STATES = {
    ChangeStatus.DRAFT: "ready",
    ChangeStatus.PROBLEM: "problem",
    ChangeStatus.ASKED: "waiting",
    ChangeStatus.DONE: "done",
    ChangeStatus.REFUSED: "refused",
}
MOST_TICKED = 500


@page("POST", "/people/selection", allow=Permission.MANAGE_PEOPLE)
async def create_selection_list(request: Request, db: UserDb, me: Member) -> Answer:
    """The people ticked on a list, or everybody whom its search finds, to be looked at first."""
    form = await request.form()
    kind, _colon, role = str(form.get("action", "")).partition(":")
    if kind not in set(ChangeKind):
        raise NothingChosen
    search = Search(str(form.get("q", "")).replace("\0", "")[:200], _known_role(str(form.get("role", ""))))
    chosen = Selection(
        tuple(_uuid(str(value)) for value in form.getlist("id")[:MOST_TICKED]),
        search if form.get("everybody") == "1" else None,
    )
    wanted = Role(role) if role in set(Role) else None
    list_id = await create_selection(db, me, ChangeKind(kind), chosen, role=wanted)
    return Redirect(f"/people/lists/{list_id}")


@page("GET", "/people/lists/{list_id:uuid}", allow=Permission.MANAGE_PEOPLE)
async def team_list(request: Request, db: ReadDb, me: Member) -> Answer:
    list_id = request.path_params["list_id"]
    status = request.query_params.get("state", "")
    wanted = next((each for each, state in STATES.items() if state == status), None)
    cursor = request.query_params.get("cursor")
    facts, found = await whole_list(db, list_id, status=wanted or "", cursor=cursor)
    path = f"/people/lists/{list_id}"
    asked = {"state": status if wanted else ""}
    data = ListPage(
        facts.id,
        facts.kind,
        kind_words(facts.kind),
        facts.source,
        facts.status,
        facts.asked_by,
        facts.created_at,
        facts.finished_at,
        facts.ready,
        facts.problems,
        facts.asked,
        facts.done,
        facts.refused,
        tuple(_row(line) for line in found.rows),
        tabs=_tabs(facts, path),
        here=address(path, **asked),
        path=path,
        newer=address(path, found.previous, **asked) if found.previous else None,
        older=address(path, found.following, **asked) if found.following else None,
    )
    return Page("people/list.html", data)


@page("POST", "/people/lists/{list_id:uuid}/start", allow=Permission.MANAGE_PEOPLE)
async def create_list_start(request: Request, db: UserDb, me: Member) -> Answer:
    list_id = request.path_params["list_id"]
    started = await start_list(db, me, list_id)
    said = ngettext("%(num)s is under way.", "%(num)s are under way.", started) % {"num": started}
    return Redirect(f"/people/lists/{list_id}", toast=said)


@page("POST", "/people/lists/{list_id:uuid}/discarding", allow=Permission.MANAGE_PEOPLE)
async def create_list_discarding(request: Request, db: UserDb, me: Member) -> Answer:
    await discard_list(db, request.path_params["list_id"])
    return Redirect("/people", toast=_("The list was put away. Nothing was sent."))


@page("POST", "/people/lists/{list_id:uuid}/undoing", allow=Permission.MANAGE_PEOPLE)
async def create_list_undoing(request: Request, db: UserDb, me: Member) -> Answer:
    """Take back every invitation of the list that nobody has taken yet."""
    revocation = await take_back_list(db, me, request.path_params["list_id"])
    return Redirect(f"/people/lists/{revocation}", toast=_("The invitations are being taken back."))


@page("GET", "/people/lists/{list_id:uuid}/export", allow=Permission.MANAGE_PEOPLE)
async def export_list(request: Request, db: ReadDb, me: Member) -> Answer:
    """Every line with what came of it."""
    _facts, found = await whole_list(db, request.path_params["list_id"], limit=2 * MOST_LINES)
    headings = (_("Line"), _("Given"), _("Email"), _("Role"), _("Result"), _("Problem"))
    rows = (
        (
            line.position,
            line.given,
            line.email or line.name,
            role_word(line.role) if line.role else "",
            STATES[ChangeStatus(line.status)],
            problem_words(line.problem),
        )
        for line in found.rows
    )
    return Download(f"{me.school_label}-list.csv", as_csv(headings, rows))


PAGES: tuple[PageRoute, ...] = (
    create_selection_list,
    team_list,
    create_list_start,
    create_list_discarding,
    create_list_undoing,
    export_list,
)


def _row(line: ListedLine) -> LineRow:
    return LineRow(
        line.position,
        line.given or "",
        line.name or line.email,
        line.role,
        line.was,
        STATES[ChangeStatus(line.status)],
        problem_words(line.problem) if line.problem else None,
    )


def _tabs(facts: ListFacts, path: str) -> tuple[tuple[str, str], ...]:
    """The states that lines of this list are in, each a view of its own."""
    numbers = {
        "ready": (_("Ready"), facts.ready),
        "problem": (_("With problems"), facts.problems),
        "waiting": (_("Waiting"), facts.asked),
        "done": (_("Done"), facts.done),
        "refused": (_("Not done"), facts.refused),
    }
    shown = [
        (f"{words} ({number})", address(path, state=state))
        for state, (words, number) in numbers.items()
        if number
    ]
    return ((f"{_('All')} ({facts.total})", path), *shown) if len(shown) > 1 else ()


def _known_role(text: str) -> str:
    return text if text in set(Role) else ""


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid from None
