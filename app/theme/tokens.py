"""The design tokens: colours, sizes and type, read once from ``resources/themes``.

Plain data, no Qt: tests and tools may read it without a running application.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

THEME_NAMES = ("dark", "light", "highContrast")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The contents of ``tokens.json``.

    Attributes:
        colors: theme name → token name → "#RRGGBB".
        contrasts: theme name → "front/back" → the WCAG 2.1 ratio the design promises.
        overlay: colours, alphas and line widths of objects drawn on the photo.
        families: font families, wanted first.
        font_sizes: name → logical pixels. weights: name → 400, 500, 600.
        sizes: name → logical pixels (``thumb`` is a pair, ``icon`` a mapping).
        radii: name → corner radius in logical pixels.
        space: allowed gaps in logical pixels, ascending.
        motion: name → milliseconds.
    """

    colors: Mapping[str, Mapping[str, str]]
    contrasts: Mapping[str, Mapping[str, float]]
    overlay: Mapping[str, Any]
    families: tuple[str, ...]
    font_sizes: Mapping[str, int]
    weights: Mapping[str, int]
    sizes: Mapping[str, Any]
    radii: Mapping[str, int]
    space: tuple[int, ...]
    motion: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PaletteColor:
    """One entry of the class palette: its name for people, "#RRGGBB", and its hatch index."""

    name: str
    hex: str
    hatch: int


def resource_text(*path: str) -> str:
    """A bundled text file, for example ``resource_text("themes", "tokens.json")``."""
    return files("resources").joinpath(*path).read_text(encoding="utf-8")


@cache
def load_tokens() -> Tokens:
    """Read ``tokens.json``; the same object every time."""
    raw = json.loads(resource_text("themes", "tokens.json"))
    return Tokens(
        colors={name: theme["color"] for name, theme in raw["themes"].items()},
        contrasts={name: theme["contrast"] for name, theme in raw["themes"].items()},
        overlay=raw["overlay"],
        families=tuple(raw["font"]["family"]),
        font_sizes=raw["font"]["size"],
        weights=raw["font"]["weight"],
        sizes=raw["size"],
        radii=raw["radius"],
        space=tuple(raw["space"]),
        motion=raw["motion"],
    )


@cache
def load_palette() -> tuple[PaletteColor, ...]:
    """The 24 class colours in order, each with its own hatch."""
    raw = json.loads(resource_text("themes", "palette.json"))
    return tuple(PaletteColor(each["name"], each["hex"], each["hatch"]) for each in raw["colours"])


def luminance(color: str) -> float:
    """Relative luminance of "#RRGGBB", 0..1 (WCAG 2.1, definition of relative luminance)."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(front: str, back: str) -> float:
    """Contrast ratio of two "#RRGGBB" colours, 1..21 (WCAG 2.1, definition of contrast ratio)."""
    lighter, darker = sorted((luminance(front), luminance(back)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
