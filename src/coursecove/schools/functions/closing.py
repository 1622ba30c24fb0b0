"""The end of a closed school: what may no longer be opened is deleted at the identity provider, which ends it here."""

from uuid import UUID

from coursecove.accounts.sync.synthetic import apply_within, told
from coursecove.kit import clock
from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import Backoff, Function, Run, function
from coursecove.providers.identity import IdentityProvider
from coursecove.schools.events import SchoolGraceEnded
from coursecove.schools.functions.office import Office

PATIENT = Backoff(base=60, factor=2, cap=3600)

CLOSED_FOR_GOOD = """
    select clerk_organization_id from organizations
     where id = $1 and status = 'ACTIVE' and closes_at is not null and closes_at <= $2"""


def ending(office: Office) -> Function[SchoolGraceEnded]:
    @function(on=SchoolGraceEnded, retries=20, backoff=PATIENT, serial_key="school_id")
    async def end_closed_school(run: Run[SchoolGraceEnded]) -> None:
        """Unless it was opened again, or closed anew since."""
        external_id = await run.step("look", closed_for_good, run.event.school_id)
        if external_id is None:
            return
        await run.call("delete", delete, office.identity, external_id)
        await run.step("learn", learn, run.event.school_id, external_id)

    return end_closed_school


async def closed_for_good(db: ServiceDb, school_id: UUID) -> str | None:
    external_id: str | None = await db.value(CLOSED_FOR_GOOD, school_id, clock.now())
    return external_id


async def delete(_key: str, identity: IdentityProvider, external_id: str) -> None:
    await identity.delete_organization(external_id)


async def learn(db: ServiceDb, school_id: UUID, external_id: str) -> int:
    """What the webhook will tell: the school's data are purged, since its grace is over."""
    answer = f'{{"id":"{external_id}","object":"organization","deleted":true}}'.encode()
    news = told("organization.deleted", answer, path="closing", webhook_id=f"closing_{school_id.hex}")
    return len(await apply_within(db, [news]))
