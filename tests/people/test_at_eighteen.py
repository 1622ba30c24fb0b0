"""On the day somebody is 18: guardians see no more from the first minute on, and the school helps them to their account."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coursecove.people.functions import _end_guardianships
from coursecove.people.profile_actions import _years_before
from tests.conftest import World
from tests.people.stage import Site, Visitor, has
from tests.people.test_profiles import Admin, _child, _let_in

AHEAD, BEHIND = "Pacific/Kiritimati", "Pacific/Pago_Pago"
"""25 hours apart: the day that began in the one did not begin in the other."""


@pytest.fixture
def guardian(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["grant"])


@pytest.fixture
def teacher(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["hana"])


async def test_the_person_takes_over_and_guardians_see_no_more(
    site: Site, guardian: Visitor, teacher: Visitor, admin: Admin
) -> None:
    path = await _let_in(site, guardian)
    refused = await teacher.post(f"{path}/conversion", {"email": "leo@example.com"})
    assert refused.status_code == 409
    await _is_born(admin, _years_before(datetime.now(UTC).date(), 18) - timedelta(days=1))
    await teacher.follow(f"{path}/conversion", {"email": "leo@example.com"})
    (offered,) = site.provider.conversions
    assert offered[1] == "leo@example.com"
    async with site.database.service() as db:
        assert await _end_guardianships(db) == 1
    assert not has((await guardian.get("/family")).text, "Leo")
    user = site.provider.users[offered[0]]
    address = {"id": "idn_1", "email_address": "leo@example.com", "verification": {"status": "verified"}}
    claimed = {
        **user,
        "managed": None,
        "email_addresses": [address],
        "primary_email_address_id": "idn_1",
        "updated_at": user["updated_at"] + 1,
    }
    await site.learning.learn("user.updated", json.dumps(claimed).encode())
    assert await admin.fetchval("select status from managed_profiles") == "converted"
    assert await admin.fetchval("select count(*) from consent_records") == 1
    assert (await guardian.get(path)).status_code == 404
    assert "Grown up" in (await teacher.get(path)).text
    assert (await (await _child(site, admin)).get("/dashboard")).status_code == 200


async def test_guardians_are_shut_out_before_anything_ran(
    site: Site, guardian: Visitor, teacher: Visitor, admin: Admin
) -> None:
    """The links still stand: neither the hourly work nor the conversion came yet."""
    path = await _let_in(site, guardian)
    await _is_born(admin, _years_before(datetime.now(UTC).date(), 18) - timedelta(days=1))
    assert await admin.fetchval(
        "select count(*) from guardianships g join managed_profiles p on p.member_id = g.student_id"
    )
    assert (await guardian.get(path)).status_code == 404
    assert not has((await guardian.get("/family")).text, path)
    forms = {
        "conversion": {"email": "leo@example.com"},
        "pin": {"pin": "40719386", "pin_again": "40719386"},
        "suspension": {},
        "username": {"sign_in_name": "leon"},
        "withdrawals": {"purpose": "profile"},
    }
    for act, form in forms.items():
        assert (await guardian.post(f"{path}/{act}", form)).status_code == 404, act
    assert "18 or older" in (await teacher.get(path)).text


@pytest.mark.parametrize(("zone", "seen"), [(AHEAD, 404), (BEHIND, 200)])
async def test_the_day_begins_by_the_schools_clock(
    site: Site, guardian: Visitor, admin: Admin, zone: str, seen: int
) -> None:
    path = await _let_in(site, guardian)
    await admin.execute("update organizations set time_zone = $1", zone)
    await _is_born(admin, _years_before(datetime.now(ZoneInfo(AHEAD)).date(), 18))
    assert (await guardian.get(path)).status_code == seen


async def _is_born(admin: Admin, day: date) -> None:
    await admin.execute("alter table managed_profiles disable trigger guard_profile")
    await admin.execute("update managed_profiles set birth_date = $1", day)
    await admin.execute("alter table managed_profiles enable trigger guard_profile")
