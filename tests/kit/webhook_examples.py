"""Examples of the operator's pages about webhooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from coursecove.backoffice import webhooks_views as backoffice
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import School, Shell

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)


def _ago(**distance: float) -> datetime:
    return NOW - timedelta(**distance)


WEBHOOK_ROWS = tuple(
    backoffice.WebhookRow(
        f"msg_2aBcDeFgHiJkLmNoPqRsTuVwXy{n}",
        event_type,
        f"user_2aBcDeFgHiJkLmNoPqRsTuVwX{n}",
        status,
        reason,
        "fast",
        n + 1,
        12 * n if n else None,
        _ago(minutes=n * 7),
    )
    for n, (event_type, status, reason) in enumerate(
        [
            ("user.updated", "pending", "a row it needs was locked by somebody else"),
            ("organizationMembership.created", "completed", None),
            ("user.created", "failed", "it breaks a rule of the tables (users_status_check)"),
            ("session.created", "ignored", "nothing here follows events of this type"),
            ("user.updated", "superseded", "what it says is known already, or something newer is"),
        ]
    )
)
WEBHOOKS = backoffice.WebhooksPage(
    backoffice.WebhookFiguresRow(3, 1, 412, 98, 4, 12, 31, 40),
    (("completed", 40_120, 99.91), ("failed", 1, 0.01)),
    WEBHOOK_ROWS,
    backoffice.JournalRow(48, 12),
    older="/webhooks?cursor=x",
)
WEBHOOK = backoffice.WebhookPage(
    WEBHOOK_ROWS[2],
    "user",
    2,
    "ins_2aBcDeFgHiJkLmNoPqRsTuVwXyZ",
    _ago(minutes=15),
    _ago(minutes=14),
    None,
    redacted=False,
    can_replay=True,
    attempts=(backoffice.Attempt("2026-11-24T14:05:00Z", "fast", "it breaks a rule of the tables", 31),),
    payload='{"type": "user.created", "data": {"id": "user_2aBc"}}',
)


def pages(shell: Shell) -> dict[str, tuple[Page, Shell | None]]:
    """Each state of each page."""
    operator = replace(shell, school=School("Operator", "operator"), set_up=None, path="/webhooks")
    return {
        "webhooks": (Page("backoffice/webhooks.html", WEBHOOKS), operator),
        "webhooks-none": (
            Page("backoffice/webhooks.html", replace(WEBHOOKS, webhooks=(), rates=())),
            operator,
        ),
        "webhooks-unfound": (
            Page("backoffice/webhooks.html", replace(WEBHOOKS, webhooks=(), q="msg_nothing")),
            operator,
        ),
        "webhook": (Page("backoffice/webhook.html", WEBHOOK), operator),
        "webhook-redacted": (
            Page(
                "backoffice/webhook.html",
                replace(WEBHOOK, payload=None, redacted=True, can_replay=False, attempts=()),
            ),
            operator,
        ),
        "webhooks-range": (
            Page(
                "backoffice/webhooks_range.html",
                backoffice.ReplayRangePage("2026-11-24T10:00", "2026-11-24T11:00", False, 7, 500),
            ),
            operator,
        ),
        "webhooks-range-wrong": (
            Page(
                "backoffice/webhooks_range.html",
                backoffice.ReplayRangePage(
                    "", "2026-11-24T11:00", errors={"start": "Give a date and a time."}
                ),
            ),
            operator,
        ),
    }
