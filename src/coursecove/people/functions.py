"""Background work about people: what pages did not finish, lists portion by portion, and what time does."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coursecove.accounts import forgetting
from coursecove.accounts.events import MemberJoined, UserRegistered
from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import AnyFunction, Backoff, Failure, RetryLater, Run, ScheduleTicked, function
from coursecove.kit.errors import RateLimited
from coursecove.people.actions import settle
from coursecove.people.carrying_out import Order, Outcome, Provider
from coursecove.people.events import (
    GuardianUnlinked,
    MemberForgotten,
    ProfileForgotten,
    TeamChangeAsked,
    TeamListStarted,
)
from coursecove.people.models import ListStatus, TeamList
from coursecove.people.orders import order, portion

RETRIES: Final = 12
BACKOFF: Final = Backoff(base=2, cap=900)


def provider_functions(provider: Provider) -> tuple[AnyFunction, ...]:
    """The functions that call the identity provider, which composition hands in."""

    async def carry_out(_key: str, wanted: Order) -> Outcome:
        with _Waiting():
            return await provider.carry_out(wanted)

    async def end_account(_key: str, user_ref: str) -> bool:
        await provider.end_account(user_ref)
        return True

    async def carry_out_all(_key: str, wanted: list[Order]) -> list[Outcome]:
        with _Waiting():
            return await provider.invite_all(wanted)

    @function(on=TeamChangeAsked, retries=RETRIES, backoff=BACKOFF, on_exhausted=_give_up)
    async def finish_team_change(run: Run[TeamChangeAsked]) -> None:
        """Whatever the page that asked did not finish; harmless where it did."""
        wanted = await run.step("load", _order, run.event.change_id)
        if wanted is not None:
            outcome = await run.call("carry-out", carry_out, wanted)
            await run.step("settle", _settle_all, [wanted], [outcome])

    @function(on=TeamListStarted, retries=RETRIES, backoff=BACKOFF, timeout=120, on_exhausted=_give_list_up)
    async def carry_out_team_list(run: Run[TeamListStarted]) -> None:
        """One portion of a list; the next one is an event of its own, so that each is retried by itself."""
        wanted = await run.step("load", _portion, run.event.list_id)
        if wanted:
            outcomes = await run.call("carry-out", carry_out_all, wanted)
            await run.step("settle", _settle_all, wanted, outcomes)
        await run.step("go-on", _go_on, run.event.list_id, run.event.part, more=bool(wanted))

    @function(on=ProfileForgotten, retries=RETRIES, backoff=BACKOFF)
    async def end_account_of_forgotten_child(run: Run[ProfileForgotten]) -> None:
        """The sign-in name, the number and the name go at the provider too; an account of their own stays."""
        user_ref = await run.step("load", _managed_account, run.event.member_id)
        if user_ref is not None:
            await run.call("end", end_account, user_ref)

    return finish_team_change, carry_out_team_list, end_account_of_forgotten_child


class _Waiting:
    """Too many invitations is no failure: the provider says when it takes more."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RateLimited):
            raise RetryLater(max(error.retry_after, 30)) from error


async def _order(db: ServiceDb, change_id: UUID) -> Order | None:
    return await order(db, db.organization_id, change_id)


async def _portion(db: ServiceDb, list_id: UUID) -> list[Order]:
    return await portion(db, db.organization_id, list_id)


async def _settle_all(db: ServiceDb, wanted: list[Order], outcomes: list[Outcome]) -> int:
    by_change = {each.change_id: each for each in outcomes}
    return sum([await settle(db, each, by_change[each.id]) for each in wanted])


async def _go_on(db: ServiceDb, list_id: UUID, part: int, *, more: bool) -> None:
    if more:
        await db.emit(TeamListStarted(list_id, part + 1), key=f"{list_id}:{part + 1}")
    else:
        await db.value(FINISH_LIST, db.organization_id, list_id)


