"""An image read at its own scale, window by window, put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.masks.box import Box
from engine.models import objects, prepare, scores, semantic, upscale, windows
from engine.models.answer import Confidence
from engine.models.card import Card
from engine.models.prepare import Size
from engine.models.semantic import Layer
from engine.models.upscale import Floats

Ask = Callable[[NDArray[Any]], NDArray[Any]]
"""Input tensor → (C, h, w) float32 or a class map (h, w)."""
_MOST_BYTES = 1 << 30


def window_of(card: Card, image: Size) -> Size:
    """(height, width) of the windows an image is read in; at least the image's where one does."""
    spec = card.input
    return windows.sides(image, (spec.height, spec.width) if spec.fixed else None, spec.tile)


def needed(card: Card, image: Size) -> bool:
    """True where the image is larger than one window and the card wants its own scale."""
    if card.input.resize != "none" or card.input.long_side:
        return False
    window = window_of(card, image)
    return image[0] > window[0] or image[1] > window[1]


def read(card: Card, ask: Ask, rgb: NDArray[np.uint8]) -> semantic.Evidence:
    """Ask for each window and put the answers together.

    Args:
        card: The model's.
        ask: One run of the network.
        rgb: (height, width, 3).

    Raises:
        EngineError: The image is too large for as many classes that may overlap.
    """
    image = (rgb.shape[0], rgb.shape[1])
    window = window_of(card, image)
    if card.output.meaning == "classmap":
        return semantic.ClassMapEvidence(card, _class_map(card, ask, rgb, window))
    blocks = windows.blended(image, window, _asker(card, ask, rgb))
    if card.output.meaning in scores.INDEPENDENT:
        return TiledIndependent(card, image, blocks)
    return TiledExclusive(card, image, blocks)


def _window(card: Card, ask: Ask, rgb: NDArray[np.uint8], box: Box) -> semantic.Field:
    left, top, right, bottom = box
    part = rgb[top:bottom, left:right]
    frame = prepare.frame_for(card.input, (bottom - top, right - left))
    return semantic.field_of(ask(prepare.tensor(part, card.input, frame)), frame)


def _asker(card: Card, ask: Ask, rgb: NDArray[np.uint8]) -> windows.Ask:
    def probabilities(left: int, top: int, right: int, bottom: int) -> Floats:
        field = _window(card, ask, rgb, (left, top, right, bottom))
        scores.check_channels(card, len(field.raw))
        if field.raw.shape[1:] != field.size:
            box = (0, 0, right - left, bottom - top)
            raw = np.stack(
                [upscale.resampled(one, field.extent, field.size, box, 1) for one in field.raw]
            )
        else:
            raw = field.raw
        return scores.probabilities(raw, card.output.meaning)

    return probabilities


def _class_map(card: Card, ask: Ask, rgb: NDArray[np.uint8], window: Size) -> NDArray[np.uint16]:
    result = np.zeros(rgb.shape[:2], np.uint16)
    for row, column, rows, columns in windows.abutting((rgb.shape[0], rgb.shape[1]), window):
        box = (column.start, row.start, column.stop, row.stop)
        part = semantic.class_map_at(_window(card, ask, rgb, box))
        result[rows, columns] = part[
            rows.start - row.start : rows.stop - row.start,
            columns.start - column.start : columns.stop - column.start,
        ]
    return result


