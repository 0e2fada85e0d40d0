"""What a model says about one image, and its file form between processes.

Light: the window reads answers without any runtime.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.masks import codec
from engine.masks.mask import Mask

VERSION = 1
_MAGIC = b"MWANSWER"
_MAX_BYTES = 2_000_000_000
_MAX_SIDE = 65_535
NOTHING, NOTHING_WIDE = 255, 65_535
"""In `Confidence` and label maps (uint8, uint16): none of the model's classes."""


@dataclass(frozen=True, slots=True)
class Found:
    """One object, or the whole of a "stuff" class.

    Attributes:
        label: Class index of the model's card, not of the project.
        score: Mean probability of the class over the mask, 0..1; None where the model gives none.
        mask: In pixels of the oriented image.
    """

    label: int
    score: float | None
    mask: Mask


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the model was, per pixel, at the network's own resolution.

    The maps span the whole image: cell (row, column) of a (h, w) map covers the image rectangle
    from (column / w, row / h) to ((column + 1) / w, (row + 1) / h), as fractions of its sides.
    All are read-only arrays of one shape (h, w).

    Attributes:
        top1: Class index of the likeliest class, uint8 (uint16 above 255 classes).
        p1: Its probability, 0..255.
        top2: The runner-up, as top1.
        p2: Its probability, 0..255.
        entropy: Of the probabilities over its largest possible value, 0..255.
    """

    top1: NDArray[np.uint8 | np.uint16]
    p1: NDArray[np.uint8]
    top2: NDArray[np.uint8 | np.uint16]
    p2: NDArray[np.uint8]
    entropy: NDArray[np.uint8]

    def at(self, x: float, y: float, size: tuple[int, int]) -> tuple[int, float, int, float]:
        """(class, probability, runner-up, its probability) at an image pixel.

        Args:
            x: Column in image pixels, clamped to the image.
            y: Row, likewise.
            size: (height, width) of the image.
        """
        rows, columns = self.top1.shape
        row = min(max(int(y * rows / size[0]), 0), rows - 1)
        column = min(max(int(x * columns / size[1]), 0), columns - 1)
        return (
            int(self.top1[row, column]),
            float(self.p1[row, column]) / 255,
            int(self.top2[row, column]),
            float(self.p2[row, column]) / 255,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says about one image.

    Attributes:
        model: Id of its card.
        size: (height, width) of the oriented image.
        objects: Largest first within each class, classes in the card's order.
        confidence: None for models that answer class numbers only.
        seconds: From pixels to masks.
        notes: Sentences for the user, such as what was left out.
    """

    model: str
    size: tuple[int, int]
    objects: tuple[Found, ...]
    confidence: Confidence | None
    seconds: float
    notes: tuple[str, ...] = ()


class _Map(msgspec.Struct, array_like=True):
    dtype: str
    rows: int
    columns: int
    data: bytes


class _Object(msgspec.Struct, array_like=True):
    label: int
    score: float | None
    mask: bytes


class _File(msgspec.Struct):
    version: int
    model: str
    size: tuple[int, int]
    objects: list[_Object]
    maps: list[_Map]
    seconds: float
    notes: tuple[str, ...]


def save_answer(path: Path, answer: Answer) -> None:
    """Write an answer whole or not at all (temporary name, then rename); no fsync.

    Raises:
        EngineError: the folder cannot be written or is full.
    """
    maps: list[NDArray[np.uint8 | np.uint16]] = []
    if answer.confidence is not None:
        sure = answer.confidence
        maps = [sure.top1, sure.p1, sure.top2, sure.p2, sure.entropy]
    content = _File(
        version=VERSION,
        model=answer.model,
        size=answer.size,
        objects=[_Object(one.label, one.score, codec.to_bytes(one.mask)) for one in answer.objects],
        maps=[_Map(each.dtype.name, each.shape[0], each.shape[1], each.tobytes()) for each in maps],
        seconds=answer.seconds,
        notes=answer.notes,
    )
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(_MAGIC + msgspec.msgpack.encode(content))
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise EngineError(
            f"The answer could not be written to {path.parent}: {error.strerror or error}."
        ) from error


def load_answer(path: Path) -> Answer:
    """Read an answer; the maps share the file's bytes, nothing is copied.

    Raises:
        EngineError: the file is not there, not an answer, or of a newer version.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise EngineError(f"{path.name} is too large to be a model's answer.")
        data = path.read_bytes()
    except OSError as error:
        raise EngineError(f"The answer {path} could not be read: {error.strerror}.") from error
    if not data.startswith(_MAGIC):
        raise EngineError(f"{path.name} is not a model's answer.")
    try:
        content = msgspec.msgpack.decode(memoryview(data)[len(_MAGIC) :], type=_File)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise EngineError(f"{path.name} is not a model's answer: {error}.") from error
    return _from_file(content, path.name)


def _from_file(content: _File, name: str) -> Answer:
    if content.version > VERSION:
        raise EngineError(f"{name} was written by a newer Maskwright; update this one.")
    height, width = content.size
    if not (0 < height <= _MAX_SIDE and 0 < width <= _MAX_SIDE):
        raise EngineError(f"{name} is damaged: its image size is {width} × {height}.")
    return Answer(
        model=content.model,
        size=content.size,
        objects=tuple(
            Found(each.label, each.score, codec.from_bytes(each.mask, content.size))
            for each in content.objects
        ),
        confidence=_confidence(content.maps, name),
        seconds=content.seconds,
        notes=content.notes,
    )


def _confidence(maps: list[_Map], name: str) -> Confidence | None:
    if not maps:
        return None
    if len(maps) != 5 or len({(each.rows, each.columns) for each in maps}) != 1:
        raise EngineError(f"{name} is damaged: its confidence maps do not fit together.")
    first, p_first, second, p_second, entropy = (_array(each, name) for each in maps)
    for each in (p_first, p_second, entropy):
        if each.dtype != np.uint8:
            raise EngineError(f"{name} is damaged: a map of probabilities is not of bytes.")
    return Confidence(first, _bytes(p_first), second, _bytes(p_second), _bytes(entropy))


def _bytes(values: NDArray[np.uint8 | np.uint16]) -> NDArray[np.uint8]:
    return values.view(np.uint8)


def _array(each: _Map, name: str) -> NDArray[np.uint8 | np.uint16]:
    dtype = np.dtype(each.dtype) if each.dtype in {"uint8", "uint16"} else None
    if dtype is None or len(each.data) != each.rows * each.columns * dtype.itemsize:
        raise EngineError(f"{name} is damaged: a confidence map has the wrong length.")
    return np.frombuffer(each.data, dtype).reshape(each.rows, each.columns)
