"""The operator's pages about webhooks: how they are doing, one by one, and once more."""

import json
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from starlette.requests import Request

from coursecove.accounts.access import Answer, Redirect
from coursecove.accounts.sync.journal import Waiting, waiting_in
from coursecove.backoffice import webhooks_queries as queries
from coursecove.backoffice.access import Operator, OperatorRoute, operator_page
from coursecove.backoffice.webhooks_actions import MOST_AT_ONCE, replay_webhooks
from coursecove.backoffice.webhooks_views import (
    Attempt,
    JournalRow,
    ReplayRangePage,
    WebhookFiguresRow,
    WebhookPage,
    WebhookRow,
    WebhooksPage,
)
from coursecove.kit.db import ReadDb, ServiceDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page

STATES = ("pending", "failed", "ignored", "superseded")


@operator_page("GET", "/webhooks")
async def webhooks(request: Request, db: ReadDb, me: Operator) -> Answer:
    asked = {name: request.query_params.get(name, "").strip()[:200] for name in ("q", "status")}
    status = asked["status"] if asked["status"] in STATES else ""
    found = await queries.webhooks(
        db,
        status=status,
        search=asked["q"],
        cursor=request.query_params.get("cursor"),
    )
    data = WebhooksPage(
        _figures(await queries.webhook_figures(db)),
        tuple((each.status, each.count, each.pct) for each in await queries.success_rate(db)),
        tuple(_row(each) for each in found.rows),
        _journal(waiting_in(request.app.state.settings.journal_folder)),
        q=asked["q"],
        status=status,
        newer=_address(found.previous, asked),
        older=_address(found.following, asked),
    )
    return Page("backoffice/webhooks.html", data)


@operator_page("GET", "/webhooks/range")
async def webhooks_range(request: Request, db: ReadDb, me: Operator) -> Answer:
    """How many a replay of this stretch would take, before anything is done."""
    asked = request.query_params
    data = await _range(db, asked.get("start", ""), asked.get("end", ""), again=bool(asked.get("again")))
    return Page("backoffice/webhooks_range.html", data, status=422 if data.errors else 200)


@operator_page("GET", "/webhooks/{webhook_id:path}")
async def webhook(request: Request, db: ReadDb, me: Operator) -> Answer:
    facts = await queries.webhook_facts(db, request.path_params["webhook_id"])
    row = WebhookRow(
        facts.webhook_id,
        facts.event_type,
        facts.object_id,
        facts.status,
        facts.reason,
        facts.path,
        facts.attempts,
        facts.took_ms,
        facts.created_at,
    )
    data = WebhookPage(
        row,
        facts.object_kind,
        facts.deliveries,
        facts.instance_id,
        facts.signed_at,
        facts.processed_at,
        facts.next_attempt_at,
        redacted=facts.redacted_at is not None,
        can_replay=facts.body is not None,
        attempts=tuple(_attempt(each) for each in reversed(facts.history)),
        payload=_readable(queries.shown(facts)),
    )
    return Page("backoffice/webhook.html", data)


@operator_page("POST", "/webhooks/replays")
async def create_replay(request: Request, db: ServiceDb, me: Operator) -> Answer:
    """Some webhooks by their ids; `again` also those that are done."""
    form = await request.form()
    chosen = [str(value) for value in form.getlist("webhook")][:MOST_AT_ONCE]
    if not chosen:
        raise Invalid(_("Choose at least one webhook."))
    outcomes = await replay_webhooks(db, me, chosen, again=bool(form.get("again")))
    back = f"/webhooks/{quote(chosen[0], safe='')}" if len(chosen) == 1 else "/webhooks"
    return Redirect(back, toast=_replayed(len(outcomes)))


@operator_page("POST", "/webhooks/range/replays")
async def create_range_replay(request: Request, db: ServiceDb, me: Operator) -> Answer:
    form = await request.form()
    again = bool(form.get("again"))
    start, end = _moments(str(form.get("start", "")), str(form.get("end", "")))
    ids = await queries.webhooks_in_range(db, start, end, again=again, limit=MOST_AT_ONCE)
    outcomes = await replay_webhooks(db, me, ids, again=again)
    return Redirect("/webhooks", toast=_replayed(len(outcomes)))


PAGES: tuple[OperatorRoute, ...] = (
    webhooks,
    webhooks_range,
    webhook,
    create_replay,
    create_range_replay,
)


async def _range(db: ReadDb, start: str, end: str, *, again: bool) -> ReplayRangePage:
    if not start and not end:
        return ReplayRangePage(most=MOST_AT_ONCE)
    try:
        since, until = _moments(start, end)
    except Invalid as refusal:
        return ReplayRangePage(start, end, again, most=MOST_AT_ONCE, errors=refusal.fields)
    ids = await queries.webhooks_in_range(db, since, until, again=again, limit=MOST_AT_ONCE)
    return ReplayRangePage(start, end, again, len(ids), MOST_AT_ONCE)


def _moments(start: str, end: str) -> tuple[datetime, datetime]:
    """Both ends in UTC, as the form says."""
    said: dict[str, str] = {}
    found: list[datetime] = []
    for name, text in (("start", start), ("end", end)):
        try:
            found.append(datetime.fromisoformat(text).replace(tzinfo=UTC))
        except ValueError:
            said[name] = _("Give a date and a time.")
    if not said and found[0] >= found[1]:
        said["end"] = _("The end lies before the start.")
    if said:
        raise Invalid(_("This is no stretch of time."), fields=said)
    return found[0], found[1]


def _replayed(count: int) -> str:
    return _("Webhooks replayed: %(num)s.") % {"num": count}


def _figures(found: queries.WebhookFigures) -> WebhookFiguresRow:
    return WebhookFiguresRow(
        found.pending,
        found.failed,
        found.taken,
        round(100 * found.fast / found.taken) if found.taken else None,
        found.p50_ms,
        found.p95_ms,
        found.p99_ms,
        None if found.oldest_pending is None else int(found.oldest_pending),
    )


def _journal(found: Waiting) -> JournalRow | None:
    if not found.segments:
        return None
    return JournalRow(-(-found.bytes // 1024), int(found.oldest_seconds))


def _row(each: queries.ListedWebhook) -> WebhookRow:
    return WebhookRow(
        each.webhook_id,
        each.event_type,
        each.object_id,
        each.status,
        each.reason,
        each.path,
        each.attempts,
        each.took_ms,
        each.created_at,
    )


def _attempt(kept: dict[str, object]) -> Attempt:
    return Attempt(
        str(kept.get("at", "")),
        str(kept.get("path", "")),
        str(kept.get("error", "")),
        int(str(kept.get("ms") or 0)),
    )


def _readable(payload: object) -> str | None:
    return None if payload is None else json.dumps(payload, indent=2, ensure_ascii=False)


def _address(cursor: str | None, asked: dict[str, str]) -> str | None:
    if cursor is None:
        return None
    return "/webhooks?" + urlencode(
        {name: value for name, value in asked.items() if value} | {"cursor": cursor}
    )
