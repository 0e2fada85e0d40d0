"""Semantic networks: from the output tensor to masks, scores and confidence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.masks.box import Box
from engine.models import objects, upscale
from engine.models.answer import NOTHING, NOTHING_WIDE, Confidence, Found
from engine.models.card import Card, CardClass, OutputSpec
from engine.models.prepare import Frame, Size
from engine.models.upscale import Extent, Floats

INDEPENDENT = frozenset({"sigmoid", "sigmoid_logits", "minmax"})
_CELLS = 2_000_000
"""Confidence maps have at most about this many cells."""


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


def read_output(array: NDArray[Any], output: OutputSpec, name: str) -> NDArray[Any]:
    """The output without its batch dimension and with channels first.

    Args:
        array: As the runtime gave it.
        output: The card's output.
        name: Of the model, for errors.

    Returns:
        (C, h, w) float32, or (h, w) integers for a class map.

    Raises:
        EngineError: The shape is not what the card says, or values are not numbers.
    """
    rank = len(output.layout)
    if array.ndim != rank or (output.layout[0] == "N" and array.shape[0] != 1):
        raise EngineError(
            f"{name} answered with the shape {list(array.shape)}; its card says {output.layout}."
            " Correct output.layout in the card."
        )
    inner = array[0] if output.layout[0] == "N" else array
    if output.meaning == "classmap":
        return _class_map(inner, output.layout, name)
    if inner.ndim == 2:
        inner = inner[None]
    elif output.layout == "NHWC":
        inner = inner.transpose(2, 0, 1)
    scores = np.ascontiguousarray(inner, np.float32)
    if not np.isfinite(scores).all():
        raise EngineError(
            f"{name} answered with values that are not numbers."
            " Check how its card normalises the image."
        )
    return scores


def _class_map(inner: NDArray[Any], layout: str, name: str) -> NDArray[Any]:
    if inner.ndim == 3:
        axis = 0 if layout == "NCHW" else 2
        if inner.shape[axis] != 1:
            raise EngineError(
                f"{name} answered with {inner.shape[axis]} channels, which is no class map."
                " Correct output.meaning in its card."
            )
        inner = inner.take(0, axis)
    if inner.dtype.kind == "f":
        inner = np.rint(inner)
    outside = (inner < 0) | (inner > 65534)
    return np.where(outside, NOTHING_WIDE, inner).astype(np.uint16)


def field_of(raw: NDArray[Any], frame: Frame) -> Field:
    """Cut the output to the part that shows the image."""
    cells = raw.shape[-2:]
    extent = tuple(
        content * cell / net
        for content, cell, net in zip(frame.content, cells, frame.net, strict=True)
    )
    height, width = (max(1, math.ceil(side - 1e-6)) for side in extent)
    return Field(raw[..., :height, :width], (extent[0], extent[1]), frame.image)


def check_channels(card: Card, channels: int) -> None:
    """Refuse a card that names another number of classes than the network answers with.

    Raises:
        EngineError: With both numbers.
    """
    named = len(card.classes)
    if card.output.meaning == "classmap":
        return
    if card.output.meaning in INDEPENDENT and channels == 1:
        if len(card.foreground) == 1:
            return
        raise EngineError(
            f"{card.name} answers with one channel, so its card must name one class"
            f" and may name a background; it names {named}."
        )
    if {each.index for each in card.classes} != set(range(channels)):
        raise EngineError(
            f"{card.name} answers with {channels} channels, its card names {named} classes."
            f" Give it classes with the indices 0 to {channels - 1}."
        )


def probabilities(raw: Floats, meaning: str) -> Floats:
    """Scores as probabilities 0..1 of the same shape (C, h, w)."""
    if meaning == "logits":
        shifted = raw - raw.max(axis=0, keepdims=True)
        np.exp(shifted, out=shifted)
        shifted /= shifted.sum(axis=0, keepdims=True)
        return shifted
    if meaning == "sigmoid_logits":
        return np.asarray(1 / (1 + np.exp(-np.clip(raw, -60, 60))), np.float32)
    if meaning == "minmax":
        low, high = float(raw.min()), float(raw.max())
        return np.asarray((raw - low) / (high - low), np.float32) if high > low else raw * 0
    return np.clip(raw, 0, 1)


def channel_classes(card: Card, channels: int) -> list[CardClass | None]:
    """The class of each channel; None for the background and channels without a class."""
    if card.output.meaning in INDEPENDENT and channels == 1:
        return [card.foreground[0]]
    found = [card.class_named(index) for index in range(channels)]
    return [None if each is None or each.background else each for each in found]


def masks(card: Card, field: Field) -> tuple[list[Found], Confidence | None, list[str]]:
    """Everything the network found in an image.

    Returns:
        (objects, confidence at the network's resolution or None, notes for the user).

    Raises:
        EngineError: Card and output do not fit.
    """
    if card.output.meaning == "classmap":
        found, notes = _collect(card, _from_class_map(field))
        return found, None, notes + _unnamed(card, field)
    check_channels(card, field.raw.shape[0])
    chances = probabilities(field.raw, card.output.meaning)
    if card.output.meaning in INDEPENDENT:
        found, notes = _collect(card, _independent(card, field, chances))
        return found, confidence_independent(card, chances), notes
    found, notes = _collect(card, _exclusive(card, field, chances))
    return found, confidence_exclusive(chances), notes


Layer = tuple[CardClass | int, NDArray[np.bool_], objects.Chance | None]


def _exclusive(card: Card, field: Field, chances: Floats) -> Iterator[Layer]:
    labels = upscale.classes_at(field.raw, field.extent, field.size)
    classes = channel_classes(card, field.raw.shape[0])
    for channel in objects.present(labels):
        each = classes[channel]
        if each is not None:
            yield each, labels == channel, sampler(chances[channel], field)


def _independent(card: Card, field: Field, chances: Floats) -> Iterator[Layer]:
    for each, chance in zip(channel_classes(card, len(chances)), chances, strict=True):
        if each is not None:
            bits = upscale.above(chance, card.output.threshold, field.extent, field.size)
            yield each, bits, sampler(chance, field)


def _from_class_map(field: Field) -> Iterator[Layer]:
    labels = class_map_at(field)
    for value in objects.present(labels):
        yield value, labels == value, None


def class_map_at(field: Field) -> NDArray[np.uint8 | np.uint16]:
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


def _collect(card: Card, layers: Iterator[Layer]) -> tuple[list[Found], list[str]]:
    """Make objects of "thing" layers and one mask of "stuff" layers."""
    found: list[Found] = []
    notes: list[str] = []
    for kind, bits, chance in layers:
        each = card.class_named(kind) if isinstance(kind, int) else kind
        if each is None or each.background:
            continue
        if not each.thing:
            found.extend(objects.whole(each.index, bits, chance))
            continue
        parts, left_out = objects.components(each.index, bits, chance)
        found.extend(parts)
        if left_out:
            notes.append(f"{each.name}: the {left_out} smallest regions were left out.")
    return found, notes


def _unnamed(card: Card, field: Field) -> list[str]:
    values = set(np.unique(field.raw).tolist())
    missing = sorted(values - {each.index for each in card.classes} - {0, NOTHING, NOTHING_WIDE})
    if not missing:
        return []
    text = ", ".join(str(value) for value in missing[:5])
    return [f"{card.name} answered with the class {text}, which its card does not name."]


def thinned(chances: Floats) -> Floats:
    """Every n-th cell, so that confidence maps stay small."""
    step = math.ceil(math.sqrt(chances[0].size / _CELLS))
    return chances if step <= 1 else chances[:, step // 2 :: step, step // 2 :: step]


def confidence_exclusive(chances: Floats) -> Confidence:
    """Top two classes and normalised entropy of softmax probabilities (C, h, w)."""
    chances = thinned(chances)
    number = len(chances)
    dtype = np.uint8 if number <= 255 else np.uint16
    first = chances.argmax(axis=0)
    p_first = np.take_along_axis(chances, first[None], axis=0)[0]
    rest = chances.copy()
    np.put_along_axis(rest, first[None], -1.0, axis=0)
    second = rest.argmax(axis=0)
    p_second = np.take_along_axis(chances, second[None], axis=0)[0]
    entropy = -(chances * np.log(np.maximum(chances, 1e-12))).sum(axis=0)
    return Confidence(
        first.astype(dtype),
        _byte(p_first),
        second.astype(dtype),
        _byte(p_second),
        _byte(entropy / math.log(max(number, 2))),
    )


def confidence_independent(card: Card, chances: Floats) -> Confidence:
    """The same for yes-or-no channels: the likeliest class against "none of them"."""
    chances = thinned(chances)
    classes = channel_classes(card, len(chances))
    usable = [channel for channel, each in enumerate(classes) if each is not None]
    labels = np.array([each.index for each in classes if each is not None], np.uint16)
    narrow = labels.max(initial=0) < NOTHING
    labels = labels.astype(np.uint8) if narrow else labels
    nothing = card.background
    if nothing is None:
        nothing = NOTHING if narrow else NOTHING_WIDE
    chosen = chances[usable]
    best = chosen.argmax(axis=0)
    chance = np.take_along_axis(chosen, best[None], axis=0)[0]
    yes = chance >= card.output.threshold
    label, other = labels[best], labels.dtype.type(nothing)
    safe = np.clip(chance, 1e-12, 1 - 1e-7)
    entropy = -(safe * np.log2(safe) + (1 - safe) * np.log2(1 - safe))
    return Confidence(
        np.where(yes, label, other),
        _byte(np.where(yes, chance, 1 - chance)),
        np.where(yes, other, label),
        _byte(np.where(yes, 1 - chance, chance)),
        _byte(entropy),
    )


def _byte(values: Floats) -> NDArray[np.uint8]:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
