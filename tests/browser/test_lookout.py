"""The lookout itself: a page that is wrong is found wrong."""

import pytest

from tests.browser.cast import Cast, visit
from tests.browser.keyboard import walk
from tests.browser.looking import faults

pytestmark = pytest.mark.browser

SPOIL = """
    () => document.querySelector('main').insertAdjacentHTML('beforeend', `
        <img src="/static/icon.svg"><h1>Again</h1><p class="w-[900px]">wide</p>
        <button type="button" id="tiny" class="size-3 transition outline-hidden">x</button>`)"""


def test_faults_are_found(cast: Cast) -> None:
    page = cast.desk("hana")
    visit(page, cast.address("musicschool", "/dashboard"))
    page.evaluate(SPOIL)
    page.locator("main p").last.evaluate("part => { part.style.width = '900px'; }")
    page.locator("#tiny").evaluate(
        "part => { part.style.cssText = 'width: 9px; height: 9px; transition: all 1s !important'; }"
    )
    found = " ".join(faults(page))
    for wanted in ("'h1': 2", "image-alt", "too small", "too wide"):
        assert wanted in found


def test_a_stop_that_nobody_sees_or_reaches_is_found(cast: Cast) -> None:
    page = cast.desk("hana")
    page.add_init_script("""
        addEventListener('DOMContentLoaded', () => {
            const main = document.querySelector('main');
            if (main) main.insertAdjacentHTML('beforeend', '<button type="button" id="unseen">Unseen</button><a href="/" id="beyond">Beyond</a>');
            const unseen = document.getElementById('unseen'), beyond = document.getElementById('beyond');
            if (unseen) { unseen.style.outline = 'none'; unseen.onfocus = () => { unseen.style.outline = 'none'; }; }
            if (beyond) beyond.onfocus = () => beyond.blur();
        });""")
    visit(page, cast.address("musicschool", "/dashboard"))
    found = " ".join(walk(page))
    assert "focus does not show: <button unseen>" in found
    assert "not reached: <a beyond>" in found


def test_what_goes_wrong_unseen_is_noticed(cast: Cast) -> None:
    with cast.at("hana") as page:
        visit(page, cast.address("musicschool", "/dashboard"))
        page.evaluate("() => { setTimeout(() => { throw new Error('unseen'); }); }")
        page.evaluate("() => fetch('/nowhere').then(answer => answer.text())")
        page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
        page.wait_for_function("() => document.querySelector('p[style]')")
    said = " ".join(cast.watch.take())
    assert "unseen" in said
    assert "404" in said
    assert "style-src-attr" in said
