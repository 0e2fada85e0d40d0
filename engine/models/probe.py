"""Trial runs of an unknown network: sizes it takes, outputs that are maps, what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models.card import InputLayout, Meaning, OutputLayout
from engine.runtimes.base import OutOfMemory, Runtime, Tensor, TookTooLong

Size = tuple[int, int]
_SIZES: tuple[Size, ...] = (
    (256, 320),
    (256, 256),
    (224, 224),
    (512, 512),
    (640, 640),
    (1024, 1024),
)
_MULTIPLES = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, slots=True)
class Map:
    """An output that holds something for each pixel.

    Attributes:
        name: Of the output.
        layout: Order of its dimensions.
        channels: 1 for class maps and single channels.
        meaning: What its values look like.
        measured: True where the values show the meaning, False where they only suggest it.
    """

    name: str
    layout: OutputLayout
    channels: int
    meaning: Meaning
    measured: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What the trial runs showed.

    Attributes:
        size: Fixed (height, width), None where the network takes any.
        size_read: True where the file itself says so.
        multiple_of: Sides must be a multiple of this.
        maps: Outputs that can be masks, in the network's order; never empty.
    """

    size: Size | None
    size_read: bool
    multiple_of: int
    maps: tuple[Map, ...]


def input_layout(shape: Sequence[int | None]) -> tuple[InputLayout, int | None] | None:
    """(layout, channels) of an image input; channels None where the file does not say.

    Returns:
        None where neither place of the channels fits 1 or 3.
    """
    if len(shape) != 4:
        return "NCHW", None
    if shape[1] in {1, 3}:
        return "NCHW", shape[1]
    if shape[3] in {1, 3}:
        return "NHWC", shape[3]
    if shape[1] is None and (shape[3] is None or shape[3] > 4):
        return "NCHW", None
    return ("NHWC", None) if shape[3] is None else None


def declared_size(shape: Sequence[int | None], layout: InputLayout) -> Size | None:
    """The fixed (height, width) an input declares, None where a side is free."""
    if len(shape) != 4:
        return None
    sides = shape[2:] if layout == "NCHW" else shape[1:3]
    return (sides[0], sides[1]) if sides[0] and sides[1] else None


def try_out(
    runtime: Runtime, name: str, image: Tensor, layout: InputLayout, channels: int
) -> Trial:
    """Run the network on noise until its sizes and outputs are known.

    Args:
        runtime: The open network.
        name: Of the file, for errors.
        image: Its input.
        layout: Of the input.
        channels: Of the input.

    Raises:
        EngineError: It takes no size that was tried, or answers with no map.
    """

    def run(size: Size) -> dict[str, NDArray[Any]]:
        return runtime.run({image.name: _noise(size, channels, layout, image.dtype)})

    fixed = declared_size(image.shape, layout)
    if fixed is not None:
        return Trial(fixed, True, 1, _maps(name, run(fixed), fixed, layout))
    size, answers = _first_that_works(name, run)
    multiple = _multiple(run, size)
    maps = _maps(name, answers, size, layout)
    if multiple is None:
        return Trial(size, False, 1, maps)
    return Trial(None, bool(image.shape), multiple, maps)


def _noise(size: Size, channels: int, layout: InputLayout, dtype: str) -> NDArray[Any]:
    """Smooth noise: like a photo, unlike white noise, it gives answers of every class."""
    random = np.random.default_rng(7)
    coarse = random.random((size[0] // 16 + 2, size[1] // 16 + 2, channels), np.float32)
    fine = np.repeat(np.repeat(coarse, 16, axis=0), 16, axis=1)[: size[0], : size[1]]
    values = fine * 255 if dtype == "uint8" else fine * 2 - 1
    if layout == "NCHW":
        values = values.transpose(2, 0, 1)
    return np.ascontiguousarray(values[None], np.dtype(dtype))


def _first_that_works(name: str, run: Any) -> tuple[Size, dict[str, NDArray[Any]]]:
    problem = ""
    for size in _SIZES:
        try:
            return size, run(size)
        except (OutOfMemory, TookTooLong):
            raise
        except EngineError as error:
            problem = str(error)
    raise EngineError(f"{name} takes none of the sizes that were tried. The last answer: {problem}")


def _multiple(run: Any, size: Size) -> int | None:
    """The smallest multiple both sides may be of; None where only one size works."""
    for multiple in _MULTIPLES:
        odd = (192 + multiple, 256 + 3 * multiple)
        if odd == size:
            continue
        try:
            run(odd)
        except (OutOfMemory, TookTooLong):
            raise
        except EngineError:
            continue
        return multiple
    return None


def _maps(
    name: str, answers: dict[str, NDArray[Any]], size: Size, layout: InputLayout
) -> tuple[Map, ...]:
    found = [
        _map(output, array, place)
        for output, array in answers.items()
        if (place := _place(array.shape, size, layout)) is not None
    ]
    if found:
        return tuple(found)
    first = next(iter(answers.values()))
    shape = " × ".join(str(side) for side in first.shape)
    count = first.shape[-1] if first.ndim else 1
    told = f"{count} numbers for the whole image" if first.ndim <= 2 else f"a list of shape {shape}"
    raise EngineError(
        f"{name} answers with {told}, not one per pixel. Choose a segmentation model."
    )


def _place(shape: tuple[int, ...], size: Size, layout: InputLayout) -> OutputLayout | None:
    """The layout in which an output's sides are the image's, whole or divided."""
    options: dict[OutputLayout, tuple[int, ...]] = {}
    if len(shape) == 4 and shape[0] == 1:
        first: OutputLayout = layout
        for each in (first, "NHWC" if first == "NCHW" else "NCHW"):
            options[each] = shape[2:] if each == "NCHW" else shape[1:3]
    elif len(shape) == 3 and shape[0] == 1:
        options["NHW"] = shape[1:]
    elif len(shape) == 2:
        options["HW"] = shape
    for each, sides in options.items():
        if _fits(sides, size):
            return each
    return None


def _fits(sides: tuple[int, ...], size: Size) -> bool:
    """True for sides of the image, divided by up to 32, with rounding."""
    if min(sides) < 4:
        return False
    ratios = [side / whole for side, whole in zip(sides, size, strict=True)]
    if min(ratios) < 1 / 33 or max(ratios) > 4.01:
        return False
    return all(
        abs(side - ratios[0] * whole) <= 1.51 for side, whole in zip(sides, size, strict=True)
    )


def _map(name: str, array: NDArray[Any], layout: OutputLayout) -> Map:
    axis = {"NCHW": 1, "NHWC": 3}.get(layout)
    channels = 1 if axis is None else array.shape[axis]
    if array.dtype.kind in "iub":
        meaning: Meaning = "classmap" if channels == 1 else "logits"
        return Map(name, layout, channels, meaning, channels == 1)
    values = array.astype(np.float32)
    if not np.isfinite(values).all():
        return Map(name, layout, channels, "logits" if channels > 1 else "sigmoid_logits", False)
    low, high = float(values.min()), float(values.max())
    unit = low >= -1e-4 and high <= 1 + 1e-4
    if channels == 1:
        if high > 1 and np.array_equal(values, np.rint(values)):
            return Map(name, layout, 1, "classmap", True)
        return Map(name, layout, 1, "sigmoid" if unit else "sigmoid_logits", unit)
    if unit and np.allclose(values.sum(axis=axis), 1, atol=1e-2):
        return Map(name, layout, channels, "probabilities", True)
    if unit:
        return Map(name, layout, channels, "sigmoid", True)
    return Map(name, layout, channels, "logits", False)
