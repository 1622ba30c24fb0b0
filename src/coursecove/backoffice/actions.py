"""What an operator may do; every action leaves an event that names who did it."""

from uuid import UUID

from coursecove.backoffice.access import Operator
from coursecove.backoffice.events import RunRetryRequested
from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import operations


async def retry_run(db: ServiceDb, operator: Operator, run_id: UUID) -> None:
    """Send a dead run round again with all its attempts."""
    await operations.retry_run(db, run_id)
    await db.emit(RunRetryRequested(run_id, operator.id))
