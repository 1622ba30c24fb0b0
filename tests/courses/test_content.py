"""What a lesson's text becomes: readable, accessible, and unable to do anything."""

import time
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursecove.courses.content import LONGEST, ContentTooLong, _rendered, render
from coursecove.courses.content_allowed import ATTRIBUTES, SCHEMES, TAGS
from coursecove.courses.content_embeds import FRAMES

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<style>*{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](blob:https://a/b)",
    "[x](file:///etc/passwd)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "![x](//evil.example/x.png)",
    "![x](/\\evil.example/x.png)",
    '![x"onerror="alert(1)](/files/a.png "y\\" onload=\\"alert(1)")',
    "<javascript:alert(1)>",
    "[ref]\n\n[ref]: javascript:alert(1) 'x'",
    '```"><script>alert(1)</script>\nx\n```',
    "```abc\n</pre><script>alert(1)</script>\n```",
    "$\\text{<script>alert(1)</script>}$",
    "$\\href{javascript:alert(1)}{x}$",
    "$$\\color{red;background:url(//evil)}{x}$$",
    "$$<img src=x onerror=alert(1)>$$",
    "> [!NOTE]<script>alert(1)</script>\n> x",
    "| <script> | b |\n|--|--|\n| onclick=alert(1) | [x](javascript:1) |",
    'https://www.youtube.com/watch?v=dQw4w9WgXcQ"onload="alert(1)',
    "https://www.youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
    "https://youtu.be/dQw4w9WgXcQ",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "[^<img src=x onerror=alert(1)>]\n\n[^<img src=x onerror=alert(1)>]: y",
    "- [x] <input type=checkbox onfocus=alert(1) autofocus>",
    "<!--<script>-->alert(1)<!--</script>-->",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202ealert\x00\ufffe",
)
HUGE = {
    "brackets": "[" * LONGEST,
    "pictures": "![a" * 33_333,
    "links": "[a](" * 25_000,
    "stars": "**a_" * 25_000,
    "quotes": ">" * LONGEST,
    "callouts": "> [!NOTE]\n\n" * 9_000,
    "lists": "- " * 50_000,
    "backticks": "`" * 50_000 + " " + "`" * 49_999,
    "footnotes": "[^a]" * 25_000,
    "cells": "|a|b|\n|-|-|\n" + "|1|2|\n" * 16_000,
    "formulas": "$a$ " * 25_000,
    "deep formulas": ("$" + "\\sqrt{" * 150 + "$ ") * 100,
    "one formula": "$$" + "{" * 99_990,
    "ways out": "&amp;" * 20_000,
    "angles": "<a " * 33_333,
    "lines": "a\n" * 50_000,
    "prose": "Lorem *ipsum* dolor `sit` amet. " * 3_000,
}


class Seen(HTMLParser):
    """What a browser would find in the HTML; a fault is kept in words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.tags: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set()):
                self.faults.append(f"{tag} {name}")
            if name in ("href", "src"):
                self._address(tag, name, value or "")

    def _address(self, tag: str, name: str, value: str) -> None:
        scheme = urlsplit(value).scheme.lower()
        if scheme and scheme not in SCHEMES:
            self.faults.append(f"{tag} {name}={value}")
        if tag == "iframe" and not value.startswith(tuple(f"{frame}/" for frame in FRAMES)):
            self.faults.append(f"frame {value}")
        if tag in ("img", "audio", "video") and (scheme or value.startswith("//") or "\\" in value):
            self.faults.append(f"file elsewhere {value}")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"<!{decl}")


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_written_executes(text: str) -> None:
    for around in (
        "{}",
        "> {}",
        "- {}",
        "# {}",
        "*{}*",
        "[{}](/x)",
        "| {} |\n|--|\n| {} |",
        "    {}",
        "$${}$$",
    ):
        html = str(render(around.replace("{}", text)))
        assert Seen(html).faults == [], html


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(HOSTILE),
            st.sampled_from(
                ("\n", "\n\n", "> ", "- ", "`", "```\n", "$", "$$", "**", "[", "](", ")", "<", ">", '"')
            ),
            st.text(max_size=12),
        ),
        max_size=14,
    )
)
def test_whatever_is_put_together_stays_on_the_list(parts: list[str]) -> None:
    html = str(render("".join(parts)))
    assert Seen(html).faults == [], html


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_text_is_ready_within_seconds(name: str) -> None:
    """What takes a second at most on a machine at rest; whatever grows with the square takes minutes."""
    spent = []
    for _ in range(3):  # the best of three: what else the machine does is not what is asked
        _rendered.cache_clear()
        started = time.process_time()
        render(HUGE[name][:LONGEST])
        spent.append(time.process_time() - started)
    assert min(spent) < 4.0


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(ContentTooLong):
        render("a" * (LONGEST + 1))


def test_headings_begin_below_the_page_s_own() -> None:
    assert "<h2>One</h2>" in render("# One")
    assert "<h6>Six</h6>" in render("###### Six")


def test_a_table_says_what_its_columns_are_and_can_be_scrolled_by_keyboard() -> None:
    html = render("| a | b |\n|:-:|--:|\n| 1 | 2 |")
    assert '<th scope="col" class="text-center">a</th>' in html
    assert 'role="region" tabindex="0" aria-label="Table 1"' in html


def test_tasks_are_seen_and_not_ticked() -> None:
    html = render("- [ ] scales\n- [x] tuning")
    assert 'role="img" aria-label="Not done">☐</span> scales' in html
    assert 'role="img" aria-label="Done">☑</span> tuning' in html
    assert "<input" not in html


def test_a_callout_is_named() -> None:
    html = render("> [!TIP]\n> Slowly.")
    assert '<aside class="callout tip"><p class="callout-title">Tip</p>' in html
    assert "<p>Slowly.</p>" in html
    assert "[!TIP]" not in html


def test_footnotes_lead_there_and_back() -> None:
    html = render("Bach[^1].\n\n[^1]: 1722.")
    assert 'href="#fn1" id="fnref1"' in html
    assert 'id="fn1"' in html
    assert 'href="#fnref1"' in html


def test_a_formula_is_mathml_and_money_is_money() -> None:
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in render("$x^2$")
    assert '<math display="block">' in render("$$\\frac{1}{2}$$")
    assert "<math" not in render("It costs $5 and then $6.")


def test_a_formula_that_cannot_be_read_is_shown_as_it_was_written() -> None:
    assert '<code class="formula-source">\\frac{1}</code>' in render("$\\frac{1}$")


def test_code_keeps_its_language_and_music_its_notation() -> None:
    assert '<code class="language-python">' in render("```python\nx\n```")
    assert '<pre class="abc" tabindex="0">X:1\nK:C\nCDE|\n</pre>' in render("```abc\nX:1\nK:C\nCDE|\n```")


@pytest.mark.parametrize(
    ("address", "player"),
    [
        ("https://youtu.be/dQw4w9WgXcQ", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        (
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42s",
            "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=42",
        ),
        ("<https://vimeo.com/76979871>", "https://player.vimeo.com/video/76979871?dnt=1"),
        (
            "https://soundcloud.com/bach/prelude",
            "https://w.soundcloud.com/player/?url=https%3A%2F%2Fsoundcloud.com%2Fbach%2Fprelude",
        ),
    ],
)
def test_an_address_alone_in_a_line_becomes_a_player_in_a_sandbox(address: str, player: str) -> None:
    html = str(render(f"Listen:\n\n{address}\n\nAnd again."))
    assert f'<iframe src="{player}"' in html
    assert 'sandbox="allow-scripts allow-same-origin allow-presentation allow-popups"' in html
    assert 'loading="lazy"' in html
    assert "title=" in html


@pytest.mark.parametrize(
    "text",
    [
        "See https://youtu.be/dQw4w9WgXcQ here",
        "https://dailymotion.com/video/x1",
        "- https://youtu.be/dQw4w9WgXcQ",
    ],
)
def test_other_addresses_are_no_players(text: str) -> None:
    assert "<iframe" not in render(text)


def test_own_files_are_shown_and_others_linked() -> None:
    assert '<img src="/files/a.png" alt="Keys" loading="lazy">' in render("![Keys](/files/a.png)")
    assert '<audio src="/files/a.mp3" controls="" preload="none" aria-label="Scale">' in render(
        "![Scale](/files/a.mp3)"
    )
    elsewhere = render("![Keys](https://example.com/a.png)")
    assert "<img" not in elsewhere
    assert '<a href="https://example.com/a.png"' in elsewhere
