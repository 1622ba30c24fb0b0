"""What owners change about their school's look, region and rules."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlalchemy import delete

from coursecove.accounts.access import Actor
from coursecove.accounts.actions import checked_locale, checked_zone
from coursecove.accounts.events import OrganizationChanged
from coursecove.accounts.models import Organization
from coursecove.accounts.roles import Role
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.errors import Forbidden, Invalid
from coursecove.schools.editing import Values, check_version
from coursecove.schools.logos import Logo
from coursecove.schools.models import SchoolLogo

PROFILES_BY = ("owners", "staff", "guardians")
JOINING = ("invited", "ask")
_COLOR = re.compile(r"#[0-9a-f]{6}")


def checked_color(color: str) -> str:
    """A colour as `#0f766e`, or Invalid."""
    found = color.strip().lower()
    if not _COLOR.fullmatch(found):
        raise Invalid(
            "This is not a colour.", fields={"brand_color": "Write the colour as six digits, like #0f766e."}
        )
    return found


def _one_of(field: str, known: tuple[str, ...]) -> Callable[[str], str]:
    def checked(value: str) -> str:
        if value not in known:
            raise Invalid("This cannot be chosen.", fields={field: "Choose one of these."})
        return value

    return checked


CHECKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "time_zone": checked_zone,
        "locale": checked_locale,
        "brand_color": checked_color,
        "profiles_by": _one_of("profiles_by", PROFILES_BY),
        "joining": _one_of("joining", JOINING),
    }
)


async def change_school(db: UserDb, actor: Actor, changes: Values, *, version: str = "") -> Organization:
    """Set what `changes` names; ChangedMeanwhile where it is no longer what `version` says it was."""
    if actor.role != Role.SUPER_ADMIN:
        raise Forbidden
    wanted = {name: _checked(name, value) for name, value in changes.items()}
    school = await db.get(Organization, actor.school_id, lock=True)
    check_version(version, {name: getattr(school, name) for name in wanted}, wanted)
    changed = [name for name, value in wanted.items() if getattr(school, name) != value]
    if not changed:
        return school
    for name in changed:
        setattr(school, name, wanted[name])
    school.updated_at = clock.now()
    await db.flush()
    await db.emit(OrganizationChanged(school.id, tuple(changed)))
    return school


async def change_logo(db: UserDb, actor: Actor, logo: Logo | None) -> None:
    """Put up another logo, or take it down."""
    if actor.role != Role.SUPER_ADMIN:
        raise Forbidden
    school = await db.get(Organization, actor.school_id, lock=True)
    digest = logo.digest if logo else None
    if school.logo_digest == digest:
        return
    await db.execute(delete(SchoolLogo).where(SchoolLogo.organization_id == school.id))
    if logo is not None:
        db.add(SchoolLogo(digest=logo.digest, image=logo.image, width=logo.width, height=logo.height))
    school.logo_digest = digest
    school.updated_at = clock.now()
    await db.flush()
    await db.emit(OrganizationChanged(school.id, ("logo",)))


def _checked(name: str, value: str | bool | None) -> str | bool | None:
    check = CHECKS.get(name)
    return check(value) if check and isinstance(value, str) else value
