"""Which parts of an image were looked at, as rows: one bit per cell, compressed."""

import sqlite3
import zlib

import numpy as np

from engine.errors import EngineError
from engine.masks.seen import Seen


def read(db: sqlite3.Connection, image_id: int, size: tuple[int, int]) -> Seen:
    """What was seen of an image of ``size`` (height, width); nothing where none is kept.

    Cells of another size than today's are taken over by what they cover.

    Raises:
        EngineError: what is kept is damaged.
    """
    row = db.execute("SELECT side, cells FROM seen WHERE image = ?", (image_id,)).fetchone()
    seen = Seen(size)
    if row is None:
        return seen
    side, blob = int(row[0]), bytes(row[1])
    try:
        rows, columns = -(-size[0] // side), -(-size[1] // side)
        # never more than the cells need: a damaged blob cannot ask for all memory
        raw = zlib.decompressobj().decompress(blob, -(-rows * columns // 8))
        if len(raw) * 8 < rows * columns:
            raise ValueError("cells are missing")
        bits = np.unpackbits(np.frombuffer(raw, np.uint8), count=rows * columns)
    except (zlib.error, ValueError, ZeroDivisionError) as problem:
        raise EngineError(
            f"Which parts of image {image_id} were seen is damaged and cannot be read."
        ) from problem
    seen.take(bits.reshape(rows, columns).astype(bool), side)
    return seen


def write(db: sqlite3.Connection, image_id: int, side: int, cells: bytes) -> None:
    """Keep what ``pack`` made."""
    db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (image_id, side, cells))


def pack(seen: Seen) -> bytes:
    """The cells as bits, compressed: some hundred bytes."""
    return zlib.compress(np.packbits(seen.cells).tobytes(), 3)