class _Maps:
    """Confidence maps of an image, filled block by block on a coarse grid."""

    def __init__(self, image: Size, of: Callable[[Floats], Confidence]) -> None:
        self._step = scores.thinning(image[0] * image[1])
        self._first = self._step // 2
        self._shape = tuple(len(range(self._first, side, self._step)) for side in image)
        self._of = of
        self._maps: list[NDArray[Any]] = []

    def add(self, top: int, left: int, block: Floats) -> None:
        """Take the cells of the grid that lie in a finished block."""
        rows, columns = self._cells(top, block.shape[1]), self._cells(left, block.shape[2])
        picked = block[
            :,
            self._first + rows.start * self._step - top :: self._step,
            self._first + columns.start * self._step - left :: self._step,
        ]
        if not picked.size:
            return
        sure = self._of(picked)
        parts = (sure.top1, sure.p1, sure.top2, sure.p2, sure.entropy)
        if not self._maps:
            self._maps = [np.zeros(self._shape, part.dtype) for part in parts]
        for whole, part in zip(self._maps, parts, strict=True):
            whole[rows, columns] = part

    def _cells(self, start: int, length: int) -> slice:
        """Grid cells whose pixel lies in start..start + length."""
        first = -((self._first - start) // self._step) if start > self._first else 0
        stop = max(first, -((self._first - start - length) // self._step))
        return slice(first, stop)

    def result(self) -> Confidence:
        """All maps."""
        return Confidence(*self._maps)


class TiledExclusive:
    """One class per pixel, from blended probabilities. See `semantic.Evidence`."""

    def __init__(self, card: Card, image: Size, blocks: Iterator[tuple[int, int, Floats]]) -> None:
        self._card = card
        self._labels = np.zeros(image, np.uint8 if len(card.classes) <= 256 else np.uint16)
        self._chance = np.zeros(image, np.uint8)
        maps = _Maps(image, scores.confidence_exclusive)
        for top, left, block in blocks:
            place = (slice(top, top + block.shape[1]), slice(left, left + block.shape[2]))
            self._labels[place] = block.argmax(axis=0)
            self._chance[place] = np.rint(block.max(axis=0) * 255)
            maps.add(top, left, block)
        self._confidence = maps.result()

    def layers(self) -> Iterator[Layer]:
        """See `semantic.Evidence`."""
        for index in objects.present(self._labels):
            each = self._card.class_named(index)
            if each is not None and not each.background:
                yield each, self._labels == index, _sampler(self._chance)

    def confidence(self) -> Confidence | None:
        """See `semantic.Evidence`."""
        return self._confidence

    def labels(self) -> semantic.Labels:
        """See `semantic.Evidence`."""
        return self._labels

    def notes(self) -> list[str]:
        """See `semantic.Evidence`."""
        return []


class TiledIndependent:
    """A yes or no per channel, from blended probabilities. See `semantic.Evidence`."""

    def __init__(self, card: Card, image: Size, blocks: Iterator[tuple[int, int, Floats]]) -> None:
        self._card = card
        self._chances: NDArray[np.uint8] | None = None
        maps = _Maps(image, lambda part: scores.confidence_independent(card, part))
        for top, left, block in blocks:
            if self._chances is None:
                self._chances = self._room(len(block), image)
            place = (slice(top, top + block.shape[1]), slice(left, left + block.shape[2]))
            self._chances[:, *place] = np.rint(block * 255)
            maps.add(top, left, block)
        self._confidence = maps.result()

    def _room(self, channels: int, image: Size) -> NDArray[np.uint8]:
        if channels * image[0] * image[1] > _MOST_BYTES:
            raise EngineError(
                f"This image of {image[1]} × {image[0]} pixels is too large for the {channels}"
                f" overlapping classes of {self._card.name}."
                " Set input.long_side in its card to read the image smaller."
            )
        return np.zeros((channels, *image), np.uint8)

    def _fields(self) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        chances = self._chances
        if chances is None:
            return
        classes = scores.channel_classes(self._card, len(chances))
        for each, chance in zip(classes, chances, strict=True):
            if each is not None:
                yield each.index, chance

    def layers(self) -> Iterator[Layer]:
        """See `semantic.Evidence`."""
        least = np.uint8(round(self._card.output.threshold * 255))
        for index, chance in self._fields():
            each = self._card.class_named(index)
            if each is not None:
                yield each, chance >= least, _sampler(chance)

    def confidence(self) -> Confidence | None:
        """See `semantic.Evidence`."""
        return self._confidence

    def labels(self) -> semantic.Labels:
        """See `semantic.Evidence`."""
        fields = list(self._fields())
        table = semantic.label_table([index for index, _ in fields])
        best = np.full(fields[0][1].shape, round(self._card.output.threshold * 255) - 1, np.int16)
        nothing = semantic.nothing_of(self._card, table.dtype)
        result = np.full(best.shape, nothing, table.dtype)
        for index, chance in fields:
            wins = chance > best
            result[wins] = index
            best[wins] = chance[wins]
        return result

    def notes(self) -> list[str]:
        """See `semantic.Evidence`."""
        return []


def _sampler(chance: NDArray[np.uint8]) -> objects.Chance:
    def sample(box: Box, step: int) -> Floats:
        left, top, right, bottom = box
        part = chance[top:bottom:step, left:right:step]
        return np.asarray(part * np.float32(1 / 255))

    return sample
