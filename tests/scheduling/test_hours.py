"""Teaching hours: a week by forms alone, exceptions, and what they come to day by day."""

import asyncio
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursecove.kit.ids import NIL
from coursecove.scheduling.hours_queries import ExceptionFacts, Stretch
from coursecove.scheduling.place_queries import ClosureFacts
from coursecove.scheduling.weeks import resulting_days
from tests.scheduling.stage import School, today, undo_of, version_in, words

HOURS = "select count(*) from availability_hours where teacher_id = $1"
Form = dict[str, str | list[str]]


def week(**days: list[tuple[str, str]]) -> Form:
    """A form with these hours; `d0` is Monday."""
    form: Form = {"time_zone": "Europe/London"}
    for day, hours in days.items():
        form |= {f"{day}_from": [start for start, _ in hours], f"{day}_to": [end for _, end in hours]}
        form[f"{day}_at"] = ["" for _ in hours]
    return form


async def test_a_teacher_writes_a_week_and_reads_it_back(school: School) -> None:
    hana, me = school.browser("hana"), school.member_id("hana")
    form = week(d0=[("09:00", "12:00"), ("", ""), ("13:00", "17:30")], d6=[("20:00", "00:00")])
    form["version"] = version_in(await hana.get("/hours"))
    saved = await hana.post(f"/hours/{me}", form)
    assert (saved.status_code, saved.headers["location"]) == (303, "/hours")
    assert await school.value(HOURS, me) == 3
    page = (await hana.get("/hours")).text
    for shown in ('value="09:00"', 'value="17:30"', 'value="20:00"', "20:00–00:00"):
        assert shown in page


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([("09:00", "12:00"), ("11:00", "13:00")], "Hours of one day overlap"),
        ([("12:00", "09:00")], "at least five minutes after the start"),
        ([("09:00", "09:00")], "at least five minutes after the start"),
        ([("09:00", "")], "Write both times"),
        ([("nine", "ten")], "Write both times"),
        ([("20:00", "00:00"), ("23:00", "23:30")], "Hours of one day overlap"),
        ([(f"{hour:02}:00", f"{hour:02}:30") for hour in range(13)], "At most 12 stretches a day"),
    ],
)
async def test_hours_that_cannot_be_are_said_at_their_day_and_kept_in_the_form(
    school: School, hours: list[tuple[str, str]], said: str
) -> None:
    hana, me = school.browser("hana"), school.member_id("hana")
    before = await school.value(HOURS, me)
    answer = await hana.post(f"/hours/{me}", week(d2=hours))
    assert answer.status_code in (409, 422)
    assert said in answer.text
    assert 'id="day_2-error"' in answer.text
    assert await school.value(HOURS, me) == before


async def test_hours_that_touch_are_no_overlap(school: School) -> None:
    hana, me = school.browser("hana"), school.member_id("hana")
    answer = await hana.post(f"/hours/{me}", week(d2=[("09:00", "12:00"), ("12:00", "13:00")]))
    assert answer.status_code == 303, words(answer)


async def test_a_day_is_copied_and_cleared_before_anything_is_saved(school: School) -> None:
    hana, me = school.browser("hana"), school.member_id("hana")
    before = await school.value(HOURS, me)
    copying = week(d0=[("09:00", "12:00")]) | {"action": "copy", "copy_from": "0", "copy_to": ["0", "1", "4"]}
    copied = await hana.post(f"/hours/{me}", copying)
    assert copied.status_code == 200
    assert "Not saved yet" in copied.text
    assert copied.text.count('value="09:00"') == 3
    cleared = await hana.post(f"/hours/{me}", copying | {"action": "clear:0"})
    assert 'value="09:00"' not in cleared.text
    more = await hana.post(f"/hours/{me}", copying | {"action": "more:0"})
    assert more.text.count('name="d0_from"') == 4
    assert await school.value(HOURS, me) == before


async def test_of_two_who_write_one_week_the_second_sees_the_difference(school: School) -> None:
    hana, me = school.browser("hana"), school.member_id("hana")
    opened = version_in(await hana.get("/hours"))
    first = week(d0=[("09:00", "12:00")]) | {"version": opened}
    assert (await hana.post(f"/hours/{me}", first)).status_code == 303
    second = await school.owner.post(f"/hours/{me}", week(d0=[("14:00", "15:00")]) | {"version": opened})
    assert second.status_code == 409
    assert "09:00–12:00" in second.text
    assert 'value="14:00"' in second.text


