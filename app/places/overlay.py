"""Masks as small pictures: sampled at a stride, coloured, with the person's mask as a white line.

Pure numpy up to the last step, so it may run on a worker thread.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from engine.masks.mask import Mask

FILL = 0.42
LINE = 0.95


def stride_for(size: tuple[int, int], side: int) -> int:
    """The stride at which the longer side of (height, width) is at most ``side`` samples."""
    return max(1, -(-max(size) // side))


def sampled(mask: Mask, size: tuple[int, int], step: int) -> NDArray[np.bool_]:
    """Every ``step``-th pixel of a mask, as (ceil(height / step), ceil(width / step)).

    The cost follows the mask's own pixels, not the image.
    """
    shape = (-(-size[0] // step), -(-size[1] // step))
    out = np.zeros(shape, np.bool_)
    for piece in mask.pieces:
        first_y, first_x = -piece.top % step, -piece.left % step
        part = piece.bits[first_y::step, first_x::step]
        y, x = (piece.top + first_y) // step, (piece.left + first_x) // step
        part = part[: shape[0] - y, : shape[1] - x]  # a tile may reach over the image's edge
        out[y : y + part.shape[0], x : x + part.shape[1]] |= part
    return out


def edge(bits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The set samples that touch an unset one, or none beside it, up, down, left or right."""
    inside = bits.copy()
    inside[1:] &= bits[:-1]
    inside[:-1] &= bits[1:]
    inside[:, 1:] &= bits[:, :-1]
    inside[:, :-1] &= bits[:, 1:]
    return bits & ~inside


def picture(
    predicted: Mapping[int, Mask],
    yours: Mapping[int, Mask],
    size: tuple[int, int],
    colors: Mapping[int, QColor],
    side: int,
) -> QImage:
    """The model's masks in colour, yours as a white line; transparent elsewhere.

    Args:
        predicted: exclusive masks per class.
        yours: likewise.
        size: (height, width) of the image.
        colors: per class; one that is missing is grey.
        side: longest side of the picture in pixels.
    """
    step = stride_for(size, side)
    shape = (-(-size[0] // step), -(-size[1] // step))
    pixels = np.zeros((*shape, 4), np.uint8)
    for number, mask in predicted.items():
        bits, color = sampled(mask, size, step), colors.get(number, QColor("#808080"))
        pixels[bits] = (color.red(), color.green(), color.blue(), round(FILL * 255))
        pixels[edge(bits)] = (color.red(), color.green(), color.blue(), 255)
    for mask in yours.values():
        pixels[edge(sampled(mask, size, step))] = (255, 255, 255, round(LINE * 255))
    return to_image(pixels)


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """A picture that owns its pixels, of uint8 (h, w, 4) RGBA or (h, w, 3) RGB."""
    pixels = np.ascontiguousarray(pixels)
    height, width, channels = pixels.shape
    rgba = channels == 4
    form = QImage.Format.Format_RGBA8888 if rgba else QImage.Format.Format_RGB888
    return QImage(pixels.data, width, height, channels * width, form).copy()
