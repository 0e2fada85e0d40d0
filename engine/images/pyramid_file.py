"""Writes levels of a picture, as their rows come, into one tiled BigTIFF without compression.

The file is read like any other pyramidal TIFF (TIFF 6.0, section 15; the BigTIFF design of 2007).
"""

import struct
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import numpy as np

from engine.images.convert import Raw

SIDE: Final = 256
"""Pixels along the side of a tile."""

_SHORT, _LONG8 = 3, 16
_FORMATS: Final = {"u": 1, "i": 2, "f": 3}


class _Level:
    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.rows: list[Raw] = []
        self.waiting = 0
        self.bands: list[int] = []  # where each row of tiles begins

    @property
    def across(self) -> int:
        return -(-self.size[1] // SIDE)


class PyramidFile:
    """See the module. Used in a ``with`` block; the file is whole when the block ended well."""

    def __init__(
        self, path: Path, sizes: list[tuple[int, int]], dtype: np.dtype[Any], samples: int
    ) -> None:
        """Begin a file.

        Args:
            path: of the new file.
            sizes: (height, width) of its levels, finest first.
            dtype: of a sample, native byte order.
            samples: of a pixel.
        """
        self._levels = [_Level(size) for size in sizes]
        self._dtype, self._samples = dtype, samples
        self._tile = SIDE * SIDE * samples * dtype.itemsize
        self._file: BinaryIO = path.open("wb")
        self._file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._file.close()

    def add(self, level: int, rows: Raw) -> None:
        """Take the next rows of a level: (n, width) or (n, width, samples).

        Raises:
            OSError: the disk is full.
        """
        into = self._levels[level]
        into.rows.append(rows.copy())
        into.waiting += len(rows)
        while into.waiting >= SIDE:
            together = np.concatenate(into.rows) if len(into.rows) > 1 else into.rows[0]
            self._band(into, together[:SIDE])
            into.rows = [together[SIDE:]] if len(together) > SIDE else []
            into.waiting -= SIDE

    def _band(self, level: _Level, rows: Raw) -> None:
        """Write a row of tiles in one piece; what lies beyond the picture is 0."""
        width, samples = level.across * SIDE, self._samples
        band = np.zeros((SIDE, width, samples), self._dtype)
        band[: len(rows), : level.size[1]] = rows.reshape(len(rows), -1, samples)
        tiles = band.reshape(SIDE, level.across, SIDE, samples).transpose(1, 0, 2, 3)
        level.bands.append(self._file.tell())
        self._file.write(np.ascontiguousarray(tiles).reshape(-1).view(np.uint8).data)

    def _finish(self) -> None:
        for level in self._levels:
            if level.rows:
                self._band(level, np.concatenate(level.rows))
                level.rows = []
        link = 8  # where the place of the next directory is written
        for number, level in enumerate(self._levels):
            place = self._directory(level, reduced=number > 0)
            end = self._file.tell()
            self._file.seek(link)
            self._file.write(struct.pack("<Q", place))
            self._file.seek(end)
            link = end - 8
        self._file.flush()

    def _directory(self, level: _Level, reduced: bool) -> int:
        """Write what describes a level; answers where it begins."""
        starts = np.array(level.bands, np.uint64)[:, None]
        offsets = starts + np.arange(level.across, dtype=np.uint64) * np.uint64(self._tile)
        samples, bits = self._samples, self._dtype.itemsize * 8
        tags: list[tuple[int, int, list[int] | Raw]] = [
            (254, _SHORT, [int(reduced)]),
            (256, _LONG8, [level.size[1]]),
            (257, _LONG8, [level.size[0]]),
            (258, _SHORT, [bits] * samples),
            (259, _SHORT, [1]),
            (262, _SHORT, [2 if samples == 3 else 1]),
            (277, _SHORT, [samples]),
            (284, _SHORT, [1]),
            (322, _SHORT, [SIDE]),
            (323, _SHORT, [SIDE]),
            (324, _LONG8, offsets.reshape(-1)),
            (325, _LONG8, np.full(offsets.size, self._tile, np.uint64)),
            (338, _SHORT, [0] * (0 if samples in (1, 3) else samples - 1)),
            (339, _SHORT, [_FORMATS[self._dtype.kind]] * samples),
        ]
        entries = [self._entry(*each) for each in tags if len(each[2])]
        place = self._file.tell()
        self._file.write(struct.pack("<Q", len(entries)) + b"".join(entries) + bytes(8))
        return place

    def _entry(self, tag: int, kind: int, values: list[int] | Raw) -> bytes:
        data = np.asarray(values, "<u2" if kind == _SHORT else "<u8").tobytes()
        head = struct.pack("<HHQ", tag, kind, len(values))
        if len(data) <= 8:
            return head + data.ljust(8, b"\0")
        place = self._file.tell()
        self._file.write(data)
        return head + struct.pack("<Q", place)
