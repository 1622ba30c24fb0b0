"""A certificate as a sheet of A4 paper: the school's picture and colour, the words, the code and a way to verify it."""

import io
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, cast

import segno
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont

from coursecove.kit.web.formats import local_date
from coursecove.kit.web.language import gettext as _

FONT: Final = Path(__file__).parent / "assets/dejavu-serif-2.37.3.ttf"
WIDTH, HEIGHT, MARGIN = 297.0, 210.0, 30.0
"""Millimetres: A4, lying."""
INK, GREY = (23, 23, 23), (95, 99, 104)
OUR_COLOR: Final = "#0f766e"
SHAPED: Final = frozenset({"R", "AL", "AN"})
"""Scripts that run from right to left (Unicode's bidirectional classes): they need shaping, which is not done here."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper."""

    learner: str
    course: str
    school: str
    code: str
    issued_at: datetime
    verify_url: str
    color: str | None
    logo: bytes | None


def printable(*texts: str) -> bool:
    """Can the font write this? The browser prints what it cannot."""
    return all(
        ord(letter) in _glyphs() and unicodedata.bidirectional(letter) not in SHAPED
        for text in texts
        for letter in unicodedata.normalize("NFC", text)
    )


@cache
def _glyphs() -> frozenset[int]:
    with _paper() as pdf:
        return frozenset(cast("TTFFont", pdf.fonts["certificate"]).cmap)


@contextmanager
def _paper() -> Iterator[FPDF]:
    """An empty document that knows the font, whose file it holds open until the end."""
    pdf = FPDF(orientation="landscape", format="A4")
    pdf.add_font("certificate", "", FONT)
    try:
        yield pdf
    finally:
        cast("TTFFont", pdf.fonts["certificate"]).ttfont.close()


def pdf_of(sheet: Sheet) -> bytes:
    """The file. The same certificate gives the same bytes, whenever it is asked for."""
    with _paper() as pdf:
        pdf.set_creation_date(sheet.issued_at)
        pdf.set_title(f"{sheet.course} – {sheet.learner}")
        pdf.set_author(sheet.school)
        pdf.set_auto_page_break(auto=False)
        pdf.set_margins(MARGIN, MARGIN, MARGIN)
        pdf.add_page()
        _frame(pdf, _rgb(sheet.color or OUR_COLOR))
        _words(pdf, sheet)
        _way_to_verify(pdf, sheet)
        return bytes(pdf.output())


def _frame(pdf: FPDF, color: tuple[int, int, int]) -> None:
    pdf.set_draw_color(*color)
    for inset, width in ((10.0, 1.2), (13.0, 0.3)):
        pdf.set_line_width(width)
        pdf.rect(inset, inset, WIDTH - 2 * inset, HEIGHT - 2 * inset)


def _words(pdf: FPDF, sheet: Sheet) -> None:
    pdf.set_y(24)
    if sheet.logo is not None:
        pdf.image(io.BytesIO(sheet.logo), x=Align.C, y=22, w=60, h=20, keep_aspect_ratio=True)
        pdf.set_y(46)
    _line(pdf, sheet.school, 13, GREY, lines=1)
    pdf.ln(13 if sheet.logo is not None else 25)
    _line(pdf, _("This certifies that"), 13, GREY, lines=1)
    pdf.ln(5)
    _line(pdf, sheet.learner, 32, INK, lines=2)
    pdf.ln(5)
    _line(pdf, _("has finished the course"), 13, GREY, lines=1)
    pdf.ln(4)
    _line(pdf, sheet.course, 22, INK, lines=3)
    pdf.ln(6)
    _line(pdf, local_date(sheet.issued_at, "long"), 13, INK, lines=1)


def _line(pdf: FPDF, text: str, size: float, color: tuple[int, int, int], *, lines: int) -> None:
    """Text in the middle, as large as it may be while it takes no more lines than these."""
    written = unicodedata.normalize("NFC", text)
    pdf.set_text_color(*color)
    while True:
        pdf.set_font("certificate", size=size)
        height = pdf.font_size * 1.25
        as_lines = MethodReturnValue.LINES
        needed = pdf.multi_cell(0, height, written, align=Align.C, dry_run=True, output=as_lines)
        if len(cast("list[str]", needed)) <= lines or size <= 7:
            break
        size -= 1
    pdf.multi_cell(0, height, written, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _way_to_verify(pdf: FPDF, sheet: Sheet) -> None:
    picture = io.BytesIO()
    segno.make(sheet.verify_url, error="m", micro=False).save(picture, kind="png", scale=4, border=0)
    side, top = 22.0, HEIGHT - 44.0
    pdf.image(picture, x=WIDTH - MARGIN - side, y=top, w=side, h=side, alt_text=sheet.verify_url)
    pdf.set_text_color(*GREY)
    pdf.set_xy(MARGIN, top + 9)
    pdf.set_font("certificate", size=11)
    pdf.cell(0, 6, sheet.code, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font("certificate", size=8)
    pdf.cell(0, 5, _("Verify at %(address)s") % {"address": sheet.verify_url}, link=sheet.verify_url)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
