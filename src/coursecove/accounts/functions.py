"""Background work of accounts."""

from collections.abc import Iterable

from coursecove.accounts.events import ClerkWebhookReceived, OrganizationClosed, OrganizationExpired
from coursecove.accounts.sync import keeping, stored
from coursecove.accounts.sync.keeping import Keep
from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import AnyFunction, Run, ScheduleTicked, function

FORGET = """
    with gone as (delete from idempotency_keys where created_at < now() - interval '1 day' returning 1)
    select count(*) from gone"""


@function(cron="17 * * * *")
async def forget_answered_requests(run: Run[ScheduleTicked]) -> None:
    """Idempotency keys are kept for a day."""
    await run.step("forget", _forget)


@function(on=ClerkWebhookReceived, dedup="webhook_id", retries=5, name="process-clerk-webhook")
async def process_clerk_webhook(run: Run[ClerkWebhookReceived]) -> None:
    """Apply a webhook that could not be applied at once; after the last try the sweeper goes on."""
    last = run.attempt == process_clerk_webhook.attempts
    await run.step("apply", stored.apply_stored, run.event.webhook_id, last=last)


def functions(keep: Keep) -> Iterable[AnyFunction]:
    """All of them; `keep` says how long things are kept here."""

    @function(cron="41 * * * *", timeout=600)
    async def redact_webhooks(run: Run[ScheduleTicked]) -> None:
        """Bodies are personal data, so they go first; the rest of a webhook follows."""
        portion = 0
        while await run.step(f"redact {portion}", keeping.redact_some, keep.bodies):
            portion += 1
        while await run.step(f"forget {portion}", keeping.forget_some, keep.webhooks):
            portion += 1

    @function(on=OrganizationClosed, retries=10)
    async def look_at_grace(run: Run[OrganizationClosed]) -> None:
        """Where no grace is set, a school's data go as soon as it is closed."""
        await run.step("look", keeping.end_grace, keep.closed_schools, run.event.school_id)

    @function(cron="23 * * * *")
    async def look_for_ended_graces(run: Run[ScheduleTicked]) -> None:
        """A school that was closed long enough ago is to be purged."""
        await run.step("look", keeping.end_grace, keep.closed_schools)

    @function(on=OrganizationExpired, timeout=600, retries=10)
    async def purge_school(run: Run[OrganizationExpired]) -> None:
        """Delete a closed school's rows, a portion in each transaction; a killed run goes on where it was."""
        portion = 0
        while await run.step(
            f"portion {portion}", keeping.purge_some, keep.closed_schools, run.event.school_id
        ):
            portion += 1

    return (
        forget_answered_requests,
        process_clerk_webhook,
        redact_webhooks,
        look_at_grace,
        look_for_ended_graces,
        purge_school,
    )


async def _forget(db: ServiceDb) -> int:
    count: int = await db.value(FORGET)
    return count
