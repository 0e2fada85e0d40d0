"""How the images of a TIFF file hang together: which are pages, which are channels of one page.

Microscopes store each channel of each position as an image of its own. A page, as the project
counts them, is one position (in depth and time) with all of its channels.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.images.channel_names import names_in

MOST_CHANNELS = 64
"""Images of one position beyond which they are taken for pages, not for channels."""

_COLOUR = frozenset({2, 3, 5, 6, 8, 9, 10})
"""PhotometricInterpretation of colour: RGB, palette, CMYK, YCbCr, kinds of Lab (TIFF 6)."""

_INK = 5
"""PhotometricInterpretation of CMYK."""

_ALPHA = frozenset({1, 2})
"""ExtraSamples that mean opacity, multiplied in or not (TIFF 6.0, page 31)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the pages of one file are.

    Attributes:
        pages: positions, each of which is an image of a project.
        channels: samples of a pixel, alpha not counted.
        names: of the channels; "" where the file says none.
        alpha: the sample after the last channel is opacity.
        colour: the first three channels are red, green and blue, once decoded.
        split: each channel lies in an image of its own.
        block: where in the file all images lie one after another without a gap, bytes from its
            start; None where they do not.
        ink: what is stored is cyan, magenta, yellow and black; decoded it is colour.
    """

    pages: int
    channels: int
    names: tuple[str, ...]
    alpha: bool
    colour: bool
    split: bool = False
    block: int | None = None
    ink: bool = False
    _images: tuple[tuple[int, ...], ...] = ()

    def planes(self, page: int) -> tuple[int, ...]:
        """Numbers of the images in the file that make up a page: one, or one for each channel."""
        return self._images[page] if self._images else (page,)


def layout_of(path: Path) -> Layout | None:
    """The layout of a TIFF file; None where tifffile cannot tell."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            return read_layout(file)
    except Exception:  # tifffile is stricter than other readers; they get their turn
        return None


def read_layout(file: Any) -> Layout:
    """The layout of a ``tifffile.TiffFile``; raises whatever tifffile raises."""
    first = file.pages[0]
    alpha, inner = _samples(first)
    colour = int(first.photometric) in _COLOUR and (inner >= 3 or int(first.photometric) == 3)
    count = len(file.pages)
    if file.is_ome or file.is_imagej or file.is_shaped or file.is_lsm:
        found = None
        with contextlib.suppress(Exception):  # a description that contradicts the file
            found = _positions(file, count)
        if found is not None:
            images, block = found
            split = len(images[0]) > 1
            channels = len(images[0]) if split else inner
            names = names_in(file, channels)
            return Layout(
                len(images),
                channels,
                names,
                alpha,
                colour and not split,
                split,
                block,
                _images=images,
            )
    reduced = _leave_out_reduced(file, count)
    pages = len(reduced) or count
    ink = int(first.photometric) == _INK and inner == 4
    inner = 3 if ink else inner
    names = names_in(file, inner)
    return Layout(pages, inner, names, alpha, colour, ink=ink, _images=reduced)


def _samples(page: Any) -> tuple[bool, int]:
    """Whether the last sample of a pixel is opacity, and how many there are before it."""
    count = int(page.samplesperpixel)
    alpha = any(int(each) in _ALPHA for each in page.extrasamples[-1:]) and count > 1
    return alpha, count - alpha


def _positions(file: Any, count: int) -> tuple[tuple[tuple[int, ...], ...], int | None] | None:
    """Image numbers of each position of the first series; None where all images are pages."""
    series = file.series[0]
    if len(file.series) > 1 or getattr(series, "is_multifile", False):
        return None
    axes, shape = _outer(series.axes, series.shape)
    total = math.prod(shape)
    numbers = _numbers(file, series, total, count)
    if numbers is None:
        return None
    block = series.dataoffset if count < total else None
    channel = axes.find("C")
    if channel < 0 or not 1 < shape[channel] <= MOST_CHANNELS or "S" in series.axes:
        return tuple((each,) for each in numbers), block
    step = math.prod(shape[channel + 1 :])
    span = step * shape[channel]
    return tuple(
        tuple(numbers[high + low + step * k] for k in range(shape[channel]))
        for high in range(0, total, span)
        for low in range(step)
    ), block


def _outer(axes: str, shape: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """The axes before those of one stored image."""
    end = min(axes.find(each) for each in "YX" if each in axes)
    if axes[end - 1 : end] == "S":  # samples that lie one plane after another
        end -= 1
    return axes[:end], tuple(int(each) for each in shape[:end])


def _numbers(file: Any, series: Any, total: int, count: int) -> Sequence[int] | None:
    """Number in the file of each image of a series; None where some are missing."""
    if not file.is_ome:
        whole = total == count or (count == 1 and series.dataoffset is not None)
        return range(total) if whole else None
    pages = list(series.pages)
    if len(pages) != total or any(each is None for each in pages):
        return None
    return [int(each.index) for each in pages]


def _leave_out_reduced(file: Any, count: int) -> tuple[tuple[int, ...], ...]:
    """The images that are no smaller copies of another; () where all count or that costs much."""
    if not 1 < count <= 64:
        return ()
    kept = [at for at in range(count) if not file.pages[at].is_reduced]
    return () if len(kept) in (0, count) else tuple((each,) for each in kept)
