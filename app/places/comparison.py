"""Champion against challenger: what a learning job found, as rows and one verdict.

Reads ``compare.json`` of a training job (or the same data in its outcome). Knows no widget.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.places.figures import counted, share

Trend = Literal["better", "same", "worse", "unknown"]
SAME_BELOW = 0.015
"""Changes of IoU smaller than this are called "same": they show as 0.01 at most."""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class on the held-back images.

    Attributes:
        name: of the class, as the project calls it.
        pixels: of that class in the held-back masks.
        before: IoU of the model in use, 0..1; None when it does not know the class.
        after: IoU of the new model.
    """

    name: str
    pixels: int
    before: float | None
    after: float | None
    class_id: int | None = None

    @property
    def change(self) -> float | None:
        """After minus before; a class the old model did not know counts from 0."""
        if self.after is None:
            return None
        return self.after - (self.before or 0.0)

    @property
    def trend(self) -> Trend:
        """In a word."""
        return trend_of(self.change)


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One held-back image: mean IoU under both models; None where it shows no class."""

    image_id: int
    before: float | None
    after: float | None

    @property
    def change(self) -> float:
        """After minus before, 0 where either is missing."""
        if self.before is None or self.after is None:
            return 0.0
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole of it; see ``engine.jobs.train`` for how it is measured."""

    classes: tuple[ClassRow, ...]
    before: float | None
    after: float | None
    images: tuple[ImageRow, ...]
    better: bool
    reason: str

    @property
    def change(self) -> float | None:
        """Mean IoU, after minus before; None without a model before."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def fell_most(self) -> ClassRow | None:
        """The class that lost most, when one is worse."""
        worse = [row for row in self.classes if row.trend == "worse"]
        return min(worse, key=lambda row: row.change or 0.0) if worse else None

    def worst(self, most: int = 12) -> list[ImageRow]:
        """Images that lost, the largest loss first."""
        lost = [row for row in self.images if trend_of(row.change) == "worse"]
        return sorted(lost, key=lambda row: row.change)[:most]

    @property
    def got_worse(self) -> int:
        """How many images lost."""
        return sum(trend_of(row.change) == "worse" for row in self.images)


def trend_of(value: float | None) -> Trend:
    """A change of IoU in a word."""
    if value is None:
        return "unknown"
    if abs(value) < SAME_BELOW:
        return "same"
    return "better" if value > 0 else "worse"


def read_comparison(data: Mapping[str, Any]) -> Comparison | None:
    """The comparison in the data of ``compare.json``; None where nothing was compared.

    Args:
        data: the parsed file. Keys a newer version added are passed over.
    """
    if not data.get("classes"):
        return None
    classes = tuple(
        ClassRow(
            str(row.get("name", "")),
            int(row.get("pixels") or 0),
            _number(row.get("iou_before")),
            _number(row.get("iou_after")),
            row.get("id"),
        )
        for row in data["classes"]
    )
    images = tuple(
        ImageRow(int(row["id"]), _number(row.get("miou_before")), _number(row.get("miou_after")))
        for row in data.get("images", ())
    )
    return Comparison(
        classes,
        _number(data.get("miou_before")),
        _number(data.get("miou_after")),
        images,
        bool(data.get("better")),
        str(data.get("reason") or ""),
    )


def load_comparison(folder: Path) -> Comparison | None:
    """The comparison a job left in its folder; None when there is none or it is unreadable."""
    for file in (folder / "compare.json", folder / "model" / "compare.json"):
        try:
            return read_comparison(json.loads(file.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the banner says and offers.

    Attributes:
        level: "ok", "warning", "error" or "info".
        action: what the button does: "switch", "switch_anyway", "back", "" for no button.
        keep: whether a second, quiet button keeps the model in use.
    """

    level: str
    title: str
    detail: str
    action: str = ""
    action_text: str = ""
    keep: bool = False


def verdict(comparison: Comparison, new: str, old: str, *, in_use: bool) -> Verdict:
    """The verdict on a round that has ended.

    Args:
        comparison: what was measured.
        new: name of the new model.
        old: name of the one before, "" when there was none.
        in_use: the new model is the one in use now.
    """
    held = counted(len(comparison.images), "held-back image")
    if in_use:
        figures = f"Mean IoU {share(comparison.before)} before, {share(comparison.after)} now"
        text = f"{figures}, on {held}."
        back = "back" if old else ""
        return Verdict("ok", f"{new} is in use.", text, back, f"Go back to {old}" if old else "")
    if comparison.before is None:
        text = f"Mean IoU {share(comparison.after)} on {held}. There was no model to compare with."
        return Verdict("ok", f"{new} is ready.", text, "switch", f"Use {new}")
    fell = comparison.fell_most
    change = comparison.change or 0.0
    if comparison.better:
        text = comparison.reason or _sentence(comparison, held)
        return Verdict("ok", f"{new} is better.", text, "switch", f"Switch to {new}", keep=True)
    if change > 0 and fell is not None:
        lost = share(abs(fell.change or 0.0))
        title = f"{new} is better on average, but {fell.name} fell by {lost}."
        title += " It is not switched on by itself."
        return Verdict(
            "warning",
            title,
            comparison.reason or _sentence(comparison, held),
            "switch_anyway",
            f"Switch to {new} anyway",
            keep=True,
        )
    title = f"{new} is not better. {old} stays in use."
    text = comparison.reason or _sentence(comparison, held)
    return Verdict("warning", title, text, "switch_anyway", f"Switch to {new} anyway")


def _sentence(comparison: Comparison, held: str) -> str:
    return f"Mean IoU {share(comparison.before)} before, {share(comparison.after)} now, on {held}."


def summary(comparison: Comparison, new: str) -> str:
    """The table in one sentence, for screen readers."""
    rows = comparison.classes
    counts = {word: sum(row.trend == word for row in rows) for word in ("better", "same", "worse")}
    figures = ", ".join(f"{number} {word}" for word, number in counts.items())
    before, after = share(comparison.before), share(comparison.after)
    classes = counted(len(rows), "class", "classes")
    scores = f"mean IoU {before} before, {after} after"
    return f"{new} on held-back images: {figures} of {classes}; {scores}."


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
