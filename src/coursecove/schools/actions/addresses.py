"""Where a school is found: its label below the root domain, and domains of its own."""

from uuid import UUID

from sqlalchemy import insert

from coursecove.accounts.access import Member
from coursecove.kit.db import UserDb
from coursecove.kit.errors import Conflict, Forbidden, Invalid
from coursecove.schools.domains import domain_from_typed, domain_problem, new_proof
from coursecove.schools.events import DomainAdded, DomainCheckAsked, DomainRemoved, LabelChanged
from coursecove.schools.models import CustomDomain
from coursecove.schools.naming import label_of, slug_from_typed, slug_problem

MOST_DOMAINS = 10

CHANGE_LABEL = "select app.change_label($1)"
LABEL_IS_FREE = "select app.name_is_free($1)"
COUNT_DOMAINS = """
    select count(*)::integer as domains, coalesce(bool_or(name = $1), false) as known
      from custom_domains where organization_id = (select app.org_id())"""


class TooManyMoves(Conflict):
    """This school holds as many old addresses as it may. Wait until one of them ends, or use one of them again."""


class TooManyDomains(Conflict):
    """A school may name ten domains of its own. Take one away first."""


async def change_label(db: UserDb, actor: Member, typed: str, *, seen: str) -> str:
    """Move the school to another label; the old one leads there. Answers the label it has now."""
    if seen != actor.school_label:
        raise Conflict
    label = label_of(slug_from_typed(typed))
    problem = slug_problem(label)
    if problem is not None:
        raise Invalid(problem, fields={"label": problem})
    outcome = await db.value(CHANGE_LABEL, label)
    if outcome == "taken":
        raise Invalid("This address is taken.", fields={"label": "This address is taken."})
    if outcome == "too many":
        raise TooManyMoves
    if outcome == "forbidden":
        raise Forbidden
    if outcome == "changed":
        await db.emit(LabelChanged(actor.school_label, label))
    return label


async def add_domain(db: UserDb, actor: Member, typed: str, *, root: str) -> CustomDomain:
    """Name a domain of the school's own; it answers once its records are seen."""
    name = domain_from_typed(typed)
    problem = domain_problem(name, root)
    if problem is not None:
        raise Invalid(problem, fields={"domain": problem})
    row = await (await db.connection()).fetchrow(COUNT_DOMAINS, name)
    if row is not None and row["known"]:
        raise Invalid(fields={"domain": "This domain is in your list already."})
    if row is not None and row["domains"] >= MOST_DOMAINS:
        raise TooManyDomains
    named = insert(CustomDomain).values(name=name, proof=new_proof(), added_by=actor.id)
    domain: CustomDomain = (await db.execute(named.returning(CustomDomain))).scalar_one()
    await db.emit(DomainAdded(domain.id))
    return domain


async def ask_for_check(db: UserDb, domain_id: UUID) -> CustomDomain:
    """Have the domain's records looked at now."""
    domain = await db.get(CustomDomain, domain_id)
    await db.emit(DomainCheckAsked(domain.id))
    return domain


async def remove_domain(db: UserDb, domain_id: UUID) -> str:
    """Take a domain away; it stops answering with this transaction."""
    domain = await db.get(CustomDomain, domain_id)
    await db.delete(domain)
    await db.flush()
    await db.emit(DomainRemoved(domain.name))
    return domain.name