FINISH_LIST = """
    update team_lists set status = 'done', finished_at = now()
     where organization_id = $1 and id = $2 and status = 'running' returning id"""

GIVE_UP = """
    update team_changes set status = 'refused', problem = $3, settled_at = now()
     where organization_id = $1 and id = $2 and status = 'asked' returning id"""

GIVE_LIST_UP = """
    with given_up as (
      update team_changes set status = 'refused', problem = $3, settled_at = now()
       where organization_id = $1 and list_id = $2 and status = 'asked' returning 1)
    select count(*) from given_up"""


async def _give_up(db: ServiceDb, failure: Failure[TeamChangeAsked]) -> None:
    await db.value(GIVE_UP, failure.organization_id, failure.event.change_id, "unreachable")


async def _give_list_up(db: ServiceDb, failure: Failure[TeamListStarted]) -> None:
    await db.value(GIVE_LIST_UP, failure.organization_id, failure.event.list_id, "unreachable")
    team_list = await db.get(TeamList, failure.event.list_id)
    team_list.status = ListStatus.DONE


_TAKEN = """invitations i set status = 'accepted', updated_at = now()
      from organization_memberships m join users u on u.id = m.user_id
     where m.status = 'ACTIVE' and i.organization_id = m.organization_id and i.email = lower(u.email)
       and i.status = 'pending'"""
ACCEPTED_BY_MEMBER = f"update {_TAKEN} and m.organization_id = $1 and m.id = $2 returning i.id"
ACCEPTED_BY_USER = f"update {_TAKEN} and u.id = $1 returning i.id"


@function(on=MemberJoined)
async def note_accepted_invitation(run: Run[MemberJoined]) -> None:
    """Whoever joined has taken their invitation."""
    await run.step("accept", _accept_member, run.event.member_id)


@function(on=UserRegistered)
async def note_accepted_invitations_of_user(run: Run[UserRegistered]) -> None:
    """A membership may be told before its person, and with the person comes the address."""
    await run.step("accept", _accept_user, run.event.user_id)


async def _accept_member(db: ServiceDb, member_id: UUID) -> bool:
    return await db.value(ACCEPTED_BY_MEMBER, db.organization_id, member_id) is not None


async def _accept_user(db: ServiceDb, user_id: UUID) -> bool:
    return await db.value(ACCEPTED_BY_USER, user_id) is not None


FORGET_INVITATIONS = """
    with gone as (
      delete from invitations i using organization_memberships m join users u on u.id = m.user_id
       where m.organization_id = $1 and m.id = $2 and i.organization_id = m.organization_id
         and i.email = lower(u.email) and i.status <> 'pending' returning 1)
    select count(*) from gone"""
FORGET_LINES = """
    with gone as (
      update team_changes c set given = null where c.organization_id = $1 and c.member_id = $2 returning 1)
    select count(*) from gone"""
FORGET_PROFILE = """
    update managed_profiles p set status = 'forgotten', first_name = 'Former member', last_name = null, birth_date = null,
           username = 'gone' || right(replace(p.id::text, '-', ''), 26), updated_at = now()
     where p.organization_id = $1 and p.member_id = $2 and p.status <> 'forgotten' returning p.id"""
"""What is left of a child is the row that the records of consent name: they are kept as evidence."""

MANAGED_ACCOUNT = """
    select u.clerk_user_id from organization_memberships m join users u on u.id = m.user_id
     where m.organization_id = $1 and m.id = $2 and u.email is null and u.status <> 'DELETED'"""
PAST_RESTORING = """
    select m.organization_id as school_id, m.id as member_id from organization_memberships m
     where m.status = 'INACTIVE' and m.forgotten_at is null and m.removed_at < now() - interval '30 days'
     order by m.removed_at limit 500"""


@function(on=MemberForgotten)
async def forget_member(run: Run[MemberForgotten]) -> None:
    """What a school knew of a person goes; what they did stays, under no name."""
    await run.step("forget", _forget, run.event.member_id)


