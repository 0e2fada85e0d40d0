"""PNG by rows: a part of the picture at a time, whatever its size (PNG specification, 3rd edition).

Inflating and undoing the filters run in two threads. The filters of a part are undone by numpy
where each row only needs the row above, and else by Pillow's decoder, which gets the part as a
stream of stored blocks that begins with the last row of the part before.
"""

import struct
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import EngineError
from engine.images.ahead import ahead
from engine.images.convert import Raw
from engine.images.inflate import Inflater

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by colour type: grey, colour, palette, grey and alpha, colour and alpha."""
_PALETTE: Final = 3
_MODES: Final = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""Pillow's mode with so many bytes a pixel; what the bytes mean is no matter to the filters."""

PART: Final = 4 << 20
"""Bytes of a part; a few fit into the processor's cache."""

_FEED: Final = 1 << 16
_BLOCK: Final = 65535  # bytes of a stored block (RFC 1951, 3.2.4)
MOST_RATIO: Final = 1032
"""Bytes that a byte of deflate can become at most (258 for two bits)."""


@dataclass(frozen=True, slots=True)
class Png:
    """What the chunks before the pixels say.

    Attributes:
        size: (height, width) as stored.
        dtype: uint8 or uint16, of a sample as given.
        channels: samples of a pixel as given, alpha included.
        alpha: whether the last channel is alpha.
    """

    path: Path
    size: tuple[int, int]
    dtype: np.dtype[Any]
    channels: int
    alpha: bool
    stored: int  # bytes of a pixel in the file
    palette: NDArray[np.uint8] | None
    start: int  # of the first IDAT chunk


def open_png(path: Path) -> Png | None:
    """What a file says before its pixels; None for kinds that are not read by rows.

    These are interlaced files, fewer than 8 bits a sample, and a transparent colour.

    Raises:
        EngineError: the file is too short for the pixels it claims.
        ValueError: the file is damaged.
    """
    with path.open("rb") as file:
        if file.read(8) != _SIGNATURE:
            raise ValueError("no PNG signature")
        found: dict[bytes, bytes] = {}
        while True:
            at = file.tell()
            length, kind = _chunk_head(file)
            if kind == b"IDAT":
                break
            if kind in (b"IHDR", b"PLTE", b"tRNS"):
                found[kind] = file.read(length)
                file.seek(4, 1)
            else:
                file.seek(length + 4, 1)
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", found[b"IHDR"])
    if interlaced or depth < 8 or colour not in _SAMPLES:
        return None
    clear = found.get(b"tRNS")
    if clear is not None and colour != _PALETTE:
        return None
    stored = _SAMPLES[colour] * depth // 8
    if path.stat().st_size * MOST_RATIO < height * (width * stored + 1):
        raise EngineError(
            f"{path.name} says it is {width:,} × {height:,} pixels, but holds too little for them; "
            "it is cut short or damaged. Save it again."
        )
    palette = _palette(found.get(b"PLTE", b""), clear) if colour == _PALETTE else None
    channels = _SAMPLES[colour] if palette is None else palette.shape[1]
    alpha = channels in (2, 4)
    dtype = np.dtype(np.uint16 if depth == 16 else np.uint8)
    return Png(path, (height, width), dtype, channels, alpha, stored, palette, at)


