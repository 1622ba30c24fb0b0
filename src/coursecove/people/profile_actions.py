"""Children's profiles: made, consented to, suspended and resumed. What signs in is the provider's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID

from coursecove.accounts.access import Member
from coursecove.accounts.models import Membership
from coursecove.accounts.names import sortable
from coursecove.accounts.roles import Role, Status
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict, Forbidden, Invalid
from coursecove.kit.ids import new_id
from coursecove.kit.web.language import gettext as _
from coursecove.people.consent_texts import current
from coursecove.people.events import (
    ConsentGiven,
    ConsentWithdrawn,
    ProfileCreated,
    ProfileResumed,
    ProfileSuspended,
    SignInNameChanged,
)
from coursecove.people.profile_models import (
    USERNAME,
    ConsentAction,
    ConsentMethod,
    ManagedProfile,
    ProfileStatus,
    Purpose,
)

LONGEST_NAME: Final = 80
STAFF: Final = frozenset({Role.SUPER_ADMIN, Role.TEACHER})
WHO_MAKES: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {"owners": frozenset({Role.SUPER_ADMIN}), "staff": STAFF, "guardians": STAFF | {Role.GUARDIAN}}
)
"""Who makes profiles, by what the school's rules say."""


class UsernameTaken(Conflict):
    """Somebody in this school has this sign-in name already. Choose another one."""


class MadeByOthers(Forbidden):
    """This school's rules leave making profiles to others. Ask them."""


class TeachesNoChildren(Forbidden):
    """This school says that it teaches no children, so it makes no profiles of them. An owner can change that in the rules."""


class NotAChild(Invalid):
    """A profile is for somebody under 18. Invite an adult by email instead."""


class NoConsent(Conflict):
    """A guardian has to consent before this profile can be used."""


class StillAChild(Conflict):
    """This person is not 18 yet."""


class SchoolDecides(Forbidden):
    """The school suspended this profile, so the school has to resume it. Ask them."""


class NotThisGuardian(Forbidden):
    """Only a guardian of this child can consent."""


class NoWayThere(Conflict):
    """This cannot be done with the profile as it stands now. Load the page again."""


on_violation("managed_profiles_organization_id_username_key", UsernameTaken)
on_violation("managed_profiles_child_check", NotAChild)
on_violation("managed_profiles_minors_check", TeachesNoChildren)
on_violation("managed_profiles_makers_check", MadeByOthers)
on_violation("managed_profiles_consent_check", NoConsent)
on_violation("managed_profiles_guardian_check", NotThisGuardian)
on_violation("managed_profiles_age_check", StillAChild)
on_violation("managed_profiles_resume_check", SchoolDecides)
on_violation("managed_profiles_way_check", NoWayThere)
on_violation("consent_records_guardian_check", NotThisGuardian)

CREATE = """
    insert into managed_profiles (organization_id, id, guardian_id, first_name, birth_date, username)
    values ($1, $2, $3, $4, $5, $6)"""

RECORD = """
    insert into consent_records (organization_id, id, profile_id, guardian_id, purpose, action, version, text_digest,
           method, signature, note, address, user_agent)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"""


RENAME = """
    update managed_profiles set username = $3, updated_at = now()
     where organization_id = $1 and id = $2 and status in ('pending', 'active', 'suspended') returning id"""


def may_make(actor: Member) -> bool:
    """Do the school's rules let this member make profiles of children?"""
    return actor.profiles_by is not None and actor.role in WHO_MAKES[actor.profiles_by]


def require_maker(actor: Member) -> None:
    """Refuse whoever may not make profiles here; the database refuses them too."""
    if actor.profiles_by is None:
        raise TeachesNoChildren
    if not may_make(actor):
        raise MadeByOthers


@dataclass(frozen=True, slots=True)
class NewProfile:
    """What a form says about a child; no more is asked before a guardian consented."""

    first_name: str
    birth_date: str
    username: str
    guardian_id: UUID


async def create_profile(db: UserDb, actor: Member, wanted: NewProfile, *, today: date) -> UUID:
    """A profile that waits for consent, made by whom the school's rules let make one."""
    require_maker(actor)
    day, errors = _checked(wanted, today)
    if errors or day is None:
        raise Invalid(fields=errors)
    guardian = await db.get(Membership, wanted.guardian_id)
    if (guardian.role, guardian.status) != (Role.GUARDIAN, Status.ACTIVE):
        raise Invalid(fields={"guardian_id": _("Choose a guardian of this school.")})
    profile_id = new_id()
    name, username = " ".join(wanted.first_name.split()), wanted.username.strip().lower()
    await db.value(CREATE, actor.school_id, profile_id, guardian.id, name, day, username)
    await db.emit(ProfileCreated(profile_id))
    return profile_id


def checked_username(given: str) -> str:
    """A sign-in name as it is kept, or Invalid."""
    name = given.strip().lower()
    if not re.fullmatch(USERNAME, name):
        raise Invalid(fields={"sign_in_name": _bad_username()})
    return name


