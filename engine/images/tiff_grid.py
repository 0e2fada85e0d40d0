"""One stored picture of a TIFF file, read by region: only the tiles or strips a box touches."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.images import tiff_codec
from engine.images.convert import Box, Raw, unmultiplied

LARGEST_TILE: Final = 16 << 20
"""Bytes of a decoded tile or strip above which a picture is not read by region."""

_KEPT: Final = 32 << 20
"""Bytes of decoded tiles that stay, for neighbours that need the same ones."""

_AT_ONCE: Final = 8 << 20
"""Bytes copied out of a mapped file at a time, so that few of its pages count as memory."""


class Grid:
    """The tiles or strips of one picture (an image file directory).

    Attributes:
        size: (height, width) as stored.
        dtype: of a sample, native byte order.
        samples: of a pixel.
        tile: (rows, columns) of a tile; strips are as wide as the picture.
        whole: bytes at which the picture lies in one piece and uncompressed; None where it does
            not.
    """

    def __init__(self, page: Any, path: Path, whole: int | None = None) -> None:
        """Take what is needed from a page of tifffile; see ``readable``.

        Args:
            page: a ``tifffile.TiffPage``.
            path: its file.
            whole: where another picture of the same form lies; its own place by default.
        """
        self.path = path
        self.size = (int(page.imagelength), int(page.imagewidth))
        self._stored = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
        self.dtype: np.dtype[Any] = self._stored.newbyteorder("=")
        self.samples = int(page.samplesperpixel)
        self.tiled = bool(page.is_tiled)
        self.compression, self._predictor = int(page.compression), int(page.predictor)
        self._photometric = int(page.photometric)
        self._tables = bytes(page.jpegtables or b"")
        self._separate = int(page.planarconfig) == 2 and self.samples > 1
        self._multiplied = is_multiplied(page)
        height, width = self.size
        rows = int(page.tilelength) if self.tiled else min(int(page.rowsperstrip), height)
        self.tile = (rows, int(page.tilewidth) if self.tiled else width)
        self._down, self._across = -(-height // rows), -(-width // self.tile[1])
        self._offsets = np.asarray(page.dataoffsets, np.int64)
        self._counts = np.asarray(page.databytecounts, np.int64)
        self.whole = whole
        if whole is None and page.is_memmappable:
            self.whole = int(page.dataoffsets[0])
        self._made: OrderedDict[int, Raw] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def pixel_bytes(self) -> int:
        """Bytes of a pixel."""
        return self.samples * self.dtype.itemsize

    @property
    def compressed(self) -> bool:
        """Whether reading costs more than copying."""
        return self.compression != tiff_codec.NONE

    def read(self, box: Box) -> Raw:
        """The samples of a box inside the picture: (h, w), or (h, w, samples) for more than one.

        Raises:
            OSError, ValueError, SyntaxError: the file is damaged.
        """
        left, top, right, bottom = box
        shape = (bottom - top, right - left, self.samples)
        out = np.zeros(shape, self.dtype)
        if self.whole is not None:
            self._copy(out, box)
        else:
            for plane in range(self.samples if self._separate else 1):
                into = out[..., plane : plane + 1] if self._separate else out
                self._collect(into, box, plane)
        return self._as_meant(out)

    def _as_meant(self, out: Raw) -> Raw:
        if self._photometric == 0 and self.dtype.kind in "ub":  # white is zero
            np.invert(out, out=out)
        if self._multiplied:
            out = unmultiplied(out)
        return out[..., 0] if self.samples == 1 else out

    # -- one piece ---------------------------------------------------------------------------

    def _copy(self, out: Raw, box: Box) -> None:
        """Copy a box of a picture that lies in one piece, few rows at a time.

        The file is mapped for each copy and let go: mapped pages that were touched count as
        memory of this process, and reading row by row would give the interpreter away each time.
        """
        left, top, right, bottom = box
        line = self.size[1] * self.pixel_bytes
        step = max(1, _AT_ONCE // line)
        for start in range(top, bottom, step):
            stop = min(bottom, start + step)
            part = out[start - top : stop - top]
            for plane, stored in self._mapped(start, stop):
                part[..., plane] = stored[:, left:right]

    def _mapped(self, start: int, stop: int) -> Iterator[tuple[Any, Raw]]:
        """Rows of the file: all samples together, or plane by plane."""
        assert self.whole is not None
        height, width = self.size
        rows = stop - start
        if self._separate:
            plane_bytes = height * width * self.dtype.itemsize
            for plane in range(self.samples):
                at = self.whole + plane * plane_bytes + start * width * self.dtype.itemsize
                yield plane, np.memmap(self.path, self._stored, "r", at, (rows, width))
        else:
            at = self.whole + start * width * self.pixel_bytes
            shape = (rows, width, self.samples)
            yield slice(None), np.memmap(self.path, self._stored, "r", at, shape)

    def every(self, step: int) -> Raw:
        """Every ``step``-th pixel of every ``step``-th row, for a picture in one piece."""
        height, width = self.size
        rows, columns = -(-height // step), -(-width // step)
        out = np.empty((rows, columns, self.samples), self.dtype)
        at_once = max(1, _AT_ONCE // (step * width * self.pixel_bytes))
        for first in range(0, rows, at_once):
            last = min(rows, first + at_once)
            for plane, stored in self._mapped(first * step, (last - 1) * step + 1):
                out[first:last][..., plane] = stored[::step, ::step]
        return self._as_meant(out)

    # -- tiles -------------------------------------------------------------------------------

    def _collect(self, out: Raw, box: Box, plane: int) -> None:
        left, top, right, bottom = box
        rows, columns = self.tile
        with self.path.open("rb") as file:
            for down in range(top // rows, -(-bottom // rows)):
                for across in range(left // columns, -(-right // columns)):
                    number = (plane * self._down + down) * self._across + across
                    pixels = self._tile(file, number, down)
                    if pixels is None:
                        continue
                    y, x = down * rows, across * columns
                    a, b = max(left, x), max(top, y)
                    c, d = min(right, x + pixels.shape[1]), min(bottom, y + pixels.shape[0])
                    part = pixels[b - y : d - y, a - x : c - x]
                    out[b - top : d - top, a - left : c - left] = part

    def _tile(self, file: Any, number: int, down: int) -> Raw | None:
        """The samples of a tile; None for one that is not stored, which is all zeros."""
        if number >= len(self._counts) or self._counts[number] == 0:
            return None
        with self._lock:
            made = self._made.get(number)
            if made is not None:
                self._made.move_to_end(number)
                return made
        file.seek(int(self._offsets[number]))
        data = file.read(int(self._counts[number]))
        if len(data) < self._counts[number]:
            raise ValueError("cut short")
        made = self._unpacked(data, down)
        if self.compressed:
            with self._lock:
                self._made[number] = made
                while len(self._made) * made.nbytes > _KEPT and len(self._made) > 1:
                    self._made.popitem(last=False)
        return made

    def _unpacked(self, data: bytes, down: int) -> Raw:
        if self.compression in tiff_codec.PICTURES:
            return self._picture(data)
        rows = self.tile[0] if self.tiled else min(self.tile[0], self.size[0] - down * self.tile[0])
        samples = 1 if self._separate else self.samples
        shape = (rows, self.tile[1], samples)
        line = self.tile[1] * samples * self._stored.itemsize
        inside = min(rows, self.size[0] - down * self.tile[0])
        return tiff_codec.unpack(
            data, shape, self._stored, self.compression, self._predictor, inside * line
        )

    def _picture(self, data: bytes) -> Raw:
        """A tile that is a picture; JPEG here, other kinds in a decoder process."""
        from engine.images import worker_host

        if self.compression == tiff_codec.JPEG or worker_host.am_decoder():
            return tiff_codec.picture(data, self._tables, self.compression, self._photometric)
        return worker_host.tile(self.path, data, self.compression, self._photometric)

    def forget(self) -> None:
        """Let go of the tiles that were kept."""
        with self._lock:
            self._made.clear()


def is_multiplied(page: Any) -> bool:
    """Whether the last sample of a page of tifffile is opacity that colour was multiplied with."""
    return page.samplesperpixel > 1 and [int(each) for each in page.extrasamples[-1:]] == [1]


def readable(page: Any) -> bool:
    """Whether a page of tifffile is a picture that ``Grid`` reads."""
    if page.dtype is None or page.imagelength < 1 or page.imagewidth < 1:
        return False
    dtype, compression = np.dtype(page.dtype), int(page.compression)
    plain = dtype.kind in "uif" and dtype.itemsize * 8 == _bits(page) and page.imagedepth == 1
    if not plain or compression not in tiff_codec.KNOWN or int(page.fillorder) != 1:
        return False
    photometric = int(page.photometric)
    if compression in tiff_codec.PICTURES:
        meant = photometric in (1, 2, 6) and dtype == np.uint8 and page.samplesperpixel in (1, 3)
    else:
        meant = photometric in (0, 1, 2) and int(page.predictor) in (1, 2, 3)
    return meant and _fits(page, dtype)


def _bits(page: Any) -> int:
    bits = page.bitspersample
    return int(bits if isinstance(bits, int) else max(bits))


def _fits(page: Any, dtype: np.dtype[Any]) -> bool:
    """Whether the page can be taken apart, with as many tiles as it should have."""
    if page.is_memmappable:
        return True
    rows = page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)
    columns = page.tilewidth if page.is_tiled else page.imagewidth
    planes = page.samplesperpixel if int(page.planarconfig) == 2 else 1
    inner = 1 if planes > 1 else page.samplesperpixel
    count = -(-page.imagelength // rows) * -(-page.imagewidth // columns) * planes
    small = rows * columns * inner * dtype.itemsize <= LARGEST_TILE
    return bool(small and len(page.dataoffsets) == count == len(page.databytecounts))