def parts(png: Png, rows: int = 0) -> Generator[Raw]:
    """The picture from top to bottom.

    Args:
        png: see ``open_png``.
        rows: of each part but the last; 0 for as many as make about ``PART`` bytes.

    Yields:
        (rows, width) or (rows, width, channels) in native byte order.

    Raises:
        ValueError: the file is damaged or cut short.
    """
    width = png.size[1]
    line = width * png.stored + 1
    rows = rows or max(1, PART // line)
    above = np.zeros(line - 1, np.uint8)
    for data in ahead(_inflated(png, rows)):
        lines = np.frombuffer(data, np.uint8).reshape(-1, line)
        plain = _unfiltered(lines, above, png.stored)
        above = plain[-1].reshape(-1)
        yield _meant(plain.reshape(len(lines), width, png.stored), png)


def whole(png: Png) -> Raw:
    """All of it.

    Raises:
        ValueError: the file is damaged or cut short.
    """
    shape = png.size if png.channels == 1 else (*png.size, png.channels)
    out = np.empty(shape, png.dtype)
    top = 0
    for part in parts(png):
        out[top : top + len(part)] = part
        top += len(part)
    return out


def _chunk_head(file: BinaryIO) -> tuple[int, bytes]:
    head = file.read(8)
    if len(head) < 8:
        raise ValueError("cut short")
    length, kind = struct.unpack(">I4s", head)
    return int(length), bytes(kind)


def _palette(colours: bytes, clear: bytes | None) -> NDArray[np.uint8]:
    """(256, 3), or (256, 4) where some entries are transparent; missing ones are black."""
    out = np.zeros((256, 3 if clear is None else 4), np.uint8)
    table = np.frombuffer(colours[: len(colours) // 3 * 3], np.uint8).reshape(-1, 3)[:256]
    out[: len(table), :3] = table
    if clear is not None:
        out[:, 3] = 255
        out[: min(256, len(clear)), 3] = np.frombuffer(clear[:256], np.uint8)
    return out


def _meant(pixels: NDArray[np.uint8], png: Png) -> Raw:
    """What the bytes (rows, width, bytes of a pixel) mean."""
    if png.palette is not None:
        return np.take(png.palette, pixels[..., 0], axis=0)
    if png.dtype == np.uint8:
        return pixels[..., 0] if png.channels == 1 else pixels
    deep = np.ascontiguousarray(pixels).view(">u2").astype(np.uint16)
    return deep[..., 0] if png.channels == 1 else deep


# -- the stream ----------------------------------------------------------------------------------


def _inflated(png: Png, rows: int) -> Iterator[bytearray]:
    """The filtered lines, ``rows`` of them at a time."""
    height, width = png.size
    line, inflater, waiting = width * png.stored + 1, Inflater(), b""
    with png.path.open("rb") as file:
        data = _image_data(file, png.start)
        for top in range(0, height, rows):
            out = bytearray(min(rows, height - top) * line)
            done = 0
            while done < len(out):
                if not waiting:
                    waiting = b"" if inflater.ended else next(data, b"")
                made = inflater.give(waiting, len(out) - done)
                if not made and not waiting:
                    raise ValueError("cut short")
                waiting = inflater.rest
                out[done : done + len(made)] = made
                done += len(made)
            yield out


def _image_data(file: BinaryIO, start: int) -> Iterator[bytes]:
    """The contents of the IDAT chunks, whose checksums must be right."""
    file.seek(start)
    while True:
        length, kind = _chunk_head(file)
        if kind != b"IDAT":
            return
        check = zlib.crc32(kind)
        while length:
            data = file.read(min(_FEED, length))
            if not data:
                raise ValueError("cut short")
            length -= len(data)
            check = zlib.crc32(data, check)
            yield data
        if file.read(4) != check.to_bytes(4, "big"):
            raise ValueError("a checksum is wrong")


# -- filters -------------------------------------------------------------------------------------


def _unfiltered(lines: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """The bytes of the pixels, (rows, bytes of a line without its filter)."""
    filters = lines[:, 0]
    if int(filters.max()) > 4:
        raise ValueError("a filter that is none")
    if int(filters.max()) <= 2:
        return _by_rows(lines, above, step)
    if step in _MODES:
        return _by_pillow(lines, above, step)
    return _by_opencv(lines, above, step)


def _by_rows(lines: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """For the filters none, sub and up: sums of bytes, modulo 256 by their type."""
    out = np.empty((lines.shape[0], lines.shape[1] - 1), np.uint8)
    for row, (kind, line) in enumerate(zip(lines[:, 0].tolist(), lines[:, 1:], strict=True)):
        if kind == 0:
            out[row] = line
        elif kind == 1:
            across = line.reshape(-1, step)
            np.add.accumulate(across, 0, np.uint8, out[row].reshape(-1, step))
        else:
            np.add(line, above, out=out[row])
        above = out[row]
    return out


def _by_pillow(lines: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    mode, width = _MODES[step], (lines.shape[1] - 1) // step
    stream = _stored(b"\0" + above.tobytes() + lines.tobytes())
    image = Image.frombytes(mode, (width, len(lines) + 1), stream, "zip", mode)
    return np.asarray(image)[1:].reshape(len(lines), -1)


def _by_opencv(lines: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """For 16 bits of colour, which Pillow would cut to 8."""
    import cv2

    width, height = (lines.shape[1] - 1) // step, len(lines) + 1
    colour = 2 if step == 6 else 6
    head = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    stream = _stored(b"\0" + above.tobytes() + lines.tobytes())
    file = _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", stream) + _chunk(b"IEND", b"")
    pixels = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("the filters cannot be undone")
    turned = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB if step == 6 else cv2.COLOR_BGRA2RGBA)
    return np.asarray(turned[1:], ">u2").view(np.uint8).reshape(len(lines), -1)


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def _stored(data: bytes) -> bytes:
    """A zlib stream of the data without compression (RFC 1950, RFC 1951)."""
    view, out = memoryview(data), [b"\x78\x01"]
    for start in range(0, len(data), _BLOCK):
        block = view[start : start + _BLOCK]
        last = start + _BLOCK >= len(data)
        out += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), bytes(block)]
    out.append(zlib.adler32(data).to_bytes(4, "big"))
    return b"".join(out)
