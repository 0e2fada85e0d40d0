"""How a line is made: from the distance to a mask's edge to its colour, as a table.

A mask blurred by a Gaussian of ``sigma`` holds, across a straight edge, Φ(distance / sigma), so
each of its 256 values stands for a distance and casing, halo, class line and core become one
lookup. Lines so cost what their place on screen costs, however many corners they have; strokes
along paths of that many corners took a hundred times as long.
"""

from functools import lru_cache
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.canvas.colors import Look, overlay

CORE = QColor(18, 18, 20)
"""The dark middle of a locked object's double line."""

VALUES = 256


class Style(NamedTuple):
    """A line in device pixels.

    Attributes:
        color: 0xRRGGBB.
        width: of the class line.
        halo: how far the white halo stands out on each side; 0 for none.
        casing: how far the dark casing stands out of that.
        core: width of the dark middle of a double line; 0 for none.
        sigma: of the blur.
    """

    color: int
    width: float
    halo: float
    casing: float
    core: float
    sigma: float

    @property
    def reach(self) -> int:
        """Device pixels from the edge to where nothing is left of the line."""
        return int(np.ceil(min(self.width / 2 + self.halo + self.casing + 1, 3 * self.sigma))) + 1


def style_of(
    look: Look, selected: bool, hovered: bool, scale: float, ratio: float, factor: float
) -> Style:
    """The style of SCREEN.md §10.

    Args:
        look: colour and kind of the object.
        selected: whether it is chosen.
        hovered: whether the pointer is on it.
        scale: device pixels per image pixel; between 1 and 4 the blur also rounds the stairs.
        ratio: device pixels per logical pixel.
        factor: of the view, on the widths.
    """
    line = overlay().line
    kind = "normal"
    if selected:
        kind = "selected"
    elif look.locked:
        kind = "locked"
    elif hovered:
        kind = "hover"
    width = line[kind] * factor * ratio
    halo = line["haloExtra"] / 2 * ratio if selected else 0.0
    casing = line["casingExtra"] / 2 * ratio
    core = line["lockedCore"] * factor * ratio if kind == "locked" else 0.0
    half = width / 2 + halo + casing
    stairs = 0.55 * scale if 1 < scale < 4 else 0.0
    sigma = max(0.9 * ratio, stairs, (half + 0.5) / 2.5)
    return Style(look.color, *(round(v, 2) for v in (width, halo, casing, core, sigma)))


@lru_cache(maxsize=512)
def table(style: Style) -> NDArray[np.uint32]:
    """Premultiplied ARGB, (512,): by the blurred mask's value, and 256 more in gaps of a dash."""
    distances = np.abs(_distances()) * style.sigma
    half = style.width / 2
    clear = np.zeros((VALUES, 4))
    dark = overlay().casing
    gap = _over(clear, dark, _cover(distances, half + style.halo + style.casing) * dark.alphaF())
    full = gap
    if style.halo:
        full = _over(full, overlay().halo, _cover(distances, half + style.halo))
    full = _over(full, QColor.fromRgb(style.color), _cover(distances, half))
    if style.core:
        full = _over(full, CORE, _cover(distances, style.core / 2))
    if style.halo:  # a selected proposal: the halo goes through, the colour is dashed
        gap = _over(gap, overlay().halo, _cover(distances, half + style.halo))
    return np.concatenate([_pack(full), _pack(gap)])


@lru_cache(maxsize=1)
def _distances() -> NDArray[np.float64]:
    """Distance to the edge in sigmas, positive inside, by the blurred mask's value."""
    normal = NormalDist()
    inner = [normal.inv_cdf(value / 255) for value in range(1, 255)]
    return np.array([-99.0, *inner, 99.0])


def _cover(distances: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    """Share of a pixel at these distances that a band of half this width covers."""
    return np.asarray(np.clip(half + 0.5 - distances, 0, 1))


def _over(below: NDArray[Any], color: QColor, alpha: NDArray[Any]) -> NDArray[Any]:
    """A colour laid over premultiplied (blue, green, red, alpha), all 0..1."""
    top = np.array([color.blueF(), color.greenF(), color.redF(), 1.0])
    return np.asarray(top * alpha[:, None] + below * (1 - alpha[:, None]))


def _pack(parts: NDArray[Any]) -> NDArray[np.uint32]:
    whole = np.rint(parts * 255).astype(np.uint32)
    packed = whole[:, 0] | whole[:, 1] << 8 | whole[:, 2] << 16 | whole[:, 3] << 24
    return np.asarray(packed, np.uint32)
