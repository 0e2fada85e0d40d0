"""The stored levels of a TIFF page: the picture itself and the smaller copies that come with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.images.convert import Box, Raw
from engine.images.layout import Layout
from engine.images.tiff_grid import Grid, readable


@dataclass(frozen=True, slots=True)
class Level:
    """One stored picture: a grid, or one for each channel.

    Attributes:
        planes: of the same size and type.
    """

    planes: tuple[Grid, ...]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) as stored."""
        return self.planes[0].size

    @property
    def compressed(self) -> bool:
        """Whether reading costs more than copying."""
        return self.planes[0].compressed

    @property
    def in_one_piece(self) -> bool:
        """Whether any pixel can be copied from its place in the file."""
        return all(each.whole is not None for each in self.planes)

    def read(self, box: Box) -> Raw:
        """The samples of a box inside it; (h, w) or (h, w, samples)."""
        return _together([each.read(box) for each in self.planes])

    def every(self, step: int) -> Raw:
        """Every ``step``-th pixel of every ``step``-th row; for pictures in one piece."""
        return _together([each.every(step) for each in self.planes])


def _together(planes: list[Raw]) -> Raw:
    return planes[0] if len(planes) == 1 else np.stack(planes, axis=-1)


def levels_of(path: Path, layout: Layout, page: int) -> list[Level]:
    """The stored levels of a page, finest first; none where it cannot be read by region.

    Smaller copies are looked for where the formats have them: in SubIFDs (OME-TIFF and others),
    as reduced-resolution images after the page, and as the levels of a slide scanner's file.
    """
    import tifffile

    with tifffile.TiffFile(path) as file:
        numbers = layout.planes(page)
        if layout.block is not None:
            one = file.pages[0]
            places = [layout.block + at * int(one.nbytes) for at in numbers]
            return [Level(tuple(Grid(one, path, at) for at in places))] if readable(one) else []
        pages = [_page(file, at) for at in numbers]
        found = [pages, *_smaller(file, pages, numbers)]
        if not all(map(readable, pages)):
            return []
        levels = [Level(tuple(Grid(each, path) for each in some)) for some in found]
    return [each for each in levels if _alike(each, levels[0])]


def stored_levels(path: Path) -> list[Level]:
    """The levels of a file that ``PyramidFile`` wrote."""
    import tifffile

    with tifffile.TiffFile(path) as file:
        return [Level((Grid(page, path),)) for page in file.pages]


def _page(file: Any, at: int) -> Any:
    page = file.pages[at]
    return page if hasattr(page, "tags") else page.aspage()


def _smaller(file: Any, pages: list[Any], numbers: Sequence[int]) -> list[list[Any]]:
    """Smaller copies of a page, largest first, one image of the file for each plane."""
    count = min(len(each.subifds or ()) for each in pages)
    if count:
        sub = [[each.pages[at] for each in pages] for at in range(count)]
    elif len(pages) == 1:
        sub = [[each] for each in _after(file, numbers[0])]
    else:
        sub = []
    usable = [some for some in sub if all(map(readable, some)) and _is_copy(some[0], pages[0])]
    return sorted(usable, key=lambda some: -int(some[0].imagelength))


def _after(file: Any, at: int) -> list[Any]:
    """Images that follow a page and are copies of it."""
    if file.is_svs or file.is_qpi or file.is_scn or file.is_bif:
        levels = file.series[0].levels
        if int(levels[0].keyframe.index) == at:
            return [level.keyframe for level in levels[1:]]
        return []
    found = []
    for number in range(at + 1, min(len(file.pages), at + 32)):
        page = _page(file, number)
        if not page.is_reduced:
            break
        found.append(page)
    return found


def _is_copy(page: Any, base: Any) -> bool:
    """Whether a page is smaller than another and of the same proportions and type."""
    height, width = int(page.imagelength), int(page.imagewidth)
    if not (0 < height < base.imagelength and 0 < width < base.imagewidth):
        return False
    down, across = base.imagelength / height, base.imagewidth / width
    # A side that was rounded may be off by a pixel.
    return bool(abs(down - across) <= max(down / height, across / width) * 1.01)


def _alike(level: Level, base: Level) -> bool:
    one, other = level.planes[0], base.planes[0]
    return one.dtype == other.dtype and one.samples == other.samples
