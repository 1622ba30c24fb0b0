"""A child's profile as its page shows it, with what this viewer may do there."""

from collections.abc import Mapping
from datetime import timedelta

from coursecove.accounts.access import Member
from coursecove.accounts.roles import Role
from coursecove.kit import clock
from coursecove.kit.db import Reads
from coursecove.kit.web.language import gettext as _
from coursecove.people.consent_texts import current
from coursecove.people.profile_actions import STAFF
from coursecove.people.profile_models import ConsentAction, ConsentMethod, Purpose
from coursecove.people.profile_queries import Consent, WholeProfile
from coursecove.people.profile_views import ConsentRow, ConsentShown, NewProfilePage, ProfilePage
from coursecove.people.queries import of_roles


def full_name(first: str, last: str | None) -> str:
    return f"{first} {last}" if last else first


def profile_page(
    me: Member,
    found: WholeProfile,
    *,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    problem: str | None = None,
) -> ProfilePage:
    records, guardians = found.records, found.who_consents
    staff = me.role in STAFF
    return ProfilePage(
        found.id,
        full_name(found.first_name, found.last_name),
        found.first_name,
        found.birth_date,
        found.username,
        found.status,
        found.guardian,
        found.member_id,
        me.school_label,
        tuple(_shown(purpose, records) for purpose in Purpose),
        tuple(_row(record) for record in records),
        tuple((str(each.id), each.name) for each in guardians),
        found.consented,
        found.grown_up,
        staff,
        signs=not staff and any(each.id == me.id for each in guardians),
        given=given or {},
        errors=errors or {},
        problem=problem,
    )


async def new_profile_page(
    db: Reads,
    me: Member,
    *,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> NewProfilePage:
    said, today = given or {}, clock.now().date()
    guardians = await of_roles(db, Role.GUARDIAN) if me.role in STAFF else []
    return NewProfilePage(
        tuple((str(each.id), each.name) for each in guardians),
        said.get("first_name", ""),
        said.get("birth_date", ""),
        said.get("username", ""),
        said.get("guardian_id", ""),
        earliest=(today - timedelta(days=18 * 366)).isoformat(),
        latest=(today + timedelta(days=1)).isoformat(),
        errors=errors or {},
    )


def _shown(purpose: Purpose, records: list[Consent]) -> ConsentShown:
    text = current(purpose)
    newest = next((record for record in records if record.purpose == purpose), None)
    in_force = newest is not None and newest.action == ConsentAction.GIVEN
    return ConsentShown(purpose, text.title, text.version, text.paragraphs, in_force)


def _row(record: Consent) -> ConsentRow:
    method = _("online") if record.method == ConsentMethod.ONLINE else _("on paper")
    return ConsentRow(
        current(Purpose(record.purpose)).title,
        record.version,
        record.action == ConsentAction.GIVEN,
        method,
        record.signature,
        record.note,
        record.address,
        record.recorded_by,
        record.at,
    )
