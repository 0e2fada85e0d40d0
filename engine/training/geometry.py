"""How images lie in what a network sees, while learning and while measuring.

Measuring lays an image exactly as predicting does (`engine.models.prepare`, which this layer may
not import; a test compares the two): stretched to a fixed size, or brought to a scale and filled up
at the right and bottom, or read in windows at its own scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]
FREE_SIDE = 512
"""Side of what a network of free size sees while it learns, where nothing else is said."""


class Input(Protocol):
    """What is read of a card's input (`engine.models.card.InputSpec`)."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def layout(self) -> str: ...  # noqa: D102
    @property
    def dtype(self) -> str: ...  # noqa: D102
    @property
    def height(self) -> int: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102
    @property
    def multiple_of(self) -> int: ...  # noqa: D102
    @property
    def resize(self) -> str: ...  # noqa: D102
    @property
    def long_side(self) -> int: ...  # noqa: D102
    @property
    def tile(self) -> int: ...  # noqa: D102
    @property
    def color(self) -> str: ...  # noqa: D102
    @property
    def range(self) -> str: ...  # noqa: D102
    @property
    def scale(self) -> float: ...  # noqa: D102
    @property
    def mean(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def std(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def pad_value(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Geometry:
    """How images are laid into a network's input.

    Attributes:
        canvas: (height, width) of what the network sees while it learns.
        fixed: The network takes no other size.
        resize: "stretch", "pad" or "none", as in a card.
        long_side: For free sizes: the longer side is brought to this; 0 leaves the scale.
        multiple: Free sizes are multiples of this.
    """

    canvas: Size
    fixed: bool
    resize: str
    long_side: int = 0
    multiple: int = 1

    @classmethod
    def of(cls, given: Input, size: int = 0) -> Geometry:
        """From a card's input.

        Args:
            given: The input.
            size: Side the user chose for free sizes, 0 for the card's.
        """
        multiple = max(1, given.multiple_of)
        if given.height > 0 and given.width > 0:
            return cls((given.height, given.width), True, given.resize, 0, multiple)
        long_side = 0 if given.resize == "none" else (size or given.long_side)
        side = _up(size or given.long_side or given.tile or FREE_SIDE, multiple)
        return cls((side, side), False, given.resize, long_side, multiple)

    def scale(self, image: Size) -> tuple[float, float]:
        """Network pixels per image pixel, (down, across), as predicting lays the image."""
        if self.fixed and self.resize == "stretch":
            return self.canvas[0] / image[0], self.canvas[1] / image[1]
        factor = 1.0
        if self.fixed and self.resize == "pad":
            factor = min(self.canvas[0] / image[0], self.canvas[1] / image[1])
        elif self.long_side:
            factor = self.long_side / max(image)
        return factor, factor

    def frame(self, image: Size) -> tuple[Size, Size]:
        """Sizes of the network's input and of the part that shows the image, at its top left.

        Args:
            image: (height, width) of the image, or of a window of it (see `windows`).
        """
        factor = self.scale(image)
        content = tuple(max(1, round(s * f)) for s, f in zip(image, factor, strict=True))
        if self.fixed:
            if self.resize == "stretch":
                return self.canvas, self.canvas
            most = tuple(min(a, b) for a, b in zip(content, self.canvas, strict=True))
            return self.canvas, (most[0], most[1])
        if self.resize == "stretch":
            sides = tuple(max(self.multiple, _nearest(s, self.multiple)) for s in content)
            return (sides[0], sides[1]), (sides[0], sides[1])
        net = tuple(_up(s, self.multiple) for s in content)
        return (net[0], net[1]), (content[0], content[1])

    def windows(self, image: Size) -> list[tuple[int, int, int, int]]:
        """Boxes (left, top, right, bottom) that are measured one by one.

        One box for the whole image, unless it is read at its own scale and larger than the canvas.
        """
        if self.resize != "none":
            return [(0, 0, image[1], image[0])]
        rows, columns = (_steps(a, b) for a, b in zip(image, self.canvas, strict=True))
        return [
            (left, top, min(left + self.canvas[1], image[1]), min(top + self.canvas[0], image[0]))
            for top in rows
            for left in columns
        ]


def resized(rgb: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """The image at another size: area averages where it shrinks, bilinear where it grows."""
    if rgb.shape[:2] == size:
        return rgb
    import cv2

    shrinks = size[0] < rgb.shape[0] or size[1] < rgb.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    made = cv2.resize(np.ascontiguousarray(rgb), size[::-1], interpolation=method)
    return np.asarray(made, np.uint8)


def resized_labels(labels: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """The labels at another size: each pixel takes that of the nearest centre."""
    if labels.shape == size:
        return labels
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(np.intp)
        for new, old in zip(size, labels.shape, strict=True)
    )
    return np.ascontiguousarray(labels[rows[:, None], columns])


def _up(side: int, multiple: int) -> int:
    return math.ceil(side / multiple) * multiple


def _nearest(side: int, multiple: int) -> int:
    return round(side / multiple) * multiple


def _steps(length: int, window: int) -> list[int]:
    """Starts of windows that cover a length; the last one is moved back inside."""
    if length <= window:
        return [0]
    return [*range(0, length - window, window), length - window]
