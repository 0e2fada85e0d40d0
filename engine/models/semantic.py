"""Semantic networks: from what the network said to masks, scores and confidence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import Box
from engine.models import objects, scores, upscale
from engine.models.answer import NOTHING, NOTHING_WIDE, Confidence, Found
from engine.models.card import Card, CardClass
from engine.models.prepare import Frame, Size
from engine.models.upscale import Extent, Floats

Labels = NDArray[np.uint8 | np.uint16]
Layer = tuple[CardClass, NDArray[np.bool_], objects.Chance | None]
"""A class, its pixels (height, width) in the image, and its probability where there is one."""


class Evidence(Protocol):
    """What a network said about one image, at the image's resolution when asked for."""

    def layers(self) -> Iterator[Layer]:
        """The pixels of each class that is not background, one class at a time."""
        ...

    def confidence(self) -> Confidence | None:
        """Maps at the network's resolution, None for class maps."""
        ...

    def labels(self) -> Labels:
        """The class index for each pixel of the image, `NOTHING` for none."""
        ...

    def notes(self) -> list[str]:
        """Sentences for the user."""
        ...


@dataclass(frozen=True, slots=True)
class Field:
    """What a network said, at its own resolution.

    Attributes:
        raw: (C, h, w) float32 scores as the card means them, or (h, w) integers of a class map.
        extent: (height, width) in cells that the image covers, from the top left.
        size: (height, width) of the image.
    """

    raw: NDArray[Any]
    extent: Extent
    size: Size


def field_of(raw: NDArray[Any], frame: Frame) -> Field:
    """Cut the output to the part that shows the image."""
    cells = raw.shape[-2:]
    extent = tuple(
        content * cell / net
        for content, cell, net in zip(frame.content, cells, frame.net, strict=True)
    )
    height, width = (max(1, math.ceil(side - 1e-6)) for side in extent)
    return Field(raw[..., :height, :width], (extent[0], extent[1]), frame.image)


def evidence_of(card: Card, field: Field) -> Evidence:
    """The reading of a field that the card's meaning asks for.

    Raises:
        EngineError: Card and output do not fit.
    """
    if card.output.meaning == "classmap":
        return ClassMapEvidence(card, class_map_at(field))
    scores.check_channels(card, field.raw.shape[0])
    chances = scores.probabilities(field.raw, card.output.meaning)
    if card.output.meaning in scores.INDEPENDENT:
        return IndependentEvidence(card, field, chances)
    return ExclusiveEvidence(card, field, chances)


class ExclusiveEvidence:
    """One class per pixel: the largest score, interpolated, wins. See `Evidence`."""

    def __init__(self, card: Card, field: Field, chances: Floats) -> None:
        self._card, self._field, self._chances = card, field, chances
        self._labels = upscale.classes_at(field.raw, field.extent, field.size)

    def layers(self) -> Iterator[Layer]:
        """See `Evidence`."""
        classes = scores.channel_classes(self._card, len(self._chances))
        for channel in objects.present(self._labels):
            each = classes[channel]
            if each is not None:
                yield each, self._labels == channel, sampler(self._chances[channel], self._field)

    def confidence(self) -> Confidence | None:
        """See `Evidence`."""
        return scores.confidence_exclusive(self._chances)

    def labels(self) -> Labels:
        """See `Evidence`: channels are class indices."""
        return self._labels

    def notes(self) -> list[str]:
        """See `Evidence`."""
        return []


class IndependentEvidence:
    """A yes or no per channel; classes may overlap. See `Evidence`."""

    def __init__(self, card: Card, field: Field, chances: Floats) -> None:
        self._card, self._field, self._chances = card, field, chances

    def layers(self) -> Iterator[Layer]:
        """See `Evidence`."""
        field, threshold = self._field, self._card.output.threshold
        classes = scores.channel_classes(self._card, len(self._chances))
        for each, chance in zip(classes, self._chances, strict=True):
            if each is not None:
                bits = upscale.above(chance, threshold, field.extent, field.size)
                yield each, bits, sampler(chance, field)

    def confidence(self) -> Confidence | None:
        """See `Evidence`."""
        return scores.confidence_independent(self._card, self._chances)

    def labels(self) -> Labels:
        """See `Evidence`: the likeliest of the classes that reach the threshold."""
        classes = scores.channel_classes(self._card, len(self._chances))
        used = [channel for channel, each in enumerate(classes) if each is not None]
        field = self._field
        best = upscale.classes_at(self._chances[used], field.extent, field.size)
        any_of = upscale.above(
            self._chances[used].max(axis=0), self._card.output.threshold, field.extent, field.size
        )
        table = label_table([each.index for each in classes if each is not None])
        return np.asarray(np.where(any_of, table[best], nothing_of(self._card, table.dtype)))

    def notes(self) -> list[str]:
        """See `Evidence`."""
        return []


