"""`coursecove identity reconcile`: what the identity provider has, beside what we have."""

import asyncio
from collections import Counter

from coursecove import settings
from coursecove.accounts.sync import causes
from coursecove.accounts.sync.outcomes import Applying
from coursecove.accounts.sync.reconciling import Difference, Reconciling
from coursecove.accounts.sync.taking import Line
from coursecove.cli.place import clients, database_url
from coursecove.kit.processes import say
from coursecove.kit.web.hosts import PublicRoot
from coursecove.settings import Settings
from coursecove.web.identity import build_identity
from coursecove.web.webhooks import UNHURRIED


def run_reconcile(*, dry_run: bool, remove_all: bool) -> Difference:
    """Walk, mend, say each difference on the way."""
    chosen = settings.load()
    with database_url(chosen) as url:
        return asyncio.run(_reconcile(chosen, url, dry_run=dry_run, remove_all=remove_all))


async def _reconcile(chosen: Settings, url: str, *, dry_run: bool, remove_all: bool) -> Difference:
    async with clients(chosen, url) as database:
        identity = build_identity(chosen, PublicRoot.parse(chosen.origin()), database)
        line = Line(database.config, UNHURRIED)
        applying = Applying(line, lambda _, error: causes.failure(error, path="reconcile"))
        try:
            walk = Reconciling(identity.port, line, applying, say, dry_run=dry_run)
            return await walk.run(remove_all=remove_all)
        finally:
            line.cut()
            await identity.close()


def summary(found: Difference, *, dry_run: bool) -> str:
    """Three lines: compared, mended, removed."""
    would = "would be " if dry_run else ""
    lines = [
        f"compared: {_counts(found.seen)}",
        f"{would}mended: {_counts(found.mended)}",
        f"{would}removed: {_counts(found.gone)}",
    ]
    if found.buried:
        lines.append(f"deleted here, alive at the provider: {_counts(found.buried)}")
    return "\n".join(lines)


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{kind} {counts[kind]}" for kind in ("organization", "user", "membership"))
