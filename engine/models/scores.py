"""The numbers a network answers with: as scores, probabilities and confidence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models.answer import NOTHING, NOTHING_WIDE, Confidence
from engine.models.card import Card, CardClass, OutputSpec

Floats = NDArray[np.float32]
INDEPENDENT = frozenset({"sigmoid", "sigmoid_logits", "minmax"})
CELLS = 2_000_000
"""Confidence maps have at most about this many cells."""


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
        return np.asarray(shifted, np.float32)
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


def thinning(cells: int) -> int:
    """Every how manieth row and column is kept of a map of so many cells."""
    return max(1, math.ceil(math.sqrt(cells / CELLS)))


def thinned(chances: Floats) -> Floats:
    """Every n-th cell, so that confidence maps stay small."""
    step = thinning(chances[0].size)
    return chances if step <= 1 else chances[:, step // 2 :: step, step // 2 :: step]


def confidence_exclusive(chances: Floats) -> Confidence:
    """Top two classes and normalised entropy of softmax probabilities (C, h, w)."""
    chances = thinned(chances)
    number = len(chances)
    dtype = np.uint8 if number <= 255 else np.uint16
    first, p_first, second, p_second = _top_two(chances)
    entropy = -np.einsum("chw,chw->hw", chances, np.log(np.maximum(chances, 1e-12)))
    return Confidence(
        first.astype(dtype),
        _byte(p_first),
        second.astype(dtype),
        _byte(p_second),
        _byte(entropy / math.log(max(number, 2))),
    )


def _top_two(
    chances: Floats,
) -> tuple[NDArray[np.int16], Floats, NDArray[np.int16], Floats]:
    """(first, its probability, second, its probability); one pass, the lower channel wins ties.

    Faster than two argmax over the first axis, which numpy walks against the memory.
    """
    shape = chances.shape[1:]
    first, second = np.zeros(shape, np.int16), np.zeros(shape, np.int16)
    best, next_best = chances[0].copy(), np.full(shape, -1.0, np.float32)
    for channel in range(1, len(chances)):
        each = chances[channel]
        top = each > best
        runner = (each > next_best) & ~top
        np.copyto(second, channel, where=runner)
        np.copyto(next_best, each, where=runner)
        np.copyto(second, first, where=top)
        np.copyto(next_best, best, where=top)
        np.copyto(first, channel, where=top)
        np.copyto(best, each, where=top)
    return first, best, second, np.maximum(next_best, 0)


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
