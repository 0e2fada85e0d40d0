"""The colours classes are given: the designed palette, and which of it a new class takes.

Colours, hatches and the rule beyond 24 classes come from ``resources/themes/palette.json``.
"""

import json
import math
import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

HATCHES: Final = range(7)
"""Indices of hatches in ``palette.json``, 0 for plain."""


class PaletteColor(NamedTuple):
    """A colour ``#RRGGBB`` and the index of the hatch that is drawn with it (0 = plain)."""

    color: str
    hatch: int


_COLOR = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)


def is_color(text: object) -> bool:
    """Whether a text of others is a colour ``#RRGGBB``."""
    return isinstance(text, str) and _COLOR.fullmatch(text) is not None


@cache
def palette() -> tuple[PaletteColor, ...]:
    """The 24 designed colours, in the order classes take them."""
    text = files("resources").joinpath("themes", "palette.json").read_text("utf-8")
    return tuple(PaletteColor(row["hex"], row["hatch"]) for row in json.loads(text)["colours"])


def palette_color(k: int) -> PaletteColor:
    """The colour of class ``k``, counted from 0: colour k mod 24, hatch k // 8 below 48.

    From class 49 on, colours and hatches repeat.
    """
    colors = palette()
    return PaletteColor(colors[k % len(colors)].color, (k % (2 * len(colors))) // 8)


def unused_color(used: Collection[str]) -> PaletteColor:
    """The unused colour farthest from those in use, plain colours before hatched ones.

    ``used`` holds ``#RRGGBB`` strings of any case. Where every colour is taken, the rule by count
    answers.
    """
    taken = {color.upper() for color in used}
    if not taken:
        return palette_color(0)
    free = [(k, entry) for k, entry in enumerate(palette()) if entry.color.upper() not in taken]
    if not free:
        return palette_color(len(used))
    first = min(entry.hatch for _, entry in free)
    labs = [_lab(color) for color in taken]
    best = max(
        ((k, entry) for k, entry in free if entry.hatch == first),
        key=lambda pair: (min(ciede2000(_lab(pair[1].color), lab) for lab in labs), -pair[0]),
    )
    return best[1]


def color_difference(first: str, second: str) -> float:
    """CIEDE2000 between two ``#RRGGBB`` colours, D65."""
    return ciede2000(_lab(first), _lab(second))


@cache
def _lab(color: str) -> tuple[float, float, float]:
    """CIELAB (D65, 2°) of an sRGB colour, after IEC 61966-2-1 and CIE 15."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    ]
    red, green, blue = linear
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
    fx, fy, fz = (
        math.cbrt(value) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29
        for value in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def ciede2000(first: tuple[float, float, float], second: tuple[float, float, float]) -> float:
    """The colour difference of two CIELAB colours.

    Formula and symbols: G. Sharma, W. Wu, E. N. Dalal, Color Research and Application 30(1),
    2005, equations 2 to 22, with k_L = k_C = k_H = 1.
    """
    l1, a1, b1 = first
    l2, a2, b2 = second
    mean_c7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * math.sqrt(mean_c7 / (mean_c7 + 25.0**7))
    c1, c2 = math.hypot(a1 * stretch, b1), math.hypot(a2 * stretch, b2)
    h1, h2 = _hue(b1, a1 * stretch), _hue(b2, a2 * stretch)
    gray = c1 * c2 == 0
    turn = 0.0 if gray else (h2 - h1 + 180) % 360 - 180
    if not gray and turn == -180 and h2 > h1:
        turn = 180.0
    delta_h = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn) / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = h1 + h2 if gray else _mean_hue(h1, h2)
    weight = (
        1
        - 0.17 * math.cos(math.radians(mean_h - 30))
        + 0.24 * math.cos(math.radians(2 * mean_h))
        + 0.32 * math.cos(math.radians(3 * mean_h + 6))
        - 0.20 * math.cos(math.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / math.sqrt(20 + (mean_l - 50) ** 2)
    s_c = 1 + 0.045 * mean_c
    s_h = 1 + 0.015 * mean_c * weight
    rotation = -math.sin(math.radians(60 * math.exp(-(((mean_h - 275) / 25) ** 2))))
    rotation *= 2 * math.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    light, chroma, hue = (l2 - l1) / s_l, (c2 - c1) / s_c, delta_h / s_h
    return math.sqrt(light**2 + chroma**2 + hue**2 + rotation * chroma * hue)


def _hue(b: float, a: float) -> float:
    return math.degrees(math.atan2(b, a)) % 360 if a or b else 0.0


def _mean_hue(first: float, second: float) -> float:
    total = first + second
    if abs(first - second) <= 180:
        return total / 2
    return (total + 360) / 2 if total < 360 else (total - 360) / 2
