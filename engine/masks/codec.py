"""Masks, changes and tiles as bytes, for the project file and for results of jobs.

All forms begin with a version and a kind byte and are little-endian; pixels are packed bits (or
class numbers) under zlib. What is read is not trusted: every length and place is checked before
anything is unpacked, and never more is unpacked than the header allows.
"""

import struct
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.flate import errors, library
from engine.masks.box import Box, contains
from engine.masks.index_patch import IndexPatch, IndexPiece
from engine.masks.mask import SMALL, Mask
from engine.masks.packed import Kept, Packed
from engine.masks.tiles import FULL, MANY, PIXELS, SIDE, Bits, Piece, Tiles, freeze
from engine.masks.values import Tile, Values, canonical

VERSION: Final = 1
_EMPTY, CROP, _TILES, _PATCH, _ONE_VALUE, _BITS, _VALUES = range(7)
_HEAD = struct.Struct("<BB")
CROP_HEAD = struct.Struct("<iiHH")
CROP_BODY: Final = _HEAD.size + CROP_HEAD.size
"""Where the pixels of a stored crop begin."""

_COUNT = struct.Struct("<I")
_KEYS = np.dtype([("row", "<i4"), ("column", "<i4"), ("full", "u1")])
_PIECES = np.dtype(
    [
        ("left", "<i4"),
        ("top", "<i4"),
        ("width", "<u2"),
        ("height", "<u2"),
        ("value", "<u2"),
        ("form", "u1"),
    ]
)
# of a piece: one value throughout, one value at some bits, or values of one or two bytes
_THROUGHOUT, _AT_BITS, _NARROW, _WIDE = range(4)
_Row = tuple[int, int, int, int, int, int]
_MOST = 1 << 20  # tiles or pieces; an image of 2^18 pixels a side


def to_bytes(mask: Mask) -> bytes:
    """``mask`` for storing; small when its outline is short, whatever its area."""
    if not mask:
        return _HEAD.pack(VERSION, _EMPTY)
    if not mask.is_tiled:
        left, top, bits = mask.pieces[0]
        head = CROP_HEAD.pack(left, top, bits.shape[1], bits.shape[0])
        return _HEAD.pack(VERSION, CROP) + head + _pack(np.packbits(bits).tobytes())
    tiles = mask.kept()
    table = np.array([(r, c, t is FULL) for (r, c), t in tiles.items()], _KEYS)
    parts = (_tile_bytes(t) for t in tiles.values() if t is not FULL)
    packed = _pack(b"".join(parts)) if len(tiles) <= MANY else _pack_all(parts)
    head = _HEAD.pack(VERSION, _TILES) + _COUNT.pack(len(tiles))
    return head + table.tobytes() + packed


def _tile_bytes(tile: Kept) -> bytes:
    """Pixels row by row, eight to a byte, the leftmost in the highest bit."""
    return (tile.rows if isinstance(tile, Packed) else np.packbits(tile)).tobytes()


def from_bytes(data: bytes, size: tuple[int, int]) -> Mask:
    """The mask written by ``to_bytes``.

    Args:
        data: what was stored; any bytes.
        size: (height, width) of the image the mask must lie in.

    Raises:
        EngineError: the bytes are damaged, or the mask leaves the image.
    """
    kind, body = _open(data, "mask")
    if kind == _EMPTY and not body:
        return Mask.EMPTY
    if kind == CROP:
        mask = _crop(body)
    elif kind == _TILES:
        mask = _tiles(body, size)
    else:
        raise _damaged("mask")
    if not contains((0, 0, size[1], size[0]), mask.box):
        raise EngineError(
            f"A stored mask reaches to {mask.box}, outside its image of {size[1]} by {size[0]}"
            " pixels. The project file is damaged or belongs to other images."
        )
    return mask


