"""The values of a mask picture: numbers, or colours where the picture is in colour."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import EngineError
from engine.formats.png_values import COLOR
from engine.formats.report import Report
from engine.images.header import reading
from engine.images.kinds import READ

MOST = 4_096
"""Colours in one mask; a picture with more is a photo, or its edges are smoothed."""


def any_colored(files: Iterable[Path]) -> bool:
    """Whether one of the masks is a picture in colour.

    Raises:
        EngineError: A mask cannot be read.
    """
    return any(_in_color(path) for path in files)


def _in_color(path: Path) -> bool:
    with reading(path), Image.open(path, formats=READ) as image:
        if image.mode not in ("RGB", "RGBA"):
            return False
        array = np.asarray(image)[..., :3]
    return bool((array != array[..., :1]).any())


def read_values(path: Path, colored: bool, report: Report | None = None) -> NDArray[np.integer]:
    """The values of a mask, (height, width) uint8 or uint16, or uint32 for colours.

    A colour is `png_values.COLOR` + R + 256 G + 65,536 B.

    Args:
        path: The file.
        colored: Pictures in colour hold colours, grey ones among them too; else their grey values
            count.
        report: Takes what had to be repaired.

    Raises:
        EngineError: It cannot be read, or is a photo.
    """
    with reading(path), Image.open(path, formats=READ) as image:
        wide = np.asarray(image.convert("RGB"), np.uint32) if image.mode in _RGB else None
    if wide is None or not colored:
        return read_indices(path, report)
    values = COLOR + (wide[..., 0] | wide[..., 1] << 8 | wide[..., 2] << 16)
    if len(distinct(values)) > MOST:
        raise EngineError(
            f"{path.name} has more than {MOST:,} colours, so it is a photo or its edges are "
            "smoothed. Save the masks as PNG without smoothing."
        )
    return values


_RGB = ("RGB", "RGBA")


def distinct(values: NDArray[np.integer]) -> list[int]:
    """The values that occur, sorted."""
    if values.dtype.itemsize > 2:
        there: list[int] = np.unique(values).tolist()
        return there
    return np.flatnonzero(np.bincount(values.ravel(), minlength=1)).tolist()


def read_indices(path: Path, report: Report | None = None) -> NDArray[np.integer]:
    """The values of an index mask, (height, width) uint8 or uint16, as stored.

    Palette files give their palette indices, greyscale files their grey values (files of 1, 2
    and 4 bits the values as stored, not stretched to 255).

    Raises:
        EngineError: It cannot be read, or is a colour picture.
    """
    with reading(path), Image.open(path, formats=READ) as image:
        if image.mode in ("RGB", "RGBA", "LA"):
            return _gray(np.asarray(image), path, report)
        array = np.asarray(image)
        if image.mode == "1":
            return array.astype(np.uint8)
        if image.mode == "L" and image.format == "PNG":
            depth = _gray_depth(path)
            if depth < 8:  # Pillow stretches these to 0..255
                return array // np.uint8(255 // (2**depth - 1))
        if image.mode in ("P", "L"):
            return array
        if array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= 65535:
            return array.astype(np.uint16)
    raise EngineError(
        f"{path.name} holds {image.mode} pixels, not class numbers. Save it as a greyscale or "
        "palette PNG."
    )


def _gray(array: NDArray[np.uint8], path: Path, report: Report | None) -> NDArray[np.uint8]:
    colors = array[..., :3] if array.shape[2] > 2 else array[..., :1]
    if (colors != colors[..., :1]).any():
        raise EngineError(
            f"{path.name} is a colour picture; its classes cannot be told from colours. Save it "
            "as a palette or greyscale PNG whose values are classes."
        )
    if report is not None:
        report.add("gray color", path.name)
    return np.ascontiguousarray(colors[..., 0])


def _gray_depth(path: Path) -> int:
    """Bits of a greyscale PNG's pixels, else 8 (bytes 24 and 25: PNG specification, 11.2.2)."""
    with path.open("rb") as file:
        head = file.read(26)
    return head[24] if len(head) == 26 and head[25] == 0 else 8
