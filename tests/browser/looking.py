"""What is asked of every page, whoever sees it: by axe, by ruler, by keyboard."""

from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

from tests.browser.cast import NARROW, PHONE, WIDE

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN_AXE = """
    async tags => (await axe.run(document, {
        runOnly: tags, rules: {'target-size': {enabled: true}}, resultTypes: ['violations'], iframes: false
    })).violations.map(found => `${found.id}: ${found.nodes.map(node => node.target + ' ' + node.failureSummary).join('; ')}`)"""
OVERFLOW = """
    () => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('body *')].filter(part => part.getBoundingClientRect().right > innerWidth + 1)
            .slice(0, 5).map(part => part.outerHTML.slice(0, 160))"""
MOTION = """
    () => [...document.querySelectorAll('*')].filter(part => {
        const style = getComputedStyle(part), longest = list => Math.max(...list.split(',').map(parseFloat));
        return longest(style.transitionDuration) > 0 || longest(style.animationDuration) > 0.01;
    }).map(part => part.outerHTML.slice(0, 80))"""
SMALL = """
    () => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].filter(part => {
        const reach = part => {
            if (part.matches('input[type=checkbox], input[type=radio]')) return part.closest('label') ?? part;
            if (getComputedStyle(part, '::before').position !== 'absolute') return part;
            while (getComputedStyle(part).position === 'static') part = part.parentElement;
            return part;
        };
        const {width, height} = reach(part).getBoundingClientRect();
        const inSentence = getComputedStyle(part).display === 'inline' && part.closest('p, dd, li')?.innerText.trim() !== part.innerText.trim();
        return part.checkVisibility({visibilityProperty: true}) && width > 1 && (width < 24 || height < 24) && !inSentence;
    }).map(part => part.outerHTML.slice(0, 200))"""
"""Targets below 24 px, but for links within a sentence; a link may reach over its whole row."""


@cache
def _axe() -> str:
    return AXE.read_text()


def faults(page: Page) -> list[str]:
    """What is wrong with the page on a desk and on a phone, by day and by night."""
    page.evaluate(_axe())
    found = outline(page)
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{size['width']} {scheme} {fault}" for fault in page.evaluate(RUN_AXE, TAGS)]
    page.emulate_media(color_scheme="light")
    found += [f"too small: {part}" for part in page.evaluate(SMALL)]
    found += [f"moves: {part}" for part in page.evaluate(MOTION)]
    for size in (PHONE, NARROW):
        page.set_viewport_size(size)
        found += [f"{size['width']} too wide: {part}" for part in page.evaluate(OVERFLOW)]
    page.set_viewport_size(WIDE)
    return found


def outline(page: Page) -> list[str]:
    """A title, one first heading, a language, one main part."""
    facts: dict[str, Any] = page.evaluate(
        "() => ({title: document.title, lang: document.documentElement.lang,"
        " h1: document.querySelectorAll('h1').length, main: document.querySelectorAll('main').length})"
    )
    wanted = facts["title"] and facts["lang"] and (facts["h1"], facts["main"]) == (1, 1)
    return [] if wanted else [str(facts)]


def take_pictures(page: Page, name: Path) -> None:
    """The page as a whole, on a desk and on a phone, by day and by night."""
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{name}-{size['width']}-{scheme}.png", full_page=True, caret="hide")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)
