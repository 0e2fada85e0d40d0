"""From an RGB image to a network's input, and where the image lies in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models.card import InputSpec

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an image lies in a network's input: at its top left, `content` of `net` pixels.

    Attributes:
        image: (height, width) of the image or window.
        net: (height, width) of the input.
        content: (height, width) of the part of the input that shows the image.
    """

    image: Size
    net: Size
    content: Size


def frame_for(spec: InputSpec, image: Size) -> Frame:
    """The size an image is brought to, by the card.

    Args:
        spec: The card's input.
        image: (height, width).
    """
    if spec.fixed:
        net = (spec.height, spec.width)
        if spec.resize == "stretch":
            return Frame(image, net, net)
        factor = min(net[0] / image[0], net[1] / image[1])
        return Frame(image, net, _scaled(image, 1.0 if spec.resize == "none" else factor, net))
    factor = spec.long_side / max(image) if spec.long_side else 1.0
    content = _scaled(image, factor, (1 << 20, 1 << 20))
    if spec.resize == "stretch":
        net = (_nearest(content[0], spec.multiple_of), _nearest(content[1], spec.multiple_of))
        return Frame(image, net, net)
    return Frame(
        image, (_up(content[0], spec.multiple_of), _up(content[1], spec.multiple_of)), content
    )


def _scaled(image: Size, factor: float, most: Size) -> Size:
    height, width = (max(1, round(side * factor)) for side in image)
    return min(height, most[0]), min(width, most[1])


def _up(side: int, multiple: int) -> int:
    return math.ceil(side / multiple) * multiple


def _nearest(side: int, multiple: int) -> int:
    return max(multiple, round(side / multiple) * multiple)


def resized(rgb: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """The image at another size: area averages where it shrinks, bilinear where it grows.

    Args:
        rgb: (height, width, 3).
        size: (height, width) wanted.

    Returns:
        (height, width, 3) uint8; the same array where the size is the same.
    """
    if rgb.shape[:2] == size:
        return rgb
    import cv2

    shrinks = size[0] < rgb.shape[0] or size[1] < rgb.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(
        cv2.resize(np.ascontiguousarray(rgb), size[::-1], interpolation=method), np.uint8
    )


def normalised(pixels: NDArray[np.uint8], spec: InputSpec) -> NDArray[Any]:
    """Pixels as the network wants their values.

    Args:
        pixels: (height, width, 3) RGB.
        spec: The card's input.

    Returns:
        (height, width, channels) of the card's dtype.
    """
    ordered = _colors(pixels, spec.color)
    if spec.dtype == "uint8":
        return ordered
    divisor = {"255": 1.0, "unit": 255.0}.get(spec.range) or max(float(ordered.max()), 1.0)
    std = np.asarray(spec.std, np.float64)
    # v * gain - offset, both worked out in float64 so that the result differs from the
    # definition by rounding only.
    gain = (spec.scale / divisor / std).astype(np.float32)
    offset = (np.asarray(spec.mean, np.float64) / std).astype(np.float32)
    values = ordered.astype(np.float32)
    values *= gain
    values -= offset
    return values


def _colors(pixels: NDArray[np.uint8], color: str) -> NDArray[np.uint8]:
    if color == "BGR":
        return pixels[:, :, ::-1]
    if color == "gray":
        import cv2

        return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY))[
            :, :, None
        ]
    return pixels


def tensor(rgb: NDArray[np.uint8], spec: InputSpec, frame: Frame) -> NDArray[Any]:
    """The network's input for an image or window.

    Args:
        rgb: (height, width, 3), of ``frame.image``.
        spec: The card's input.
        frame: Of `frame_for`.

    Returns:
        (1, C, H, W) or (1, H, W, C), contiguous, of the card's dtype.

    Raises:
        EngineError: The image is not RGB of this size.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.shape[:2] != frame.image:
        raise EngineError(f"An RGB image of {frame.image} was expected, not {rgb.shape}.")
    values = normalised(resized(rgb, frame.content), spec)
    dtype = np.dtype(spec.dtype)
    if frame.net == frame.content:
        whole = values
    else:
        whole = np.full((*frame.net, values.shape[2]), spec.pad_value, values.dtype)
        whole[: frame.content[0], : frame.content[1]] = values
    if spec.layout == "NCHW":
        whole = whole.transpose(2, 0, 1)
    # What is too large for float16 becomes infinite; the network's answer then says so.
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(whole[None], dtype)