async def test_owners_write_a_teachers_week_and_teachers_only_their_own(school: School) -> None:
    hana, marcus = school.member_id("hana"), school.member_id("marcus")
    form = week(d0=[("09:00", "12:00")])
    saved = await school.owner.post(f"/hours/{hana}", form)
    assert (saved.status_code, saved.headers["location"]) == (303, f"/hours/{hana}")
    assert (await school.browser("hana").post(f"/hours/{marcus}", form)).status_code == 404
    assert (await school.browser("hana").get(f"/hours/{marcus}")).status_code == 403
    assert (await school.browser("isla").get("/hours")).status_code == 403
    assert (await school.owner.post(f"/hours/{school.member_id('isla')}", form)).status_code == 404


async def test_at_the_same_moment_no_week_is_mixed_from_two(school: School) -> None:
    me = school.member_id("hana")
    forms = [
        week(d0=[(f"{hour:02}:00", f"{hour + 3:02}:00")], d1=[("08:00", "09:00")]) for hour in range(8, 13)
    ]
    answers = await asyncio.gather(*(school.owner.post(f"/hours/{me}", form) for form in forms))
    assert {answer.status_code for answer in answers} == {303}
    assert await school.value(HOURS, me) == 2


async def test_the_database_refuses_overlap_whatever_asks(school: School) -> None:
    add = (
        "insert into availability_hours (organization_id, id, teacher_id, weekday, starts, ends)"
        " values ($1, gen_random_uuid(), $2, 0, $3, $4)"
    )
    me, here = school.member_id("amara"), school.site.world.music.id
    async with school.site.stage.database.service() as db:
        connection = await db.connection()
        await connection.execute(add, here, me, time(9), time(0))
        with pytest.raises(Exception, match="these hours overlap"):
            await connection.execute(add, here, me, time(23), time(23, 30))


async def test_an_exception_replaces_the_week_and_can_be_taken_away_and_back(school: School) -> None:
    hana, me = school.browser("hana"), school.member_id("hana")
    on = (today() + timedelta(days=5)).isoformat()
    path = f"/hours/{me}/exceptions"
    assert (await hana.post(path, {"date": on, "off": "1"})).status_code == 303
    page = (await hana.get("/hours")).text
    assert "the whole day off" in page
    both = await hana.post(path, {"date": on, "starts": "10:00", "ends": "11:00"})
    assert (both.status_code, 'id="date-error"' in both.text) == (409, True)
    row = await school.value("select id from availability_exceptions where teacher_id = $1", me)
    gone = await hana.post(f"{path}/{row}/removal")
    assert "the whole day off" not in (await hana.get("/hours")).text
    assert (await hana.post(undo_of(gone))).status_code == 303
    assert "the whole day off" in (await hana.get("/hours")).text


async def test_an_exception_needs_a_date_and_both_times_or_neither(school: School) -> None:
    hana, path = school.browser("hana"), f"/hours/{school.member_id('hana')}/exceptions"
    for form, field in (
        ({"date": "soon", "off": "1"}, "date"),
        ({"date": "2030-01-01"}, "ends"),
        ({"date": "2030-01-01", "starts": "10:00"}, "ends"),
        ({"date": "2030-01-01", "starts": "10:00", "ends": "09:00"}, "ends"),
    ):
        answer = await hana.post(path, form)
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), form


async def test_a_closure_is_seen_in_the_weeks_to_come(school: School) -> None:
    form = {"name": "Burst pipe", "first_day": today().isoformat(), "last_day": ""}
    form["last_day"] = (today() + timedelta(days=9)).isoformat()
    await school.owner.post("/schedule/closures", form)
    assert "Burst pipe" in (await school.browser("hana").get("/hours")).text


STRETCHES = st.lists(
    st.builds(
        Stretch,
        st.integers(0, 6),
        st.times(max_value=time(11)),
        st.times(min_value=time(12)),
        st.none(),
    ),
    max_size=8,
)


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    hours=STRETCHES,
    offs=st.sets(st.integers(0, 13)),
    closed=st.sets(st.integers(0, 13)),
)
def test_each_day_is_the_weeks_unless_an_exception_or_a_closure_says_otherwise(
    first: date, hours: list[Stretch], offs: set[int], closed: set[int]
) -> None:
    exceptions = [ExceptionFacts(NIL, first + timedelta(n), None, None, None) for n in offs]
    closures = [
        ClosureFacts(NIL, "Shut", first + timedelta(n), first + timedelta(n), None, None, 1) for n in closed
    ]
    for number, day in enumerate(resulting_days(first, 14, hours, exceptions, closures)):
        weekly = [each for each in hours if each.weekday == day.date.weekday()]
        shut = number in closed or number in offs
        assert len(day.hours) == (0 if shut else len(weekly))
        assert (day.why == "Shut") == (number in closed)
