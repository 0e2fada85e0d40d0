"""Pictures with labels, as a network learns from and is measured on them.

Files are decoded when they are needed, brought near the network's scale once and kept while memory
allows. What chance decides about a picture depends on (seed, round, place in the list) only, so
batches can be made ahead, in any order, and again after a restart.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.training import augment
from engine.training.data import IGNORED, Shot, read_label
from engine.training.geometry import Geometry, Size, resized, resized_labels
from engine.training.schema import Augment
from engine.training.watch import Watch

Bytes = NDArray[np.uint8]
Batches = Generator[tuple[int, Bytes, Bytes], None, None]

AHEAD = 2
"""Batches made ahead."""
MEASURED = 1_048_576
"""Images are measured at their own size, larger ones at about this many pixels, while learning."""


@dataclass(frozen=True, slots=True)
class View:
    """A picture as predicting would see it, with the truth at the image's size.

    Attributes:
        rgb: (height, width, 3) uint8, the network's input size; beside the image it is filled.
        content: (height, width) of the part that shows the image, at the top left.
        labels: (h, w) uint8 of the image, 255 = not counted.
        shot: Place in the list of images.
    """

    rgb: Bytes
    content: Size
    labels: Bytes
    shot: int


class Samples:
    """The images of one fold.

    Args:
        shots: Which.
        folder: Of the run, where the labels are.
        geometry: How images are laid.
        look: How they are varied.
        seed: Of the recipe.
        watch: Told about files that cannot be read.
        fill: Colour beside the image for networks that pad; None mirrors.
        budget: Bytes of pictures that are kept in memory.
    """

    def __init__(
        self,
        shots: Sequence[Shot],
        folder: Path,
        geometry: Geometry,
        look: Augment,
        seed: int,
        watch: Watch,
        fill: tuple[int, int, int] | None = None,
        budget: int = 512 << 20,
    ) -> None:
        self.shots = tuple(shots)
        self.unreadable: list[str] = []
        self._folder = folder
        self._geometry = geometry
        self._look = look
        self._seed = seed
        self._watch = watch
        self._fill = fill
        self._kept: OrderedDict[tuple[str, int], Any] = OrderedDict()
        self._bytes = 0
        self._budget = budget

    def __len__(self) -> int:
        return len(self.shots)

    def order(self, epoch: int) -> list[int]:
        """The order of the images in one round."""
        chance = np.random.default_rng([self._seed, epoch])
        return [int(each) for each in chance.permutation(len(self.shots))]

    def picture(self, index: int, epoch: int) -> tuple[Bytes, Bytes]:
        """One varied picture, (H, W, 3), and its labels, (H, W), of the canvas' size."""
        image, rgb, labels = self._source(index)
        chance = np.random.default_rng([self._seed, epoch, index])
        matrix = augment.draw(self._geometry, image, self._look, chance)
        shrunk = np.diag([image[1] / rgb.shape[1], image[0] / rgb.shape[0], 1.0])
        canvas = self._geometry.canvas
        picture, classes = augment.apply(rgb, labels, matrix @ shrunk, canvas, self._fill)
        return augment.recolor(picture, self._look.color, chance), classes

    def batches(
        self, epoch: int, position: int, batch: int
    ) -> Generator[tuple[int, Bytes, Bytes], None, None]:
        """The rest of a round from a position, made ahead in a thread.

        Yields:
            (position after it, (n, H, W, 3) pictures, (n, H, W) labels).
        """
        order = self.order(epoch)
        starts = list(range(position, len(order), batch))

        def make(start: int) -> tuple[int, Bytes, Bytes]:
            chosen = order[start : start + batch]
            made = [self.picture(index, epoch) for index in chosen]
            pictures, classes = zip(*made, strict=True)
            return start + len(chosen), np.stack(pictures), np.stack(classes)

        with ThreadPoolExecutor(1, "pictures") as pool:
            waiting: list[Future[tuple[int, Bytes, Bytes]]] = []
            try:
                for start in starts:
                    waiting.append(pool.submit(make, start))
                    if len(waiting) > AHEAD:
                        yield waiting.pop(0).result()
                while waiting:
                    yield waiting.pop(0).result()
            finally:
                for each in waiting:
                    each.cancel()

    def views(self, index: int) -> list[View]:
        """An image as predicting sees it: one view, or one per window."""
        kept = self._look_up(("view", index))
        if kept is None:
            kept = self._make_views(index)
            self._keep(("view", index), kept, sum(v.rgb.nbytes + v.labels.nbytes for v in kept))
        views: list[View] = kept
        return views

    def _make_views(self, index: int) -> list[View]:
        rgb, labels = self._read(index)
        made = []
        covered = np.zeros(labels.shape, np.bool_)
        for left, top, right, bottom in self._geometry.windows(labels.shape):
            place = (slice(top, bottom), slice(left, right))
            truth = np.where(covered[place], IGNORED, labels[place]).astype(np.uint8)
            covered[place] = True
            net, content = self._geometry.frame(truth.shape)
            canvas = np.empty((*net, 3), np.uint8)
            canvas[:] = self._fill or (0, 0, 0)
            canvas[: content[0], : content[1]] = resized(rgb[place], content)
            made.append(View(canvas, content, _measured(truth), index))
        return made

    def _source(self, index: int) -> tuple[Size, Bytes, Bytes]:
        """(size of the image, picture and labels near the network's scale)."""
        kept = self._look_up(("source", index))
        if kept is None:
            rgb, labels = self._read(index)
            image = labels.shape
            scale = self._geometry.scale(image)
            near = [
                min(s, max(1, math.ceil(s * f * self._look.zoom)))
                for s, f in zip(image, scale, strict=True)
            ]
            size = (near[0], near[1])
            kept = (image, resized(rgb, size), resized_labels(labels, size))
            self._keep(("source", index), kept, kept[1].nbytes + kept[2].nbytes)
        size, rgb, labels = kept
        return size, rgb, labels

    def _read(self, index: int) -> tuple[Bytes, Bytes]:
        """Picture and labels; an image that cannot be read becomes one without labels."""
        shot = self.shots[index]
        labels = read_label(self._folder, shot.id)
        try:
            rgb = shot.picture.read()
            if rgb.shape[:2] != labels.shape:
                raise EngineError(
                    f"{shot.name} is {rgb.shape[1]} × {rgb.shape[0]} pixels, its labels "
                    f"{labels.shape[1]} × {labels.shape[0]}."
                )
        except EngineError as error:
            if shot.name not in self.unreadable:
                self.unreadable.append(shot.name)
                self._watch.note(f"{shot.name} is left out: {error}", "warning")
            rgb = np.zeros((*labels.shape, 3), np.uint8)
            labels = np.full_like(labels, IGNORED)
        return rgb, labels

    def _look_up(self, key: tuple[str, int]) -> Any:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        return None

    def _keep(self, key: tuple[str, int], value: Any, size: int) -> None:
        self._kept[key] = (value, size)
        self._bytes += size
        while self._bytes > self._budget and len(self._kept) > 1:
            _, (_, freed) = self._kept.popitem(last=False)
            self._bytes -= freed


def _measured(labels: Bytes) -> Bytes:
    """The labels at the size they are measured at while learning."""
    if labels.size <= MEASURED:
        return labels
    factor = math.sqrt(MEASURED / labels.size)
    rows, columns = (max(1, round(side * factor)) for side in labels.shape)
    return resized_labels(labels, (rows, columns))
