"""Whole pictures of what was shown lately, for when a step is taken back."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.canvas.colors import Look
from app.memory import LEDGER
from engine.document.annotation import Annotation
from engine.masks.class_map import ClassMap


class Shown(NamedTuple):
    """All that decides the pixels of a scene whose photo, place and way of drawing stay.

    It holds what it names, so that two of them are equal only where the pixels are.

    Attributes:
        objects: annotations and proposals that are drawn, by id.
        looks: how each of them is drawn, likewise.
        chosen: ids of those that are selected.
        hovered: id of the one under the pointer, where that is drawn.
        layer: the classes painted as pixels.
        classes: how each of them is drawn.
    """

    objects: dict[int, Annotation]
    looks: dict[int, Look]
    chosen: frozenset[int]
    hovered: int | None
    layer: ClassMap
    classes: tuple[tuple[int, Look], ...]


class Canvas(NamedTuple):
    """An image, and its pixels as an array: uint32 0xAARRGGBB, (height, width)."""

    image: QImage
    cells: NDArray[np.uint32]

    @classmethod
    def of(cls, image: QImage) -> "Canvas":
        """Both views of an image, which then belongs to nobody else."""
        cells = np.frombuffer(image.bits(), np.uint32)
        return cls(image, cells.reshape(image.height(), image.width()))


class Remembered:
    """A few pictures by what they show, within a number of bytes; the oldest go first.

    The attributes are those of ``app.memory.Cache``.
    """

    def __init__(self, budget: int) -> None:
        """Hold at most ``budget`` bytes; one picture always fits."""
        self.name = "Pictures to go back to"
        self.budget = budget
        self.bytes = self.hits = self.misses = 0
        LEDGER.enter(self)
        self._kept: list[tuple[Shown, Canvas]] = []
        self._spare: Canvas | None = None

    def put(self, shown: Shown, picture: Canvas) -> None:
        """Keep a picture; nobody may draw into it any more."""
        self._kept.append((shown, picture))
        self.bytes += picture.cells.nbytes
        while len(self._kept) > 1 and self.bytes > self.budget:
            self._spare = self._given(0)

    def take(self, shown: Shown) -> Canvas | None:
        """The picture of just this, which is given away."""
        for place in range(len(self._kept) - 1, -1, -1):
            if self._kept[place][0] == shown:
                self.hits += 1
                return self._given(place)
        self.misses += 1
        return None

    def _given(self, place: int) -> Canvas:
        picture = self._kept.pop(place)[1]
        self.bytes -= picture.cells.nbytes
        return picture

    def copy_of(self, picture: Canvas) -> Canvas:
        """The same picture to go on drawing into."""
        spare, self._spare = self._spare, None
        if spare is None or spare.cells.shape != picture.cells.shape:
            return Canvas.of(picture.image.copy())
        spare.cells[...] = picture.cells
        return spare

    def clear(self) -> None:
        """Forget everything."""
        self._kept, self._spare, self.bytes = [], None, 0

    def __len__(self) -> int:
        return len(self._kept)
