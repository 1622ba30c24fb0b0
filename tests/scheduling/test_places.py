"""Locations, rooms and closures: made, changed, protected while in use, put away and put back."""

import asyncio
from datetime import timedelta

import pytest

from tests.scheduling.stage import LOCATION, School, today, undo_of, version_in, words


async def test_a_location_is_added_changed_and_listed(school: School) -> None:
    path = await school.make_location()
    assert "3 Mill Lane" in (await school.owner.get("/schedule/locations")).text
    form = {**LOCATION, "name": "Mill Lane Annexe", "version": version_in(await school.owner.get(path))}
    assert (await school.owner.post(path, form)).status_code == 303
    listed = (await school.owner.get("/schedule/locations")).text
    assert "Mill Lane Annexe" in listed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"address": ""}, "address"),
        ({"kind": "on_the_moon"}, "kind"),
        ({"time_zone": "Moon/Base"}, "time_zone"),
        ({"meeting_link": "https://meet.example.com"}, "meeting_link"),
        ({"kind": "online", "meeting_link": "javascript:alert(1)"}, "meeting_link"),
    ],
)
async def test_what_a_location_cannot_be_is_said_at_its_field(
    school: School, changes: dict[str, str], field: str
) -> None:
    answer = await school.owner.post("/schedule/locations", {**LOCATION, **changes})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


async def test_two_locations_in_use_have_two_names(school: School) -> None:
    path = await school.make_location()
    same = await school.owner.post("/schedule/locations", {**LOCATION, "name": "MILL LANE"})
    assert same.status_code == 409
    assert "Another location has this name already." in same.text
    await school.owner.post(f"{path}/archiving")
    again = await school.make_location()
    assert (await school.owner.post(f"{path}/restoration")).status_code == 409
    await school.owner.post(f"{again}/archiving")
    assert (await school.owner.post(f"{path}/restoration")).status_code == 303


async def test_of_two_who_add_the_same_name_one_succeeds(school: School) -> None:
    answers = await asyncio.gather(*(school.owner.post("/schedule/locations", LOCATION) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]


async def test_a_location_in_use_is_not_archived_even_by_a_draft(school: School) -> None:
    place = await school.make_location()
    path = await school.make_type(at=place)
    refused = await school.owner.post(f"{place}/archiving")
    assert refused.status_code == 409
    assert "Cello, 30 minutes" in refused.text
    await school.owner.post(f"{path}/archiving")
    archived = await school.owner.post(f"{place}/archiving")
    assert archived.status_code == 303, words(archived)
    back = await school.owner.post(f"{path}/restoration")
    assert (back.status_code, "archived" in back.text) == (409, True)
    assert (await school.owner.post(undo_of(archived))).status_code == 303
    assert (await school.owner.post(f"{path}/restoration")).status_code == 303


async def test_an_archived_location_is_in_its_own_list_and_gives_no_rooms(school: School) -> None:
    place = await school.make_location()
    await school.owner.post(f"{place}/archiving")
    assert "3 Mill Lane" not in (await school.owner.get("/schedule/locations")).text
    assert "3 Mill Lane" in (await school.owner.get("/schedule/locations?status=archived")).text
    room = await school.owner.post(f"{place}/rooms", {"name": "Attic", "capacity": "2"})
    assert room.status_code == 409
    assert (await school.owner.post(place, LOCATION)).status_code == 409


async def test_rooms_are_added_changed_archived_and_restored(school: School) -> None:
    place = await school.make_location()
    assert (await school.owner.post(f"{place}/rooms", {"name": "Attic", "capacity": "2"})).status_code == 303
    same = await school.owner.post(f"{place}/rooms", {"name": "attic", "capacity": "2"})
    assert (same.status_code, 'id="room-name-error"' in same.text) == (409, True)
    none = await school.owner.post(f"{place}/rooms", {"name": "Cellar", "capacity": "0"})
    assert (none.status_code, 'id="capacity-error"' in none.text) == (422, True)
    attic = await school.value("select id from rooms where name = 'Attic'")
    room = f"/schedule/rooms/{attic}"
    form = {"name": "Loft", "capacity": "4", "version": version_in(await school.owner.get(room))}
    assert (await school.owner.post(room, form)).status_code == 303
    late = await school.owner.post(room, {**form, "name": "Late"})
    assert (late.status_code, "Loft" in late.text) == (409, True)
    archived = await school.owner.post(f"{room}/archiving")
    assert (await school.owner.post(undo_of(archived))).status_code == 303


async def test_a_closure_is_added_changed_taken_away_and_put_back(school: School) -> None:
    first = today() + timedelta(days=40)
    form = {
        "name": "Snow week",
        "first_day": first.isoformat(),
        "last_day": (first + timedelta(4)).isoformat(),
    }
    assert (await school.owner.post("/schedule/closures", form)).status_code == 303
    listed = await school.owner.get("/schedule/closures")
    assert "Snow week" in listed.text
    row = await school.value("select id from closures where name = 'Snow week'")
    path = f"/schedule/closures/{row}"
    change = {**form, "name": "Ice week", "version": version_in(await school.owner.get(path))}
    assert (await school.owner.post(path, change)).status_code == 303
    assert (await school.owner.post(path, {**change, "name": "Late"})).status_code == 409
    gone = await school.owner.post(f"{path}/removal")
    assert "Ice week</a>" not in (await school.owner.get("/schedule/closures")).text
    assert (await school.owner.post(undo_of(gone))).status_code == 303
    assert await school.value("select last_day - first_day from closures where name = 'Ice week'") == 4


async def test_a_closure_ends_after_it_begins_and_lasts_a_year_at_most(school: School) -> None:
    for last in ("2030-01-01", "2032-01-01"):
        form = {"name": "Odd", "first_day": "2030-06-01", "last_day": last}
        answer = await school.owner.post("/schedule/closures", form)
        assert (answer.status_code, 'id="last_day-error"' in answer.text) == (422, True)
    one = {"name": "One day", "first_day": "2030-06-01", "last_day": ""}
    assert (await school.owner.post("/schedule/closures", one)).status_code == 303


async def test_nothing_of_another_school_can_be_named(school: School) -> None:
    foreign = await school.value(
        "select l.id from locations l join organizations o on o.id = l.organization_id where o.subdomain = 'yogastudio' limit 1"
    )
    assert (await school.owner.get(f"/schedule/locations/{foreign}")).status_code == 404
    form = {"name": "Theirs", "first_day": "2030-06-01", "location_id": str(foreign)}
    assert (await school.owner.post("/schedule/closures", form)).status_code == 404
