"""What a chart shows: curves and levels, and the chart in one sentence. Knows no widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Points = Sequence[tuple[float, float]]
Line = Literal["solid", "dashed", "dotted"]
_NAME = 20
"""Letters of a name in the picture; the whole one is in the summary and the table."""
_KEEP = 600
"""Most points drawn of one curve; longer ones are thinned, their first and last kept."""


@dataclass(frozen=True, slots=True)
class Series:
    """One curve, or one level.

    Attributes:
        name: said at its end, with its last value.
        points: (x, y), ascending in x.
        role: token of its colour.
        level: a horizontal line at this height instead of points.
    """

    name: str
    points: tuple[tuple[float, float], ...] = ()
    line: Line = "solid"
    role: str = "accent.base"
    dots: bool = False
    level: float | None = None

    @property
    def last(self) -> float | None:
        """The value it ends on."""
        return self.level if self.level is not None else self.points[-1][1] if self.points else None


def thinned(points: Points, most: int = _KEEP) -> tuple[tuple[float, float], ...]:
    """At most about ``most`` points, evenly taken, the last one always there."""
    if len(points) <= most:
        return tuple(points)
    step = -(-len(points) // most)
    kept = list(points[::step])
    if kept[-1] != points[-1]:
        kept.append(points[-1])
    return tuple(kept)


def sentence(title: str, series: Sequence[Series], unit: str) -> str:
    """The chart in one sentence."""
    parts = []
    for each in series:
        if each.level is not None:
            parts.append(f"{each.name} is at {each.level:.2f}")
        elif each.points:
            first, last = each.points[0], each.points[-1]
            parts.append(
                f"{each.name} went from {first[1]:.2f} to {last[1]:.2f} over {last[0]:g} {unit}"
            )
    return f"{title}: {'; '.join(parts)}." if parts else f"{title}: no values yet."


def label_of(series: Series) -> str:
    """A curve's name, cut where it is long, with the value it ends on."""
    name = series.name if len(series.name) <= _NAME else series.name[: _NAME - 1] + "…"
    return f"{name}  {series.last:.2f}"
