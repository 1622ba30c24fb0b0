"""Making a school: the identity provider's organisation first, then our rows, then what its founder chose."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.accounts.sync.synthetic import apply_within, told
from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import Backoff, Failure, Function, Run, function
from coursecove.providers.identity import IdentityProvider, ProviderRefused
from coursecove.schools.actions.finishing import complete, note_failure, note_organization
from coursecove.schools.events import FoundingSubmitted
from coursecove.schools.functions.office import Office
from coursecove.schools.queries.plans import Plan, plan_of

SOON = Backoff(base=1, factor=2, cap=120)
"""Somebody is looking at the progress: the first tries come fast, the last within minutes."""

ANOTHER_SLUG = 3
FAILED = "The sign-in service did not answer. Nothing was made; please try again."


@dataclass(frozen=True, slots=True)
class Made:
    """The organisation as the provider answered, or why it will never be made."""

    external_id: str = ""
    answer: str = ""
    refusal: str | None = None


def founding(office: Office) -> Function[FoundingSubmitted]:
    @function(on=FoundingSubmitted, retries=8, backoff=SOON, serial_key="founding_id", on_exhausted=give_up)
    async def found_school(run: Run[FoundingSubmitted]) -> None:
        """Killed anywhere it goes on there: an organisation that exists is adopted and never made twice."""
        founding_id = run.event.founding_id
        made = await run.call("make", make, office, founding_id)
        if made.refusal is not None:
            await run.step("refuse", note_failure, founding_id, made.refusal)
        if not made.external_id:
            return
        await run.step("note", note_organization, founding_id, made.external_id)
        members = await run.call("members", members_of, office.identity, made.external_id)
        await run.step("learn", learn, founding_id, made.answer, members)
        await run.step("complete", complete, founding_id)

    return found_school


async def make(_key: str, office: Office, founding_id: UUID) -> Made:
    """The organisation of this founding: the one that is there already, else a new one."""
    async with office.database.service_read() as db:
        plan = await plan_of(db, founding_id)
    if plan is None or plan.external_id is not None:
        return Made(plan.external_id or "" if plan else "")
    return await _new_one(office.identity, plan)


async def _new_one(identity: IdentityProvider, plan: Plan) -> Made:
    for attempt in range(ANOTHER_SLUG):
        slug = plan.slug if attempt == 0 else f"{plan.slug[:40]}-{plan.id.hex[-4 - attempt :]}"
        try:
            made = await identity.create_organization(
                name=plan.name,
                slug=slug,
                created_by=plan.founder,
                public_metadata={"coursecove_founding": str(plan.id)},
            )
        except ProviderRefused as refusal:
            if "slug" in refusal.fields:
                continue  # the provider's names are its own: the address does not depend on them
            return Made(refusal=refusal.message)
        return Made(made.id, made.raw.decode())
    return Made(refusal="This name is taken at the sign-in service. Please choose another address.")


async def members_of(_key: str, identity: IdentityProvider, external_id: str) -> list[str]:
    """Who belongs to the new organisation: its founder."""
    return [member.raw.decode() async for member in identity.memberships(external_id)]


async def learn(db: ServiceDb, founding_id: UUID, organization: str, members: list[str]) -> int:
    """Show at once what the webhooks will tell."""
    news = [("organization.created", organization)] if organization else []
    news += [("organizationMembership.created", member) for member in members]
    arrivals = [
        told(kind, answer.encode(), path="founding", webhook_id=f"founding_{founding_id.hex}_{number}")
        for number, (kind, answer) in enumerate(news)
    ]
    return len(await apply_within(db, arrivals))


async def give_up(db: ServiceDb, failure: Failure[FoundingSubmitted]) -> None:
    """The founder is told, and may try again: nothing they said is lost."""
    await note_failure(db, failure.event.founding_id, FAILED)