async def _forget(db: ServiceDb, member_id: UUID) -> bool:
    if not await forgetting.forget_member(db, member_id):
        return False
    for statement in (FORGET_INVITATIONS, FORGET_LINES):
        await db.value(statement, db.organization_id, member_id)
    profile_id = await db.value(FORGET_PROFILE, db.organization_id, member_id)
    if profile_id is not None:
        await db.emit(ProfileForgotten(profile_id, member_id))
    return True


async def _managed_account(db: ServiceDb, member_id: UUID) -> str | None:
    user_ref: str | None = await db.value(MANAGED_ACCOUNT, db.organization_id, member_id)
    return user_ref


@dataclass(frozen=True, slots=True)
class _Somebody:
    school_id: UUID
    member_id: UUID


@function(cron="23 * * * *", timeout=300)
async def forget_removed_members(run: Run[ScheduleTicked]) -> None:
    """After thirty days nobody is restored any more."""
    await run.step("forget", _forget_removed)


async def _forget_removed(db: ServiceDb) -> int:
    found = await db.fetch(_Somebody, PAST_RESTORING)
    for each in found:
        db.belongs_to(each.school_id)
        await _forget(db, each.member_id)
    return len(found)


OF_AGE = """
    select g.organization_id as school_id, g.guardian_id, g.student_id
      from managed_profiles p
      join organizations o on o.id = p.organization_id
      join guardianships g on g.organization_id = p.organization_id and g.student_id = p.member_id
     where p.status not in ('converted', 'forgotten') and p.birth_date <= (current_date + 1 - interval '18 years')::date
       and p.birth_date <= (now() at time zone o.time_zone)::date - interval '18 years'
     order by p.birth_date limit 500"""
OLD_DRAFTS = """
    with gone as (
      delete from team_lists l where l.status in ('draft', 'discarded') and l.created_at < now() - interval '7 days'
      returning 1)
    select count(*) from gone"""


@dataclass(frozen=True, slots=True)
class _Link:
    school_id: UUID
    guardian_id: UUID
    student_id: UUID


@function(cron="1,16,31,46 * * * *", timeout=300)
async def end_guardianship_of_adults(run: Run[ScheduleTicked]) -> None:
    """Just after the midnight when a child comes of age, in whatever time zone, nobody stands for them any more."""
    await run.step("end", _end_guardianships)


async def _end_guardianships(db: ServiceDb) -> int:
    found = await db.fetch(_Link, OF_AGE)
    for each in found:
        db.belongs_to(each.school_id)
        await forgetting.end_guardianship_between(db, each.guardian_id, each.student_id)
        await db.emit(GuardianUnlinked(each.guardian_id, each.student_id))
    return len(found)


@function(cron="37 4 * * *")
async def forget_old_drafts(run: Run[ScheduleTicked]) -> None:
    """Lists that were only looked at are kept for a week."""
    await run.step("forget", _forget_drafts)


async def _forget_drafts(db: ServiceDb) -> int:
    count: int = await db.value(OLD_DRAFTS)
    return count


FORGET_PENDING = """
    with gone as (
      delete from managed_profiles p where p.status = 'pending' and p.created_at < now() - interval '30 days'
         and not exists (select from consent_records c
                          where c.organization_id = p.organization_id and c.profile_id = p.id) returning 1)
    select count(*) from gone"""


@function(cron="47 4 * * *")
async def forget_pending_profiles(run: Run[ScheduleTicked]) -> None:
    """A profile that no guardian consented to within thirty days goes, and with it what it said of the child."""
    await run.step("forget", _forget_pending)


async def _forget_pending(db: ServiceDb) -> int:
    count: int = await db.value(FORGET_PENDING)
    return count


FUNCTIONS: tuple[AnyFunction, ...] = (
    note_accepted_invitation,
    note_accepted_invitations_of_user,
    forget_member,
    forget_removed_members,
    end_guardianship_of_adults,
    forget_old_drafts,
    forget_pending_profiles,
)
