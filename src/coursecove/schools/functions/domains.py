"""Proving that a domain is a school's own, and looking again later whether it still is."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import AnyFunction, Run, ScheduleTicked, function
from coursecove.providers.dns import NoAnswer, NoSuchName, Resolver
from coursecove.schools.actions.proving import Finding, settle_domain
from coursecove.schools.domains import records
from coursecove.schools.events import DomainAdded, DomainCheckAsked
from coursecove.schools.functions.office import Office

AT_ONCE = 200

DOMAIN = """
    select d.name, d.proof, o.subdomain as label from custom_domains d
      join organizations o on o.id = d.organization_id where d.organization_id = $1 and d.id = $2"""
DUE = """
    with due as (
      select d.organization_id, d.id from custom_domains d
       where d.next_check_at <= now() order by d.next_check_at limit $1 for update skip locked),
    put_off as (
      update custom_domains d set next_check_at = now() + interval '15 minutes'
        from due where d.organization_id = due.organization_id and d.id = due.id)
    select due.organization_id, due.id from due"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for."""

    name: str
    proof: str
    label: str


@dataclass(frozen=True, slots=True)
class Due:
    organization_id: UUID
    id: UUID


def checking(office: Office) -> tuple[AnyFunction, AnyFunction]:
    """The same look, when a domain is new and whenever somebody asks."""

    @function(on=DomainAdded, retries=3, serial_key="domain_id")
    async def check_new_domain(run: Run[DomainAdded]) -> None:
        await _check(run.event.domain_id, run, office)

    @function(on=DomainCheckAsked, retries=3, serial_key="domain_id")
    async def check_domain(run: Run[DomainCheckAsked]) -> None:
        await _check(run.event.domain_id, run, office)

    return check_new_domain, check_domain


async def _check(domain_id: UUID, run: Run[DomainAdded] | Run[DomainCheckAsked], office: Office) -> None:
    finding = await run.call("look", look, office, run.organization_id, domain_id)
    if finding is not None:
        await run.step("settle", settle_domain, domain_id, finding)


async def look(_key: str, office: Office, school_id: UUID, domain_id: UUID) -> Finding | None:
    """What the name servers say now; nothing about a domain that is gone."""
    async with office.database.service_read() as db:
        asked = await db.first(Asked, DOMAIN, school_id, domain_id)
    if asked is None:
        return None
    wanted = records(asked.name, asked.proof, f"{asked.label}.{office.root}")
    return await found(
        office.resolver, wanted.proof_name, wanted.proof_value, asked.name, wanted.alias_target
    )


async def found(resolver: Resolver, proof_name: str, proof: str, name: str, target: str) -> Finding:
    """Whether the proof is there, and whether the name leads here."""
    try:
        texts = await resolver.texts(proof_name)
    except NoSuchName:
        return Finding(proven=False, gone=True)
    except NoAnswer:
        return Finding(proven=False, unanswered=True)
    if proof not in {text.strip() for text in texts}:
        return Finding(proven=False, other=bool(texts))
    return Finding(proven=True, points_here=await _points(resolver, name, target))


async def _points(resolver: Resolver, name: str, target: str) -> bool:
    """An apex cannot have a CNAME, so this is told and not demanded."""
    try:
        return target in await resolver.aliases(name)
    except (NoSuchName, NoAnswer):
        return False


@function(cron="*/5 * * * *")
async def look_for_due_domains(run: Run[ScheduleTicked]) -> None:
    """Waiting domains are looked at often, proven ones once a day."""
    await run.step("ask", ask_for_due)


async def ask_for_due(db: ServiceDb) -> int:
    due = await db.fetch(Due, DUE, AT_ONCE)
    for each in due:
        db.belongs_to(each.organization_id)
        await db.emit(DomainCheckAsked(each.id))
    return len(due)