async def rename_profile(db: UserDb, actor: Member, profile_id: UUID, username: str) -> None:
    """Another sign-in name; UsernameTaken where somebody in the school has it."""
    if await db.value(RENAME, actor.school_id, profile_id, username) is None:
        raise NoWayThere
    await db.emit(SignInNameChanged(profile_id))


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a consent reached us; who recorded it and when, the database says itself."""

    guardian_id: UUID
    method: ConsentMethod
    signature: str
    note: str | None = None
    address: str | None = None
    user_agent: str | None = None


async def give_consent(
    db: UserDb, actor: Member, profile_id: UUID, purposes: frozenset[Purpose], evidence: Evidence
) -> None:
    """Record what a guardian agreed to, each purpose by itself, in the words that are shown now."""
    profile = await db.get(ManagedProfile, profile_id)
    errors = await _wrong_evidence(db, actor, evidence)
    if Purpose.PROFILE not in purposes:
        errors["purposes"] = _("Without the first consent there is no profile.")
    if errors:
        raise Invalid(fields=errors)
    for purpose in sorted(purposes):
        await _record(db, actor, profile.id, evidence, purpose=purpose, action=ConsentAction.GIVEN)
        await db.emit(ConsentGiven(profile.id, purpose))


async def withdraw_consent(
    db: UserDb, actor: Member, profile_id: UUID, purpose: Purpose, evidence: Evidence
) -> None:
    """Record that a guardian takes a consent back; without the first one the profile is suspended with this."""
    profile = await db.get(ManagedProfile, profile_id)
    await _record(db, actor, profile.id, evidence, purpose=purpose, action=ConsentAction.WITHDRAWN)
    await db.emit(ConsentWithdrawn(profile.id, purpose))


async def suspend_profile(db: UserDb, profile_id: UUID) -> ManagedProfile:
    """The child cannot come in from the next request on."""
    profile = await _moved(db, profile_id, ProfileStatus.SUSPENDED)
    await db.emit(ProfileSuspended(profile.id, _member_of(profile)))
    return profile


async def resume_profile(db: UserDb, profile_id: UUID) -> ManagedProfile:
    """The child can come in again; the database asks for a consent in force."""
    profile = await _moved(db, profile_id, ProfileStatus.ACTIVE)
    await db.emit(ProfileResumed(profile.id, _member_of(profile)))
    return profile


async def _moved(db: UserDb, profile_id: UUID, status: ProfileStatus) -> ManagedProfile:
    profile = await db.get(ManagedProfile, profile_id, lock=True)
    if profile.status not in (ProfileStatus.ACTIVE, ProfileStatus.SUSPENDED) or profile.status == status:
        raise NoWayThere
    profile.status, profile.updated_at = status, clock.now()
    await db.flush()
    return profile


async def _record(
    db: UserDb,
    actor: Member,
    profile_id: UUID,
    evidence: Evidence,
    *,
    purpose: Purpose,
    action: ConsentAction,
) -> None:
    text = current(purpose)
    await db.value(
        RECORD,
        actor.school_id,
        new_id(),
        profile_id,
        evidence.guardian_id,
        purpose,
        action,
        text.version,
        text.digest,
        evidence.method,
        evidence.signature.strip()[:LONGEST_NAME],
        evidence.note and evidence.note.strip()[:500],
        evidence.address,
        evidence.user_agent and evidence.user_agent[:400],
    )


async def _wrong_evidence(db: UserDb, actor: Member, evidence: Evidence) -> dict[str, str]:
    """A guardian signs with their own name; the school says where the paper is."""
    if evidence.method == ConsentMethod.ONLINE:
        if evidence.guardian_id != actor.id or sortable(evidence.signature) != sortable(actor.name):
            wanted = _("Type your name as the school knows it: %(name)s") % {"name": actor.name}
            return {"signature": wanted}
        return {}
    if actor.role not in STAFF:
        raise Forbidden
    guardian = await db.get(Membership, evidence.guardian_id)
    errors = {}
    if sortable(evidence.signature) != sortable(guardian.display_name):
        wanted = _("The name under the paper is not that of %(name)s.") % {"name": guardian.display_name}
        errors["signature"] = wanted
    if not (evidence.note or "").strip():
        errors["note"] = _("Say where the signed paper is kept.")
    return errors


def _checked(wanted: NewProfile, today: date) -> tuple[date | None, dict[str, str]]:
    errors = {}
    if not 0 < len(wanted.first_name.strip()) <= LONGEST_NAME:
        errors["first_name"] = _("Give the child's first name.")
    if not re.fullmatch(USERNAME, wanted.username.strip().lower()):
        errors["username"] = _bad_username()
    day = _day(wanted.birth_date)
    if day is None:
        errors["birth_date"] = _("Give a day as year, month and day.")
    elif not _years_before(today, 18) < day <= today:
        errors["birth_date"] = NotAChild.title()
    return day, errors


def _bad_username() -> str:
    return _("2 to 30 letters a to z, digits, dots, dashes or underscores, beginning with a letter or digit.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _years_before(day: date, years: int) -> date:
    """The same day so many years ago; 29 February becomes the 28th, as in the database."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def _member_of(profile: ManagedProfile) -> UUID:
    if profile.member_id is None:
        raise NoWayThere
    return profile.member_id