class ClassMapEvidence:
    """The network itself chose a class per pixel and gives no confidence. See `Evidence`.

    Args:
        card: The model's.
        labels: (height, width) of the image, class indices.
    """

    def __init__(self, card: Card, labels: Labels) -> None:
        self._card, self._labels = card, labels
        self._present = objects.present(labels)

    def layers(self) -> Iterator[Layer]:
        """See `Evidence`."""
        for value in self._present:
            each = self._card.class_named(value)
            if each is not None and not each.background:
                yield each, self._labels == value, None

    def confidence(self) -> Confidence | None:
        """See `Evidence`."""
        return None

    def labels(self) -> Labels:
        """See `Evidence`."""
        if self._labels.dtype == np.uint8 or max(self._present, default=0) not in range(NOTHING):
            return self._labels
        return self._labels.astype(np.uint8)

    def notes(self) -> list[str]:
        """See `Evidence`: classes that the card does not name."""
        named = {each.index for each in self._card.classes}
        missing = sorted(set(self._present) - named - {0, NOTHING, NOTHING_WIDE})
        if not missing:
            return []
        text = ", ".join(str(value) for value in missing[:5])
        return [f"{self._card.name} answered with class {text}, which its card does not name."]


def label_table(indices: list[int]) -> Labels:
    """Class indices as an array to look positions up in; uint8 where they fit beside `NOTHING`."""
    table = np.array(indices, np.uint16)
    return table.astype(np.uint8) if table.max(initial=0) < NOTHING else table


def nothing_of(card: Card, dtype: np.dtype[Any]) -> int:
    """What stands for "none of the classes": the background's index, where there is one."""
    if card.background is not None:
        return card.background
    return NOTHING if dtype == np.uint8 else NOTHING_WIDE


def class_map_at(field: Field) -> Labels:
    """A class map at the image's resolution; outlines are smooth, not stairs of large cells."""
    if field.raw.shape == field.size == field.extent:
        return field.raw
    values = np.unique(field.raw)
    if len(values) > 64:
        rows = _nearest(field.size[0], field.extent[0], field.raw.shape[0])
        columns = _nearest(field.size[1], field.extent[1], field.raw.shape[1])
        return np.asarray(field.raw[rows[:, None], columns])
    stack = (field.raw[None] == values[:, None, None]).astype(np.float32)
    return np.asarray(values[upscale.classes_at(stack, field.extent, field.size)])


def _nearest(pixels: int, extent: float, cells: int) -> NDArray[np.intp]:
    at = ((np.arange(pixels) + 0.5) * extent / pixels).astype(np.intp)
    return np.minimum(at, cells - 1)


def sampler(chance: Floats, field: Field) -> objects.Chance:
    """Interpolates one class's probability at pixels of the image."""

    def sample(box: Box, step: int) -> Floats:
        return upscale.resampled(chance, field.extent, field.size, box, step)

    return sample


def found_in(evidence: Evidence) -> tuple[list[Found], list[str]]:
    """Objects of "thing" classes and one mask of each "stuff" class, and notes for the user."""
    found: list[Found] = []
    notes = evidence.notes()
    for each, bits, chance in evidence.layers():
        if not each.thing:
            found.extend(objects.whole(each.index, bits, chance))
            continue
        parts, left_out = objects.components(each.index, bits, chance)
        found.extend(parts)
        if left_out:
            notes.append(f"{each.name}: the {left_out} smallest regions were left out.")
    return found, notes
