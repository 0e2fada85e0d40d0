"""Which pixel values a network was made for: each usual way is tried on the user's photos.

A file does not say how its images were normalised. With the right values a network is sure of what
it finds, and finds the same in the mirrored photo; with wrong ones it finds nothing, or something
else each time. The score of a way is the product of the two (mean probability of the pixels found,
and the part of them found in both), averaged over the photos.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.models import prepare, scores
from engine.models.card import Card, InputSpec

RGB = NDArray[np.uint8]
Ask = Callable[[Card, NDArray[Any]], NDArray[Any]]
"""(card, input tensor) → (C, h, w) float32."""

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_NEAR = 0.08
"""Scores that differ by less do not decide: the usual way is taken, and said to be a guess."""
_WEAK = 0.3
"""No way is right where the best scores less."""
_EMPTY = 0.1
"""Photos in which no way finds more than this tell nothing."""
_SECONDS = 5.0
_SIDE = 512


@dataclass(frozen=True, slots=True)
class Way:
    """A usual normalisation.

    Attributes:
        key: Short name.
        label: For people.
        values: Dotted card field → value, for RGB.
    """

    key: str
    label: str
    values: dict[str, Any]


def _way(key: str, label: str, range_: str, mean: Sequence[float], std: Sequence[float]) -> Way:
    return Way(
        key,
        label,
        {"input.range": range_, "input.scale": 1.0, "input.mean": [*mean], "input.std": [*std]},
    )


WAYS = (
    _way("imagenet", "ImageNet mean and deviation", "unit", _MEAN, _STD),
    _way("signed", "−1 to 1", "255", (127.5,), (127.5,)),
    _way("unit", "0 to 1", "unit", (0.0,), (1.0,)),
    _way("bytes", "0 to 255", "255", (0.0,), (1.0,)),
    _way("caffe", "0 to 255 minus the ImageNet mean", "255", (123.675, 116.28, 103.53), (1.0,)),
    _way("largest", "largest value to 1, then ImageNet", "max", _MEAN, _STD),
)
_TWINS = {"largest": "imagenet"}
"""Ways that differ on dark photos only: the first is never measured to be better."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The best way.

    Attributes:
        way: Index in `WAYS`.
        color: "RGB" or "BGR".
        sure: True where no other way came near.
        near: Label of the runner-up, "" where none came near.
        tried: How many ways were tried, 0 without photos.
    """

    way: int
    color: str
    sure: bool
    near: str
    tried: int


def habit(layout: str, task: str) -> int:
    """The usual way for a file of this kind: −1..1 for TensorFlow's NHWC, else ImageNet's."""
    wanted = "signed" if layout == "NHWC" else ("largest" if task == "saliency" else "imagenet")
    return next(at for at, way in enumerate(WAYS) if way.key == wanted)


def with_way(card: Card, way: Way, color: str) -> Card:
    """The card with a way's values; means and deviations follow the colour order."""
    mean = tuple(way.values["input.mean"])
    std = tuple(way.values["input.std"])
    if color == "BGR":
        mean, std = mean[::-1], std[::-1]
    if color == "gray":
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    spec: InputSpec = msgspec.structs.replace(
        card.input, range=way.values["input.range"], scale=1.0, mean=mean, std=std, color=color
    )
    return msgspec.structs.replace(card, input=spec)


def measure(card: Card, ask: Ask, photos: Sequence[RGB]) -> Finding:
    """Try every way on the photos.

    Args:
        card: The draft, with sizes and output.
        ask: Runs the network.
        photos: Some of the user's images; with none the usual way is taken, unsure.
    """
    usual = habit(card.input.layout, card.task)
    photos = [_small(photo) for photo in photos[:3]]
    if not photos or card.output.meaning == "classmap" or card.input.dtype == "uint8":
        return Finding(usual, card.input.color, False, "", 0)
    color = card.input.color
    points = _points([with_way(card, way, color) for way in WAYS], ask, photos)
    order = sorted(range(len(WAYS)), key=lambda at: -points[at])
    best = order[0]
    if points[usual] > points[best] - _NEAR:
        best = usual
    elif WAYS[best].key in _TWINS:
        best = _original(best)
    others = [at for at in order if _original(at) != _original(best)]
    near = points[others[0]] > points[best] - _NEAR
    label = WAYS[others[0]].label if near else ""
    sure = not near and points[best] >= _WEAK
    if color == "RGB" and sure:
        both = [with_way(card, WAYS[best], each) for each in ("RGB", "BGR")]
        straight, turned = _points(both, ask, photos)
        color = "BGR" if turned > straight + _NEAR else "RGB"
    return Finding(best, color, sure, label, len(WAYS))


def _original(at: int) -> int:
    """The way that this one is measured as."""
    key = _TWINS.get(WAYS[at].key, WAYS[at].key)
    return next(other for other, way in enumerate(WAYS) if way.key == key)


def _small(photo: RGB) -> RGB:
    factor = _SIDE / max(photo.shape[:2])
    if factor >= 1:
        return photo
    height, width = (max(1, round(side * factor)) for side in photo.shape[:2])
    return prepare.resized(photo, (height, width))


def _points(cards: Sequence[Card], ask: Ask, photos: Sequence[RGB]) -> list[float]:
    """The score of each card, 0..1, averaged over the photos in which any of them finds much.

    The first photo is always tried, the others while there is time.
    """
    deadline = time.monotonic() + _SECONDS
    rows: list[list[float]] = []
    for photo in photos:
        if rows and time.monotonic() > deadline:
            break
        rows.append([_agreement(card, ask, photo) for card in cards])
    telling = [row for row in rows if max(row) > _EMPTY] or rows
    return [float(value) for value in np.mean(telling, axis=0)]


def _agreement(card: Card, ask: Ask, photo: RGB) -> float:
    straight = _chances(card, ask, photo)
    mirrored = _chances(card, ask, np.ascontiguousarray(photo[:, ::-1]))[:, :, ::-1]
    first, second = straight.argmax(axis=0), mirrored.argmax(axis=0)
    nothing = 0 if card.output.meaning in scores.INDEPENDENT else card.background
    found = first != (-1 if nothing is None else nothing)
    either = int((found | (second != (-1 if nothing is None else nothing))).sum())
    if not found.any() or not either:
        return 0.0
    same = int((found & (first == second)).sum()) / either
    return same * float(straight.max(axis=0)[found].mean())


def _chances(card: Card, ask: Ask, photo: RGB) -> NDArray[np.float32]:
    """(C, h, w) with the background first."""
    frame = prepare.frame_for(card.input, (photo.shape[0], photo.shape[1]))
    raw = ask(card, prepare.tensor(photo, card.input, frame))
    meaning = "sigmoid" if card.output.meaning == "minmax" else card.output.meaning
    chances = scores.probabilities(raw, meaning)
    if meaning in scores.INDEPENDENT:
        return np.concatenate([1 - chances.max(axis=0, keepdims=True), chances])
    return chances
