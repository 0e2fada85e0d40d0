"""Photos, by the fastest reader: OpenCV into memory that is made ready meanwhile."""

import os
import stat
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from engine.images.convert import Raw, orient
from engine.images.fresh import Room
from engine.images.header import Header, reading
from engine.images.pyramid import level_count, level_size, pyramid

FROM: Final = 1_500_000
"""Pixels from which OpenCV is worth its import."""

_MOST: Final = 1 << 30
"""Pixels above which OpenCV refuses."""

_END: Final = b"\xff\xd9"
_MARK: Final = 16  # bytes


def draft(header: Header, max_side: int) -> Raw | None:
    """A JPEG decoded at 1/2, 1/4 or 1/8, at least ``max_side`` long; None for other kinds.

    Pillow does it, which refuses damage in the middle that OpenCV would pass over.

    Raises:
        EngineError: the file is damaged.
    """
    if header.kind not in ("JPEG", "MPO"):
        return None
    with reading(header.path), Image.open(header.path, formats=("JPEG",)) as image:
        if image.mode not in ("RGB", "L"):
            return None
        # Pillow keeps both sides at least as long as asked: a square would keep the shorter one.
        share = max_side / max(image.size)
        image.draft(image.mode, (int(image.width * share), int(image.height * share)))
        # In one go: between two parts of a file it waits for the interpreter.
        image.decodermaxblock = max(image.decodermaxblock, header.path.stat().st_size)
        return orient(np.asarray(image), header.orientation)


def levels(header: Header) -> list[Raw] | None:
    """All levels of a photo, oriented, the finest first; None where it is another reader's turn.

    Of what is damaged, only that is read here which OpenCV reads from memory as well.
    """
    size = header.raw_size
    plain = header.kind == "JPEG" and header.mode == "RGB" and header.pages == 1
    if not plain or not FROM <= size[0] * size[1] <= _MOST or not _is_whole(header.path):
        return None
    sizes = [level_size(size, level) for level in range(level_count(size))]
    room = Room(sum(3 * height * width + 64 for height, width in sizes))
    pixels = room.take((*size, 3), "u1")
    with room.coming():
        if not _decoded(header.path, pixels):
            return None
        return pyramid(orient(pixels, header.orientation), room.take)


def _is_whole(path: Path) -> bool:
    """Whether the file ends with the marker EOI; of one that is cut short OpenCV shows a part."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # of a pipe nothing might ever come
            return False
        with path.open("rb") as file:
            file.seek(-len(_END), os.SEEK_END)
            return file.read() == _END
    except OSError:
        return False


def _decoded(path: Path, pixels: Raw) -> bool:
    """Decode a whole file of that size into ``pixels``, uint8 RGB; whether that was done."""
    import cv2

    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    line = pixels.reshape(-1)
    mark = os.urandom(_MARK)  # for a file it cannot open, OpenCV answers with what it was given
    line[:_MARK] = bytearray(mark)
    try:
        found = cv2.imread(str(path), pixels, flags)
    except (cv2.error, TypeError, ValueError):  # another size; before 4.11; a name that is no text
        return False
    return found is not None and line[:_MARK].tobytes() != mark
