"""What each limit allows of a box of the image; see ``app.limits.Rule``."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.limits import Name, Part
from app.state import LUMINANCE, SureRange, ValueRange, Within
from app.tools.base import Photo
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import LAST_CLASS, Taxonomy
from engine.errors import EngineError
from engine.masks.box import Box, intersect
from engine.masks.tiles import Bits
from engine.models.answer import Confidence

NOT_LOOKED = "The model has not looked at this image yet, so no limit can follow it."


class OverClasses:
    """Only pixels that are seen as one of some classes.

    A pixel is seen as the topmost accepted object that covers it, else as the class it is painted
    with (0 unlabelled, 1 background). The object that is edited itself does not count: it is what
    is moved about on the others.
    """

    name: Name = "over"

    def __init__(
        self, classes: Collection[int], document: Document, own: Callable[[Annotation], bool]
    ) -> None:
        """See the class; ``own`` tells the object that is edited."""
        self._wanted = np.zeros(LAST_CLASS + 1, np.bool_)
        self._wanted[list(classes)] = True
        self._layer = document.layer
        self._stack = [each for each in document.ordered() if not own(each)]
        self._boxes = _boxes(self._stack)

    def part(self, box: Box) -> Part:
        """See Rule."""
        out = self._wanted[self._layer.read(box)]
        for at in _meeting(self._boxes, box):
            each = self._stack[at]
            shared = intersect(each.mask.box, box)
            if shared is not None:
                a, b, c, d = shared
                there = out[b - box[1] : d - box[1], a - box[0] : c - box[0]]
                there[each.mask.read(shared)] = self._wanted[each.class_id]
        return out


class Values:
    """Only some values of the photo, as they are stored."""

    name: Name = "values"

    def __init__(self, limit: ValueRange, photo: Photo) -> None:
        """See the class."""
        self._limit, self._photo = limit, photo

    def part(self, box: Box) -> Part:
        """See Rule; a channel that the photo has not is nowhere."""
        values = channel_of(self._photo.raw(box), self._limit.channel)
        if values is None:
            return False
        low, high = self._limit.low, self._limit.high
        if values.dtype.kind in "ui":  # else each value would become a double first
            low, high = math.ceil(low), math.floor(high)
        return np.logical_and(values >= low, values <= high)


class Sure:
    """Only what the model finds so probable; its cells are joined by bilinear interpolation."""

    name: Name = "sure"

    def __init__(
        self,
        limit: SureRange,
        confidence: Confidence | None,
        labels: Collection[int],
        size: tuple[int, int],
    ) -> None:
        """See the class.

        Args:
            limit: what is asked for.
            confidence: of the image; None refuses everything.
            labels: the model's classes that count, by its own numbers; all where ``of_class`` is
                off.
            size: (height, width) of the image.
        """
        self._limit, self._sure, self._labels = limit, confidence, tuple(labels)
        self._size = size

    def part(self, box: Box) -> Part:
        """See Rule."""
        if self._sure is None:
            raise EngineError(NOT_LOOKED)
        rows = self._sure.p1.shape[0]
        columns = self._sure.p1.shape[1]
        top, bottom, down = _between(box[1], box[3], rows, self._size[0])
        left, right, across = _between(box[0], box[2], columns, self._size[1])
        cells = self._cells(slice(top[0], bottom[-1] + 1), slice(left[0], right[-1] + 1))
        top, bottom, left, right = top - top[0], bottom - top[0], left - left[0], right - left[0]
        lines = cells[top] + (cells[bottom] - cells[top]) * down[:, None]
        found = lines[:, left] + (lines[:, right] - lines[:, left]) * across
        at = self._limit.at * 255
        return np.asarray(found >= at if self._limit.above else found < at)

    def _cells(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Probabilities 0..255; of a class that is neither first nor second, 0."""
        sure = self._sure
        assert sure is not None
        first = sure.p1[rows, columns]
        if not self._limit.of_class:
            return first.astype(np.float32)
        one = np.isin(sure.top1[rows, columns], self._labels)
        two = np.isin(sure.top2[rows, columns], self._labels)
        both = first * one.astype(np.float32) + sure.p2[rows, columns] * two
        return np.asarray(both, np.float32)


