"""Every page renders from its example, strictly; every component has one; the gallery shows them all."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from coursecove.kit.web import formats
from coursecove.kit.web.formats import Reader
from coursecove.kit.web.render import Page
from coursecove.web.gallery import component_names, contract
from coursecove.web.look import FOLDERS, STATIC, templates
from tests.kit.examples import EXAMPLES, NOW, SHELL

TWENTY_FIVE_KB = 25 * 1024
NOT_PAGES = ("web/examples/", "ui/")


class _Outline(HTMLParser):
    """Ids, headings and the balance of tags."""

    EMPTY = frozenset({"meta", "link", "input", "hr", "br", "img", "path", "circle", "rect", "line"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        self.headings += tag == "h1"
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """A tag that closes itself changes no balance."""

    def handle_endtag(self, tag):
        if tag not in self.EMPTY:
            assert self.open.pop() == tag, self.getpos()


def html_of(name: str) -> str:
    page, shell = EXAMPLES[name]
    reader = replace(shell.reader if shell else Reader(), now=NOW)
    return templates().render(page, shell, nonce="test-nonce", reader=reader)


def in_words(value: object, how: str, *args: object, **reader: object) -> str:
    token = formats.reading.set(Reader(now=NOW, **reader))
    try:
        return str(formats.FILTERS[how](value, *args))
    finally:
        formats.reading.reset(token)


@pytest.mark.parametrize("name", EXAMPLES)
def test_page_is_whole_and_light(name):
    html = html_of(name)
    outline = _Outline(html)
    assert outline.open == []
    assert outline.headings == 1
    assert len(outline.ids) == len(set(outline.ids))
    assert len(gzip.compress(html.encode())) < TWENTY_FIVE_KB


def test_every_template_is_reached_by_an_example():
    shown = {page.template for page, _ in EXAMPLES.values()}
    extends = [path for folder in FOLDERS.values() for path in folder.rglob("*.html")]
    pages = {
        f"{prefix}/{path.relative_to(folder).as_posix()}"
        for prefix, folder in FOLDERS.items()
        for path in folder.rglob("*.html")
        if path in extends and "{% extends" in path.read_text()
    }
    frames = {"web/shell.html", "web/auth.html", "notifications/frame.html"} | {
        "schools/found_frame.html",
        "schools/legal_frame.html",
    }
    letters = {name for name in pages if name.startswith("notifications/mail/")}
    assert pages - frames - letters == shown


@pytest.mark.parametrize("name", ["people", "tokens", "owner", "operator", "problem-404"])
def test_every_block_stands_alone_as_a_fragment(name):
    page, shell = EXAMPLES[name]
    blocks = templates().environment.get_template(page.template).blocks
    for block in set(blocks) - {"main", "title"}:
        fragment = templates().render(replace(page, block=block, toast="Saved."), shell, nonce="n")
        assert "<html" not in fragment
        assert '<hx-partial hx-target="#toaster"' in fragment


def test_every_component_has_a_contract_and_an_example():
    for name in component_names():
        text = (FOLDERS["ui"] / f"{name}.html").read_text()
        assert text.startswith(f"{{#- {name}: "), name
        assert contract(name).endswith((".", ";")) or contract(name), name
        assert f"{{% macro {name}(" in text, name
        example = FOLDERS["web"] / f"examples/{name}.html"
        assert f"ui.{name}(" in example.read_text(), name


def test_gallery_shows_every_component():
    html = html_of("gallery")
    for name in component_names():
        assert f'data-example="{name}"' in html


def test_missing_value_is_an_error_not_a_gap():
    with pytest.raises(UndefinedError):
        templates().render(Page("people/people.html", object()), SHELL, nonce="n")


def test_names_cannot_carry_markup():
    page, _ = EXAMPLES["owner"]
    html = templates().render(
        replace(page, data=replace(page.data, first_name="<script>alert(1)</script>")), SHELL, nonce="n"
    )
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_every_posting_form_carries_the_token():
    for name, (_, shell) in EXAMPLES.items():
        html = html_of(name)
        token = 'name="csrf_token" value="example-token"' if shell else 'name="csrf_token" value=""'
        assert html.count('method="post"') == html.count(token), name


def test_what_is_wrong_is_told_by_its_field():
    for name in EXAMPLES:
        html = html_of(name)
        described = {
            word for said in re.findall(r'aria-describedby="([^"]*)"', html) for word in said.split()
        }
        assert set(re.findall(r'id="([^"]*-error)"', html)) <= described, name
        assert '<p class="flex items-center gap-1.5 text-sm text-destructive">' not in html, name


def test_only_one_place_is_marked_as_here():
    html = html_of("tokens")
    sidebar = html[html.index('id="sidebar"') : html.index("</aside>")]
    assert sidebar.count('aria-current="page"') == 1
    assert '"/account" aria-current="page"' in sidebar


def test_theme_stands_in_the_page_so_that_no_script_is_needed():
    page, _ = EXAMPLES["owner"]
    dark = templates().render(page, replace(SHELL, theme="dark"), nonce="n")
    assert 'data-theme="dark"' in dark
    sheet = (STATIC / "app.css").read_text()
    assert "prefers-color-scheme:dark" in sheet.replace(" ", "")
    assert "light-dark(" in sheet


def test_script_is_small():
    files = [STATIC / "app.js", *sorted((STATIC / "vendor").glob("*.js"))]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < TWENTY_FIVE_KB


def test_static_address_changes_with_the_file(tmp_path: Path):
    static = type(templates().environment.globals["static"])(tmp_path, reload=True)
    (tmp_path / "a.css").write_text("one")
    before = static("a.css")
    (tmp_path / "a.css").write_text("another")
    assert before != static("a.css")
    assert before.startswith("/static/a.css?v=")


def test_right_to_left_languages_turn_the_page():
    page, _ = EXAMPLES["owner"]
    assert 'lang="ar" dir="rtl"' in templates().render(page, replace(SHELL, locale="ar"), nonce="n")


@pytest.mark.parametrize(
    ("locale", "zone", "expected"),
    [
        ("en-GB", "Europe/London", "24 Nov 2026, 14:20 GMT"),
        ("en-US", "America/New_York", "Nov 24, 2026, 9:20 AM EST"),
        ("de", "Europe/Berlin", "24.11.2026, 15:20 MEZ"),
    ],
)
def test_time_names_its_zone_in_the_readers_language(locale, zone, expected):
    said = in_words(NOW, "local_time", "zone", locale=locale, time_zone=zone)
    assert said.replace("\u202f", " ") == expected


def test_day_is_the_readers_day():
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert in_words(late, "local_date", time_zone="Asia/Tokyo") == "25 Nov 2026"


def test_far_moments_are_said_as_dates():
    assert in_words(NOW - timedelta(hours=3), "relative_time") == "3 hours ago"
    assert in_words(NOW - timedelta(days=90), "relative_time") == "26 Aug 2026"


def test_numbers_and_words_follow_the_language():
    assert in_words(1204, "number", locale="de") == "1.204"
    assert in_words(1, "plural", "lesson", "lessons") == "1 lesson"
    assert in_words(1204, "plural", "lesson", "lessons") == "1,204 lessons"


def test_initials_come_from_names_of_any_shape():
    assert [in_words(name, "initials") for name in ("Ana Ruiz Soto", "Bo", " ", "李 明")] == [
        "AS",
        "B",
        "?",
        "李明",
    ]
    assert in_words("Harbour Music School", "monogram") == "HM"
