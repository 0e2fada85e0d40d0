"""Whole pictures of what was shown lately, for when a step is taken back."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.canvas.colors import Look
from app.memory import LEDGER
from engine.document.annotation import Annotation
from engine.masks.box import Box
from engine.masks.class_map import ClassMap

MOST = 24
"""Pictures and parts that are looked through."""


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


class Part(NamedTuple):
    """What a part of the picture showed before a change of no more than that part.

    Attributes:
        before: what the whole of it showed.
        after: what it has to show for the part to be put back.
        rect: where: left, top, right, bottom.
        cells: uint32, (height, width) of ``rect``.
    """

    before: Shown
    after: Shown
    rect: Box
    cells: NDArray[np.uint32]


Entry = tuple[Shown, Canvas] | Part


class Remembered:
    """A few pictures by what they show, and parts of such; the oldest go first.

    Masks that a picture brought along count as well: of steps taken back for good, nobody else
    may hold them.

    The attributes are those of ``app.memory.Cache``.
    """

    def __init__(self, budget: int) -> None:
        """Hold at most ``budget`` bytes; one picture always fits."""
        self.name = "Pictures to go back to"
        self.budget = budget
        self.bytes = self.hits = self.misses = 0
        LEDGER.enter(self)
        self._kept: list[tuple[Entry, int]] = []  # with their bytes
        self._spare: Canvas | None = None

    def put(self, shown: Shown, picture: Canvas) -> None:
        """Keep a picture; nobody may draw into it any more."""
        self._keep((shown, picture))

    def put_part(self, part: Part) -> None:
        """Keep a part; likewise."""
        self._keep(part)

    def _keep(self, entry: Entry) -> None:
        weight = _pixels(entry)
        if self._kept:
            weight += _brought(_shown(entry), _shown(self._kept[-1][0]))
        self._kept.append((entry, weight))
        self.bytes += weight
        while len(self._kept) > 1 and (self.bytes > self.budget or len(self._kept) > MOST):
            gone = self._given(0)
            if not isinstance(gone, Part):
                self._spare = gone[1]

    def take(self, shown: Shown) -> Canvas | None:
        """The picture of just this, which is given away."""
        for place in range(len(self._kept) - 1, -1, -1):
            entry = self._kept[place][0]
            if not isinstance(entry, Part) and entry[0] == shown:
                self.hits += 1
                self._given(place)
                return entry[1]
        self.misses += 1
        return None

    def take_part(self, now: Shown, wanted: Shown) -> Part | None:
        """The part that makes a picture of ``wanted`` out of one of ``now``, likewise."""
        for place in range(len(self._kept) - 1, -1, -1):
            entry = self._kept[place][0]
            if isinstance(entry, Part) and entry.before == wanted and entry.after == now:
                self.hits += 1
                self._given(place)
                return entry
        return None

    def _given(self, place: int) -> Entry:
        entry, weight = self._kept.pop(place)
        self.bytes -= weight
        return entry

    def copy_of(self, picture: Canvas) -> Canvas:
        """The same picture to go on drawing into."""
        self.prepare(picture)
        spare, self._spare = self._spare, None
        assert spare is not None
        spare.cells[...] = picture.cells
        return spare

    def prepare(self, picture: Canvas) -> None:
        """Have room for the next copy of a picture: new memory takes longer than the copy."""
        if self._spare is None or self._spare.cells.shape != picture.cells.shape:
            self._spare = Canvas.of(QImage(picture.image.size(), picture.image.format()))
            self._spare.image.fill(0)

    def clear(self) -> None:
        """Forget everything."""
        self._kept, self._spare, self.bytes = [], None, 0

    def __len__(self) -> int:
        return len(self._kept)


def _shown(entry: Entry) -> Shown:
    return entry.before if isinstance(entry, Part) else entry[0]


def _pixels(entry: Entry) -> int:
    return entry.cells.nbytes if isinstance(entry, Part) else entry[1].cells.nbytes


def _brought(shown: Shown, last: Shown) -> int:
    """Bytes of the masks that the picture before did not have."""
    known = last.objects
    return sum(e.mask.nbytes for key, e in shown.objects.items() if known.get(key) is not e)
