"""A school's colour as the three properties its pages use, with contrast kept whatever was chosen."""

import math
from dataclasses import dataclass

WHITE, BLACK = (1.0, 1.0, 1.0), (0.003, 0.003, 0.003)
READABLE = 4.5
"""Contrast of small text, WCAG 2.2 criterion 1.4.3."""


def stylesheet(color: str | None) -> str:
    """`:root { --brand… }` for a colour like `#0f766e`; empty where the school chose none."""
    if color is None:
        return ""
    _, chroma, hue = _oklch(color)
    chroma = min(chroma, 0.16)
    light, dark = _readable(chroma, hue, WHITE, 0.6, -0.01), _readable(chroma, hue, BLACK, 0.7, 0.01)
    return (
        ":root{"
        f"--brand:light-dark({_css(light, chroma, hue)},{_css(dark, chroma, hue)});"
        f"--brand-soft:light-dark({_css(0.955, min(chroma, 0.03), hue)},{_css(0.3, min(chroma, 0.05), hue)});"
        f"--brand-ink:light-dark({_css(0.4, min(chroma, 0.1), hue)},{_css(0.88, min(chroma, 0.08), hue)})"
        "}"
    )


@dataclass(frozen=True, slots=True)
class Legibility:
    """How a chosen colour reads, and what is shown in its place so that it always does."""

    on_white: float
    on_black: float
    shown_on_white: str
    shown_on_black: str

    @property
    def reads(self) -> bool:
        """Small text in the colour as chosen can be read on white."""
        return self.on_white >= READABLE


def legibility(color: str) -> Legibility:
    """The contrast of the colour as chosen, and the two shades of it that pages use."""
    _, chroma, hue = _oklch(color)
    chroma = min(chroma, 0.16)
    light, dark = _readable(chroma, hue, WHITE, 0.6, -0.01), _readable(chroma, hue, BLACK, 0.7, 0.01)
    chosen = _channels(color)
    return Legibility(
        round(_contrast(chosen, WHITE), 1),
        round(_contrast(chosen, BLACK), 1),
        _hex(_rgb(light, chroma, hue)),
        _hex(_rgb(dark, chroma, hue)),
    )


def _readable(
    chroma: float, hue: float, beside: tuple[float, float, float], start: float, step: float
) -> float:
    """The first lightness from `start` on at which the colour reads beside black or white."""
    lightness = start
    while 0 < lightness < 1 and _contrast(_rgb(lightness, chroma, hue), beside) < READABLE:
        lightness += step
    return round(lightness, 3)


def _css(lightness: float, chroma: float, hue: float) -> str:
    return f"oklch({lightness:.3f} {chroma:.3f} {hue:.1f})"


def _oklch(color: str) -> tuple[float, float, float]:
    """sRGB hex to OKLCH, by Björn Ottosson's matrices (https://bottosson.github.io/posts/oklab/)."""
    red, green, blue = _channels(color)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """OKLCH to linear sRGB, cut to what a screen can show."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in channels)
    return red, green, blue


def _contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """WCAG's contrast ratio of two linear colours."""
    first, second = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def _luminance(color: tuple[float, float, float]) -> float:
    red, green, blue = color
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> tuple[float, float, float]:
    """`#0f766e` as linear light."""
    red, green, blue = (_linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return red, green, blue


def _hex(light: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(_curved(channel) * 255):02x}" for channel in light)


def _curved(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
