"""The doctor's look through the two clients: do they get in, and does the work get done."""

from dataclasses import dataclass
from datetime import datetime

from coursecove.accounts.audit_check import broken_links
from coursecove.cli.findings import Finding, broken, counted, fine, worry
from coursecove.kit import clock
from coursecove.kit.db import Claims, Database
from coursecove.kit.db.failures import TookTooLong
from coursecove.kit.db.provision import UserClientTooMighty, check_user_client
from coursecove.settings import Settings
from coursecove.web.identity_provider import build_provider
from coursecove_identity.vault import SealBroken

SLOW_CLOCK = 2.0
WRONG_CLOCK = 30.0

STUCK = """
    select (select count(*) from function_runs where status in ('waiting', 'running') and external_id is null
               and due_at < now() - interval '5 minutes') as runs,
           (select count(*) from events where dispatched_at is null
               and greatest(occurred_at, not_before) < now() - interval '5 minutes') as events"""

DEAD = "select count(*) from function_runs where status = 'dead'"

FAILED_WEBHOOKS = "select count(*) from webhook_events where status = 'failed'"


async def clients(database: Database) -> Finding:
    """Both roles get in with the passwords derived from this secret."""
    async with database.service_read() as service, database.anonymous() as app:
        await service.value("select 1")
        await app.value("select 1")
    return fine("clients", "Both clients get in")


async def seal(database: Database) -> Finding:
    """The database believes what this installation says about who asks."""
    async with database.read(Claims()):
        return fine("seal", "The database accepts our seal")


async def user_client(database: Database) -> Finding:
    """Row security must bind the role that serves people."""
    try:
        async with database.anonymous() as db:
            await check_user_client(await db.connection())
    except UserClientTooMighty:
        what = "The user client owns tables or bypasses row security: people may see other schools"
        todo = "stop the site; `alter role coursecove_app nosuperuser nobypassrls`, give its tables to coursecove_owner"
        return broken("user client", what, todo)
    return fine("user client", "Row security binds the user client")


async def clock_skew(database: Database) -> Finding:
    """Claims are good for a minute, so two clocks must agree."""
    async with database.service_read() as db:
        before = clock.real_now()
        theirs: datetime = await db.value("select clock_timestamp()")
        after = clock.real_now()
    apart = abs((theirs - (before + (after - before) / 2)).total_seconds())
    if apart < SLOW_CLOCK:
        return fine("clock", "This machine's clock and the database's agree")
    what, todo = f"The database's clock is {apart:.0f} s away from ours", "set both by NTP"
    return (broken if apart > WRONG_CLOCK else worry)("clock", what, todo)


@dataclass(frozen=True, slots=True)
class _Stuck:
    runs: int
    events: int


async def stuck(database: Database) -> Finding:
    """Work that is due should not lie for five minutes."""
    async with database.service_read() as db:
        found = await db.one(_Stuck, STUCK)
    if not found.runs and not found.events:
        return fine("stuck work", "No event or run has been waiting for five minutes")
    runs, events = counted(found.runs, "run", "runs"), counted(found.events, "event", "events")
    todo = "is a worker running? Start `coursecove worker`; its log says what it does"
    return worry("stuck work", f"{runs} and {events} have been due for more than five minutes", todo)


async def dead(database: Database) -> Finding:
    """Work that gave up waits for a person."""
    async with database.service_read() as db:
        count: int = await db.value(DEAD)
    if not count:
        return fine("dead runs", "No background work has given up")
    what = f"{counted(count, 'background run has', 'background runs have')} given up"
    return worry("dead runs", what, "read the errors on the operator's pages, mend the cause, retry there")


async def webhooks(database: Database) -> Finding:
    """What the identity provider told us and we could not use."""
    async with database.service_read() as db:
        count: int = await db.value(FAILED_WEBHOOKS)
    if not count:
        return fine("webhooks", "No webhook has failed")
    what = f"{counted(count, 'webhook', 'webhooks')} of the identity provider failed"
    return worry("webhooks", what, "webhook_events.reason says why; mend it and let the provider send again")


async def audit_chain(database: Database) -> Finding:
    """No entry was changed, moved or taken out of the middle."""
    try:
        async with database.service_read() as db:
            torn = await broken_links(db)
    except TookTooLong:
        what = "The audit log is too long to be checked within the service client's patience"
        return worry(
            "audit log", what, "call accounts.audit_check.broken_links in `coursecove shell`, at night"
        )
    if not torn:
        return fine("audit log", "The audit log's chain is whole")
    first = f"entry {torn[0].position} of school {torn[0].organization_id} {torn[0].what}"
    what = f"The audit log was touched after it was written, {counted(len(torn), 'link', 'links')}: {first}"
    return broken(
        "audit log", what, "keep this database as it is, compare with a backup, find out who did it"
    )


async def signing_keys(chosen: Settings, database: Database) -> Finding:
    """The embedded identity provider reaches its tables and can open what it signs with."""
    provider = build_provider(chosen, database)
    try:
        key = await provider.keys.current()
    except SealBroken:
        what = "The identity provider's keys were sealed with another COURSECOVE_SECRET_KEY"
        return broken(
            "signing keys",
            what,
            "use that key, or run `coursecove identity rotate-keys --at-once` with this one",
        )
    finally:
        await provider.close()
    return fine("signing keys", f"The identity provider signs with {key.kid}")
