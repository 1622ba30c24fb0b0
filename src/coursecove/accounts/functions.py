"""Background work of accounts."""

from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import Run, ScheduleTicked, function

FORGET = """
    with gone as (delete from idempotency_keys where created_at < now() - interval '1 day' returning 1)
    select count(*) from gone"""


@function(cron="17 * * * *")
async def forget_answered_requests(run: Run[ScheduleTicked]) -> None:
    """Idempotency keys are kept for a day."""
    await run.step("forget", _forget)


async def _forget(db: ServiceDb) -> int:
    count: int = await db.value(FORGET)
    return count
