"""How people book series in tests: the preview's form, sent as it is."""

import html
import re
from collections.abc import Sequence

import httpx

from tests.lessons.stage import Piano
from tests.people.stage import Visitor, said

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
NAMES = {"type", "location", "teacher", "student", "at", "repeat", "count", "note", "date"}
Form = dict[str, list[str]]


async def preview(visitor: Visitor, piano: Piano, clock: str, count: int, **more: object) -> httpx.Response:
    form = {"repeat": "1", **piano.form(clock, count=count, **more)}
    return await visitor.post("/lessons", form)


def form_of(page: httpx.Response) -> Form:
    """What the preview's button sends, dates and all."""
    form: Form = {}
    for name, value in HIDDEN.findall(page.text):
        if name in NAMES:
            form.setdefault(name, []).append(html.unescape(value))
    return form


def verdicts(page: httpx.Response) -> Sequence[str]:
    """What is said of each date, in order."""
    return [
        re.sub(r"<[^>]+>", "", item).strip()
        for item in re.findall(r"<li[^>]*>.*?(<span[^>]*badge.*?)</li>", page.text, re.DOTALL)
    ]


async def series_booked(visitor: Visitor, piano: Piano, clock: str, count: int, **more: object) -> str:
    page = await preview(visitor, piano, clock, count, **more)
    assert page.status_code == 200, said(page)
    answer = await visitor.post("/lessons/series", form_of(page))
    assert answer.status_code == 303, (answer.status_code, said(answer))
    location: str = answer.headers["location"]
    return location
