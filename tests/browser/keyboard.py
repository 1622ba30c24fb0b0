"""A walk over a page by the Tab key alone."""

from typing import Any

from playwright.sync_api import Page

MOST = 1000
OUT_OF_THE_FRAME = "() => !['IFRAME', 'BODY'].includes(document.activeElement.tagName)"
"""A frame may live in a process of its own, which gives the focus back in its own time."""
FROM_THE_TOP = """
    async () => {
        await new Promise(requestAnimationFrame);
        document.body.tabIndex = -1;
        document.body.focus();
        document.body.removeAttribute('tabindex');
    }"""
"""A page may put the focus into its first field: what stands above that field is to be reached as well.

The browser does so with its first picture, which may come after everything is loaded."""
PREPARE = """
    () => {
        const looks = part => part && JSON.stringify([null, '::before', '::after'].map(which => {
            const style = getComputedStyle(part, which);
            return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.backgroundColor,
                    style.borderColor, style.textDecorationLine, style.position, style.clip, style.clipPath];
        }));
        const shown = part => [part, part.closest('label'), part.parentElement].map(looks).join();
        const name = part => `<${part.localName} ${part.id}> ${(part.textContent.trim() || part.className).replace(/\\s+/g, ' ').slice(0, 60)}`;
        const reached = new Set(), faults = [];
        let last = null, focused = '';
        const judge = () => { if (last?.isConnected && shown(last) === focused) faults.push(`focus does not show: ${name(last)}`); };
        window.walk = {
            isAStop: part => part.type !== 'radio' || part.checked || (() => {
                const group = [...document.querySelectorAll('input[type=radio]')].filter(one => one.name === part.name && one.form === part.form);
                return !group.some(one => one.checked) && group[0] === part;
            })(),
            wanted: () => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
                .filter(part => part.tabIndex >= 0 && !part.disabled && window.walk.isAStop(part) && !part.closest('[inert]')
                    && part.checkVisibility({visibilityProperty: true})),
            step: () => {
                const part = document.activeElement;
                if (part === last && ['date', 'time', 'datetime-local'].includes(part.type)) return 'one';
                judge();
                if (part.localName === 'iframe') { last = null; return 'frame'; }
                if (part === document.body || reached.has(part)) return 'last';
                const {left, right, top, bottom} = part.getBoundingClientRect();
                const seen = [[(left + right) / 2, (top + bottom) / 2], [left + 3, top + 3], [right - 3, bottom - 3]].some(([x, y]) => {
                    const found = document.elementFromPoint(x, y);
                    return found && (part.contains(found) || found.contains(part) || part.closest('label')?.contains(found));
                });
                if (!seen) faults.push(`something hides ${name(part)}`);
                reached.add(part); last = part; focused = shown(part);
                return window.walk.wanted().some(part => !reached.has(part)) ? 'one' : 'last';
            },
            found: () => last?.blur() ?? judge() ?? [...faults, ...window.walk.wanted().filter(part => !reached.has(part)).map(part => `not reached: ${name(part)}`)],
        };
    }"""


def walk(page: Page) -> list[str]:
    """Everything that the Tab key does not reach, or reaches without showing it.

    Of a group of radio buttons it reaches one; within a date it goes from day to month to year, within a time from hour to minute.

    It ends at the last stop: what a browser does beyond it would come in later, between the steps of the next walk.
    """
    _afresh(page)
    page.evaluate(PREPARE)
    stop = ""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if stop == "frame":
            page.wait_for_function(OUT_OF_THE_FRAME)
        stop = page.evaluate("() => window.walk.step()")
        if stop == "last":
            break
    found: list[Any] = page.evaluate("() => window.walk.found()")
    return [str(fault) for fault in found]


def skips_to_content(page: Page) -> bool:
    """The first stop is a link that leads past the navigation, and is seen once it is reached."""
    _afresh(page)
    page.keyboard.press("Tab")
    shown = page.locator("a[href='#main']:focus")
    if shown.count() == 0 or (shown.bounding_box() or {"width": 0})["width"] < 24:
        return False
    page.keyboard.press("Enter")
    return bool(page.evaluate("() => document.activeElement.id === 'main'"))


def _afresh(page: Page) -> None:
    """The same page as if it were the first: a browser goes on from where the focus was last, even after a reload."""
    url = page.url
    page.goto("about:blank")
    page.goto(url)
    page.evaluate(FROM_THE_TOP)
