"""Kinds of appointment: made, changed by two at once, published and put away, as the original's cases ask."""

import pytest

from tests.scheduling.stage import LOCATION, TYPE, School, undo_of, version_in, words


async def test_a_new_one_is_a_draft_that_the_list_shows(school: School) -> None:
    path = await school.make_type()
    shown = await school.owner.get("/schedule/types")
    assert TYPE["name"] in shown.text
    assert "Draft" in (await school.owner.get(path)).text
    found = await school.owner.get("/schedule/types?q=cello")
    assert TYPE["name"] in found.text
    assert "Nothing matches" in (await school.owner.get("/schedule/types?q=theremin")).text


async def test_its_name_length_and_price_are_kept_as_they_were_given(school: School) -> None:
    path = await school.make_type(notice_hours="1.5", daily_limit="6")
    page = (await school.owner.get(path)).text
    for shown in ('value="Cello, 30 minutes"', 'value="28.50"', 'value="1.5"', 'value="6"', "One to one."):
        assert shown in page
    assert "£28.50" in (await school.owner.get("/schedule/types")).text


async def test_yen_have_no_pence(school: School) -> None:
    path = await school.make_type(price="3000", currency="JPY")
    assert 'value="3000"' in (await school.owner.get(path)).text
    refused = await school.owner.post("/schedule/types", {**TYPE, "price": "3000.5", "currency": "JPY"})
    assert (refused.status_code, "Write an amount" in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "   "),
        ("duration_minutes", "1"),
        ("duration_minutes", "1441"),
        ("duration_minutes", "half an hour"),
        ("notice_hours", "soon"),
        ("notice_hours", "nan"),
        ("horizon_days", "0"),
        ("price", "-1"),
        ("price", "1e99"),
        ("price", "28.555"),
        ("colour", "teal"),
        ("daily_limit", "0"),
        ("cancel_notice_hours", "99999"),
    ],
)
async def test_what_cannot_be_used_is_said_at_its_field_and_nothing_typed_is_lost(
    school: School, field: str, typed: str
) -> None:
    answer = await school.owner.post("/schedule/types", {**TYPE, "description": "Kept", field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "Kept" in answer.text
    assert TYPE["name"] not in (await school.owner.get("/schedule/types")).text


async def test_markup_in_a_name_is_words(school: School) -> None:
    await school.make_type(name="<script>alert(1)</script> Lute")
    shown = (await school.owner.get("/schedule/types")).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Lute" in shown


async def test_it_is_published_once_somebody_teaches_it_somewhere(school: School) -> None:
    place = await school.make_location()
    nowhere = await school.make_type()
    assert (await school.publish(nowhere, "hana")).status_code == 409
    by_nobody = await school.make_type(at=place)
    refused = await school.owner.post(f"{by_nobody}/publication")
    assert (refused.status_code, "say where it takes place and who teaches it" in refused.text) == (409, True)
    assert (await school.publish(by_nobody, "hana")).status_code == 303
    page = (await school.owner.get(by_nobody)).text
    assert "Unpublish" in page
    assert f'action="{by_nobody}/publication"' not in page


async def test_its_life_goes_round(school: School) -> None:
    path = await school.make_type(at=await school.make_location())
    assert (await school.publish(path, "hana")).status_code == 303
    assert (await school.owner.post(f"{path}/publication")).status_code == 409
    assert (await school.owner.post(f"{path}/archiving")).status_code == 409
    assert (await school.owner.post(f"{path}/deletion")).status_code == 409
    for step, after in (
        ("withdrawal", "unpublished"),
        ("publication", "published"),
        ("withdrawal", "unpublished"),
        ("archiving", "archived"),
        ("restoration", "draft"),
        ("archiving", "archived"),
    ):
        answer = await school.owner.post(f"{path}/{step}")
        assert answer.status_code == 303, words(answer)
        assert (
            await school.value("select status from appointment_types where name = $1", TYPE["name"]) == after
        )
    assert (await school.owner.post(f"{path}/archiving")).status_code == 409
    assert TYPE["name"] not in (await school.owner.get("/schedule/types")).text
    assert TYPE["name"] in (await school.owner.get("/schedule/types?status=archived")).text


async def test_publishing_and_archiving_can_be_taken_back(school: School) -> None:
    path = await school.make_type(at=await school.make_location())
    published = await school.publish(path, "hana")
    assert (await school.owner.post(undo_of(published))).status_code == 303
    archived = await school.owner.post(f"{path}/archiving")
    assert (await school.owner.post(undo_of(archived))).status_code == 303
    assert "Draft" in (await school.owner.get(path)).text


async def test_only_a_draft_is_deleted_and_the_page_asks_first(school: School) -> None:
    path = await school.make_type()
    assert "Delete this draft?" in (await school.owner.get(path)).text
    assert (await school.owner.post(f"{path}/deletion")).status_code == 303
    assert (await school.owner.get(path)).status_code == 404


async def test_the_second_of_two_editors_sees_both_and_loses_nothing(school: School) -> None:
    path = await school.make_type()
    opened = version_in(await school.owner.get(path))
    first = {**TYPE, "name": "Cello for beginners", "version": opened}
    assert (await school.owner.post(path, first)).status_code == 303
    second = await school.owner.post(path, {**TYPE, "duration_minutes": "45", "version": opened})
    assert second.status_code == 409
    assert "Cello for beginners" in second.text
    assert 'value="45"' in second.text
    again = {**TYPE, "duration_minutes": "45", "version": version_in(await school.owner.get(path))}
    assert (await school.owner.post(path, again)).status_code == 303


async def test_publishing_counts_as_a_change(school: School) -> None:
    path = await school.make_type(at=await school.make_location())
    opened = version_in(await school.owner.get(path))
    await school.publish(path, "hana")
    late = await school.owner.post(path, {**TYPE, "name": "Late", "version": opened})
    assert late.status_code == 409


async def test_who_teaches_is_set_from_either_side(school: School) -> None:
    path = await school.make_type()
    type_id, hana = path.rpartition("/")[2], school.member_id("hana")
    await school.owner.post(f"{path}/teachers", {"teacher_ids": [str(hana)]})
    side = await school.owner.get(f"/schedule/teachers/{hana}")
    assert f'value="{type_id}" checked' in side.text
    await school.owner.post(f"/schedule/teachers/{hana}", {"type_ids": []})
    assert f'value="{hana}" checked' not in (await school.owner.get(path)).text


async def test_students_teach_nothing(school: School) -> None:
    path = await school.make_type()
    answer = await school.owner.post(f"{path}/teachers", {"teacher_ids": [str(school.member_id("isla"))]})
    assert answer.status_code == 404
    assert (
        await school.value(
            "select count(*) from qualifications where teacher_id = $1", school.member_id("isla")
        )
        == 0
    )


@pytest.mark.parametrize("who", ["hana", "isla", "priya"])
async def test_the_set_up_is_the_owners_alone(school: School, who: str) -> None:
    visitor = school.browser(who)
    for path in ("/schedule/types", "/schedule/locations", "/schedule/teachers", "/schedule/closures"):
        assert (await visitor.get(path)).status_code == 403
    assert (await visitor.post("/schedule/locations", LOCATION)).status_code == 403
    assert (await visitor.post("/schedule/types", TYPE)).status_code == 403


async def test_the_twenty_sixth_is_on_the_next_page(school: School) -> None:
    for number in range(26):
        await school.make_type(name=f"Choir {number:02}")
    first = (await school.owner.get("/schedule/types?q=choir")).text
    assert "Choir 24" in first
    assert "Choir 25" not in first
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Choir 25" in (await school.owner.get(following)).text


async def test_the_activity_tells_of_it(school: School) -> None:
    await school.make_type()
    assert "added the appointment type Cello, 30 minutes" in (await school.owner.get("/activity")).text