class Inside:
    """Only inside, or only outside, of some objects."""

    name: Name = "within"

    def __init__(self, limit: Within, document: Document) -> None:
        """See the class; objects that are gone are nowhere."""
        found = (document.find(number) for number in sorted(limit.ids))
        self._objects = [each for each in found if each is not None]
        self._boxes = _boxes(self._objects)
        self._outside = limit.outside

    def part(self, box: Box) -> Part:
        """See Rule."""
        over = [self._objects[at] for at in _meeting(self._boxes, box)]
        if not over:
            return self._outside
        covered = _covered(over, box)
        return ~covered if self._outside else covered


class Unlocked:
    """No pixel of a locked object is painted over; nor, by a class of areas, one of a locked class.

    A new object is laid on top, so wherever objects are flattened it would take the pixels of the
    locked one below it. Things lie above areas by design and may be drawn on locked ones.
    """

    name: Name = "locked"

    def __init__(
        self,
        document: Document,
        taxonomy: Taxonomy,
        own: Callable[[Annotation], bool],
        *,
        stuff: bool,
    ) -> None:
        """See the class; ``stuff`` says that pixels of the class map are painted."""
        locked = taxonomy.locked_ids
        self._layer = document.layer
        self._classes = sorted(locked) if stuff else []
        self._objects = [
            each
            for each in document.annotations.values()
            if not stuff and (each.locked or each.class_id in locked) and not own(each)
        ]
        self._boxes = _boxes(self._objects)

    def __bool__(self) -> bool:
        """Whether there is anything that it could refuse."""
        return bool(self._objects or self._classes)

    def part(self, box: Box) -> Part:
        """See Rule."""
        if self._classes:
            return np.isin(self._layer.read(box), self._classes, invert=True)
        over = [self._objects[at] for at in _meeting(self._boxes, box)]
        return ~_covered(over, box) if over else True


def channel_of(raw: NDArray[Any], channel: int) -> NDArray[Any] | None:
    """One channel of stored samples, (height, width); None where there is no such channel.

    ``LUMINANCE`` is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601-7, 2.5.1) of the first three
    channels, float32, rounded where whole numbers are stored; with fewer it is the first channel.
    """
    if raw.ndim == 2:
        raw = raw[..., None]
    count = raw.shape[2]
    if channel == LUMINANCE and count >= 3:
        # One pass of a compiled function; a product of matrices would copy to doubles first.
        import cv2

        three = np.ascontiguousarray(raw[..., :3], np.float32)
        found = cv2.transform(three, np.array([[0.299, 0.587, 0.114]], np.float32))
        return np.asarray(found if raw.dtype.kind == "f" else np.rint(found))
    at = 0 if channel == LUMINANCE else channel
    return raw[..., at] if 0 <= at < count else None


def _covered(objects: Sequence[Annotation], box: Box) -> Bits:
    """Where any of them is."""
    out = np.zeros((box[3] - box[1], box[2] - box[0]), np.bool_)
    for each in objects:
        shared = intersect(each.mask.box, box)
        if shared is not None:
            a, b, c, d = shared
            there = out[b - box[1] : d - box[1], a - box[0] : c - box[0]]
            np.logical_or(there, each.mask.read(shared), out=there)
    return out


def _boxes(objects: Sequence[Annotation]) -> NDArray[np.int64]:
    """(n, 4) of left, top, right, bottom."""
    return np.array([each.mask.box for each in objects], np.int64).reshape(-1, 4)


def _meeting(boxes: NDArray[np.int64], box: Box) -> list[int]:
    """Indices of the boxes that share a pixel with one, in order."""
    left, top, right, bottom = boxes.T
    meet = (left < box[2]) & (right > box[0]) & (top < box[3]) & (bottom > box[1])
    return [int(at) for at in np.flatnonzero(meet)]


def _between(
    start: int, stop: int, cells: int, pixels: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """For each pixel from ``start`` to ``stop``: the cells before and after it, and its share.

    Cells and pixels are places of their centres on the same length; at the ends the outermost
    cell goes on.
    """
    places = (np.arange(start, stop) + 0.5) * (cells / pixels) - 0.5
    places = np.clip(places, 0, cells - 1)
    before = places.astype(np.intp)
    return before, np.minimum(before + 1, cells - 1), (places - before).astype(np.float32)