def _crop(body: bytes) -> Mask:
    if len(body) < CROP_HEAD.size:
        raise _damaged("mask")
    left, top, width, height = CROP_HEAD.unpack_from(body)
    if not (0 < width <= SMALL and 0 < height <= SMALL):
        raise _damaged("mask")
    packed = unpack(body[CROP_HEAD.size :], (width * height + 7) // 8, "mask")
    flat = np.unpackbits(np.frombuffer(packed, np.uint8), count=width * height).view(np.bool_)
    bits = flat.reshape(height, width)
    counted = np.count_nonzero
    if counted(bits[0]) and counted(bits[-1]) and counted(bits[:, 0]) and counted(bits[:, -1]):
        return Mask(crop=Piece(left, top, freeze(bits)))  # tight, as it was written
    return Mask.from_bits(bits, left, top)


def _tiles(body: bytes, size: tuple[int, int]) -> Mask:
    table, rest = _table(body, _KEYS, "mask")
    rows, columns = table["row"], table["column"]
    highest = -(-size[0] // SIDE), -(-size[1] // SIDE)
    if (
        min(rows.min(), columns.min()) < 0
        or rows.max() >= highest[0]
        or columns.max() >= highest[1]
        or table["full"].max() > 1
        or np.unique(rows.astype(np.int64) * highest[1] + columns).size != rows.size
    ):
        raise _damaged("mask")
    packed = unpack(rest, int((table["full"] == 0).sum()) * PIXELS // 8, "mask")
    tiles: Tiles = {}
    at = 0
    for row, column, full in table.tolist():
        if full:
            tiles[row, column] = FULL
            continue
        tiles[row, column] = _tile_bits(packed[at : at + PIXELS // 8])
        at += PIXELS // 8
    return Mask.from_tiles(tiles)


def _tile_bits(packed: bytes) -> Bits:
    return np.unpackbits(np.frombuffer(packed, np.uint8)).view(np.bool_).reshape(SIDE, SIDE)


def patch_to_bytes(patch: IndexPatch) -> bytes:
    """``patch`` for storing; pieces of one value throughout take 15 bytes."""
    if not patch:
        return _HEAD.pack(VERSION, _PATCH) + _COUNT.pack(0)
    table, kept = [], []
    for piece in patch.pieces:
        form = _THROUGHOUT
        if piece.bits is not None:
            form = _AT_BITS
            kept.append(np.packbits(piece.bits).tobytes())
        elif not piece.value:
            form = _NARROW if piece.xor.itemsize == 1 else _WIDE
            kept.append(_little(piece.xor))
        table.append((piece.left, piece.top, *piece.shape[::-1], piece.value, form))
    head = _HEAD.pack(VERSION, _PATCH) + _COUNT.pack(len(table))
    return head + np.array(table, _PIECES).tobytes() + _pack(b"".join(kept))


def patch_from_bytes(data: bytes, size: tuple[int, int]) -> IndexPatch:
    """The patch written by ``patch_to_bytes`` for an image of ``size`` (height, width).

    Raises:
        EngineError: the bytes are damaged, or the patch leaves the image.
    """
    kind, body = _open(data, "change")
    if kind != _PATCH:
        raise _damaged("change")
    if body == _COUNT.pack(0):
        return IndexPatch()
    table, rest = _table(body, _PIECES, "change")
    rows: list[_Row] = table.tolist()
    tiles = {(row[0] // SIDE, row[1] // SIDE) for row in rows}
    if len(tiles) != len(rows) or not all(_fits(row, size) for row in rows):
        raise _damaged("change")
    lengths = [_length(row) for row in rows]
    kept = unpack(rest, sum(lengths), "change")
    pieces, at = [], 0
    for row, length in zip(rows, lengths, strict=True):
        pieces.append(_piece(row, kept[at : at + length]))
        at += length
    return IndexPatch(tuple(pieces))


def _piece(row: _Row, kept: bytes) -> IndexPiece:
    left, top, width, height, value, form = row
    shape = height, width
    if form == _THROUGHOUT:
        return IndexPiece(left, top, shape, value=value)
    if form == _AT_BITS:
        packed = np.frombuffer(kept, np.uint8)
        bits = np.unpackbits(packed, count=width * height).view(np.bool_).reshape(shape)
        return IndexPiece(left, top, shape, value=value, bits=freeze(bits))
    return IndexPiece(left, top, shape, xor=_values(kept, 1 if form == _NARROW else 2, shape))


def _fits(row: _Row, size: tuple[int, int]) -> bool:
    """Whether a piece lies inside the image and inside one tile, and has a possible value."""
    left, top, width, height, value, form = row
    box: Box = left, top, left + width, top + height
    return (
        width > 0
        and height > 0
        and contains((0, 0, size[1], size[0]), box)
        and left // SIDE == (box[2] - 1) // SIDE
        and top // SIDE == (box[3] - 1) // SIDE
        and form <= _WIDE
        and (value > 0) == (form in {_THROUGHOUT, _AT_BITS})
    )


def _length(row: _Row) -> int:
    """Bytes kept for a piece beside its row."""
    pixels = row[2] * row[3]
    return (0, (pixels + 7) // 8, pixels, 2 * pixels)[row[5]]


def _little(values: Values) -> bytes:
    return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()


def _values(raw: bytes, itemsize: int, shape: tuple[int, int]) -> Values:
    stored: Values = np.frombuffer(raw, np.dtype("u1" if itemsize == 1 else "<u2"))
    return stored.reshape(shape)


def tile_to_bytes(tile: Kept | Tile) -> bytes:
    """One tile of a mask (bool) or of a class map (int, uint8 or uint16) for storing."""
    if tile is FULL:
        return _HEAD.pack(VERSION, _ONE_VALUE) + _COUNT.pack(0xFFFFFFFF)
    if isinstance(tile, int):
        return _HEAD.pack(VERSION, _ONE_VALUE) + _COUNT.pack(tile)
    if isinstance(tile, Packed):
        return _HEAD.pack(VERSION, _BITS) + _pack(_tile_bytes(tile))
    if tile.dtype == np.bool_:
        return _HEAD.pack(VERSION, _BITS) + _pack(np.packbits(tile).tobytes())
    numbers: Values = tile.view(tile.dtype)
    return _HEAD.pack(VERSION, _VALUES) + bytes([tile.itemsize]) + _pack(_little(numbers))


def tile_from_bytes(data: bytes) -> Bits | Tile:
    """The tile written by ``tile_to_bytes``, of whichever map it was.

    Raises:
        EngineError: the bytes are damaged.
    """
    kind, body = _open(data, "tile")
    if kind == _BITS or body == _COUNT.pack(0xFFFFFFFF):
        return mask_tile_from_bytes(data)
    return class_tile_from_bytes(data)


def mask_tile_from_bytes(data: bytes) -> Bits:
    """The tile of a mask written by ``tile_to_bytes``: bool, (SIDE, SIDE), read-only.

    Raises:
        EngineError: the bytes are damaged or hold another kind of tile.
    """
    kind, body = _open(data, "tile")
    if kind == _ONE_VALUE and body == _COUNT.pack(0xFFFFFFFF):
        return FULL
    if kind != _BITS:
        raise _damaged("tile")
    bits = _tile_bits(unpack(body, PIXELS // 8, "tile"))
    bits.flags.writeable = False
    return bits


def class_tile_from_bytes(data: bytes) -> Tile:
    """The tile of a class map written by ``tile_to_bytes``, canonical.

    Raises:
        EngineError: the bytes are damaged or hold another kind of tile.
    """
    kind, body = _open(data, "tile")
    if kind == _ONE_VALUE and len(body) == _COUNT.size and _COUNT.unpack(body)[0] <= 0xFFFF:
        return int(_COUNT.unpack(body)[0])
    if kind != _VALUES or body[:1] not in {b"\x01", b"\x02"}:
        raise _damaged("tile")
    raw = unpack(body[1:], PIXELS * body[0], "tile")
    return canonical(_values(raw, body[0], (SIDE, SIDE)))


def _open(data: bytes, what: str) -> tuple[int, bytes]:
    if len(data) < _HEAD.size:
        raise _damaged(what)
    version, kind = _HEAD.unpack_from(data)
    if version != VERSION:
        raise EngineError(
            f"A stored {what} has the form number {version}; this Maskwright reads {VERSION}."
            " Open it with a newer Maskwright."
        )
    return kind, bytes(data[_HEAD.size :])


def _table(body: bytes, row: np.dtype[np.void], what: str) -> tuple[NDArray[np.void], bytes]:
    """The counted table at the start of ``body`` (one row at least), and what follows it."""
    if len(body) < _COUNT.size:
        raise _damaged(what)
    (rows,) = _COUNT.unpack_from(body)
    end = _COUNT.size + rows * row.itemsize
    if not 0 < rows <= _MOST or len(body) < end:
        raise _damaged(what)
    return np.frombuffer(body, row, rows, _COUNT.size), body[end:]


def _pack(raw: bytes) -> bytes:
    packed: bytes = library().compress(raw, 1)
    return packed


def _pack_all(parts: Iterable[bytes]) -> bytes:
    """Like ``_pack`` for what is not to be in memory at once."""
    packer = library().compressobj(1)
    out = [packer.compress(part) for part in parts]
    return b"".join([*out, packer.flush()])


def unpack(data: bytes, length: int, what: str) -> bytes:
    """Exactly ``length`` bytes from under zlib, never more."""
    unpacker = library().decompressobj()
    try:
        raw: bytes = unpacker.decompress(data, length + 1)
    except errors():
        raise _damaged(what) from None
    if len(raw) != length or not unpacker.eof or unpacker.unused_data:
        raise _damaged(what)
    return raw


def _damaged(what: str) -> EngineError:
    return EngineError(
        f"A stored {what} is damaged and cannot be read. Go back to a copy of the project."
    )
