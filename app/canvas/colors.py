"""How each object is drawn: looks, and the lookup tables made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.theme.tokens import load_tokens

BARS = 6
"""Index of the upright bars that mark doubt; 1 to 5 are hatches of classes."""

ZONES = 5
FILL, HATCH, CASING, SOFT, LINE = range(ZONES)
"""Parts of an object in the tables: plain fill, fill under a stroke of the hatch, casing of the
line, its soft edge, the line itself; where several meet, the later one shows."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Alphas, widths and dashes of SCREEN.md §10; lengths in logical pixels."""

    fill: Mapping[str, float]
    line: Mapping[str, float]
    dash: tuple[float, float]
    casing: QColor
    halo: QColor
    tag_surface: QColor
    tag_text: QColor
    tag_second: QColor
    hatch_alpha: float
    hatch_step: float
    bar_step: float


class Look(NamedTuple):
    """How one object is drawn.

    Attributes:
        color: 0xRRGGBB.
        alpha: of the fill, 0..1; 0 has no fill.
        hatch: 0 none, 1..5 of the class, ``BARS`` doubtful.
        dashed: a proposal.
        locked: double line.
    """

    color: int
    alpha: float
    hatch: int = 0
    dashed: bool = False
    locked: bool = False


@cache
def overlay() -> Overlay:
    """The design tokens of the overlay."""
    raw: Mapping[str, Any] = load_tokens().overlay
    dash = raw["dashPx"]["proposal"]
    return Overlay(
        fill=raw["fill"],
        line=raw["contourPx"],
        dash=(float(dash[0]), float(dash[1])),
        casing=_with_alpha(raw["casing"]),
        halo=QColor(raw["selectionHalo"]),
        tag_surface=_with_alpha(raw["tagSurface"]),
        tag_text=QColor(raw["tagText"]),
        tag_second=QColor(raw["tagTextSecondary"]),
        hatch_alpha=float(raw["classHatchAlpha"]),
        hatch_step=float(raw["hatchStepPx"]["class"]),
        bar_step=float(raw["hatchStepPx"]["uncertain"]),
    )


def rgb(color: str) -> int:
    """0xRRGGBB of "#RRGGBB"."""
    return int(color[1:7], 16)


def tables(looks: list[Look]) -> NDArray[np.uint32]:
    """Premultiplied ARGB by ``zone * len(looks) + slot``; slot 0 is nothing and stays clear."""
    count = len(looks)
    color = np.array([look.color for look in looks], np.uint32)
    channels = np.stack([color >> 16 & 255, color >> 8 & 255, color & 255], 1).astype(np.float32)
    alpha = np.array([look.alpha for look in looks], np.float32)
    bars = np.array([look.hatch == BARS for look in looks])
    out = np.zeros((ZONES, count), np.uint32)
    style = overlay()
    out[FILL] = _pack(channels * alpha[:, None], alpha)
    ink = np.where(bars, 0.75, style.hatch_alpha).astype(np.float32)
    shade = np.where(bars[:, None], channels, 0.0)
    out[HATCH] = _over(shade, ink, channels, alpha)
    out[CASING] = _over(channels * 0, np.full(count, style.casing.alphaF(), "f4"), channels, alpha)
    half = np.full(count, 0.5, np.float32)
    dark = np.maximum(alpha, style.casing.alphaF())
    out[SOFT] = _over(channels, half, channels * (alpha / np.maximum(dark, 1e-6))[:, None], dark)
    out[LINE] = _pack(channels, np.ones(count, np.float32))
    out[:, 0] = 0
    out[CASING, 0] = _pack(np.zeros((1, 3), np.float32), np.array([style.casing.alphaF()]))[0]
    return out.reshape(-1)


def _over(
    top: NDArray[Any], share: NDArray[Any], color: NDArray[Any], alpha: NDArray[Any]
) -> NDArray[np.uint32]:
    """``top`` at ``share`` laid over ``color`` at ``alpha``: Porter and Duff's "over"."""
    rest = alpha * (1 - share)
    return _pack(top * share[:, None] + color * rest[:, None], share + rest)


def _pack(premultiplied: NDArray[Any], alpha: NDArray[Any]) -> NDArray[np.uint32]:
    parts = np.rint(np.clip(premultiplied, 0, 255)).astype(np.uint32)
    opacity = np.rint(np.clip(alpha, 0, 1) * 255).astype(np.uint32)
    packed = opacity << 24 | parts[:, 0] << 16 | parts[:, 1] << 8 | parts[:, 2]
    return np.asarray(packed, np.uint32)


def _with_alpha(token: Mapping[str, Any]) -> QColor:
    color = QColor(token["color"])
    color.setAlphaF(token["alpha"])
    return color
