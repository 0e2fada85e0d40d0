"""Forms of BMP that Pillow does not read: any bit fields, 2 bits, RLE24, JPEG and PNG inside.

Sources: "Bitmap Storage" and BITMAPINFOHEADER to BITMAPV5HEADER, Microsoft; OS/2's header of 64
bytes as in the Encyclopedia of Graphics File Formats, "Microsoft Windows Bitmap"; what the files of
bmpsuite mean, https://entropymine.com/jason/bmpsuite/.
"""

import struct
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.images.convert import Raw
from engine.images.modes import known_mode

KIND: Final = "rare BMP"
"""What ``Header.kind`` is; Pillow calls no kind so, and it is decoded in the other process."""

_OS2: Final = 64
_SIZES: Final = (40, 52, 56, _OS2, 108, 124)
_RAW, _FIELDS, _JPEG_OR_RLE, _PNG, _ALPHA_FIELDS = 0, 3, 4, 5, 6
_FIXED: Final = 14
"""Bytes of the file's header, before that of the picture."""
_START: Final = 4096
_FEW: Final = 256


class Bmp(NamedTuple):
    """What the headers of a file say.

    Attributes:
        size: (height, width).
        bits: of a pixel.
        form: how pixels are stored: "fields", "palette", "rle", "JPEG" or "PNG".
        down: the first row is the top one.
        start: byte at which the pixels begin.
        masks: of red, green, blue and opacity, for "fields".
        palette: (colours, 3), for "palette".
    """

    size: tuple[int, int]
    bits: int
    form: str
    down: bool
    start: int
    masks: tuple[int, ...]
    palette: NDArray[np.uint8]

    @property
    def sample_bits(self) -> int:
        """Bits of a sample as it is handed on, 8 or 16."""
        return 16 if max(map(int.bit_count, self.masks), default=8) > 8 else 8


def rare_bmp(path: Path) -> Bmp | None:
    """What a BMP says about itself, where it may be of one of these forms; else None.

    Usual fields of bits, which Pillow reads, are among them.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_START)
    if len(head) < _FIXED + 40 or head[:2] != b"BM":
        return None
    start, length = struct.unpack_from("<I", head, 10)[0], struct.unpack_from("<I", head, 14)[0]
    if length not in _SIZES:
        return None
    width, height, _, bits, packing = struct.unpack_from("<iiHHI", head, 18)
    colors = struct.unpack_from("<I", head, 46)[0]
    form = _form(length, bits, packing, colors)
    if not form or width < 1 or not height:
        return None
    masks = _masks(head, length, packing) if form == "fields" else ()
    if form == "fields" and not all(map(_is_one_run, masks)):
        return None
    at = _FIXED + length
    count = min(colors or 1 << bits, 1 << bits) if form == "palette" else 0
    stored = np.frombuffer(head[at : at + 4 * count], np.uint8)
    palette = stored[: stored.size // 4 * 4].reshape(-1, 4)[:, 2::-1]
    return Bmp((abs(height), width), bits, form, height < 0, start, masks, palette)


def has_too_many_colors(path: Path) -> bool:
    """Whether a palette is longer than the pixels can tell colours apart.

    Raises:
        OSError: it cannot be read.
    """
    about = rare_bmp(path)
    return about is not None and about.form == "palette" and about.bits != 2


def _form(length: int, bits: int, packing: int, colors: int) -> str:
    if length == _OS2:
        return "rle" if (bits, packing) == (24, _JPEG_OR_RLE) else ""
    if packing in (_JPEG_OR_RLE, _PNG):
        return "PNG" if packing == _PNG else "JPEG"
    if packing in (_FIELDS, _ALPHA_FIELDS) and bits in (16, 32):
        return "fields"
    crowded = bits in (1, 4, 8) and colors > 1 << bits
    return "palette" if packing == _RAW and (bits == 2 or crowded) else ""


def _masks(head: bytes, length: int, packing: int) -> tuple[int, ...]:
    """They stand behind a header of 40 bytes, and in longer ones at the same place."""
    with_alpha = length >= 56 or packing == _ALPHA_FIELDS
    found: tuple[int, ...] = struct.unpack_from("<4I" if with_alpha else "<3I", head, _FIXED + 40)
    return found if any(found[3:]) else found[:3]


def _is_one_run(mask: int) -> bool:
    plain = mask >> _shift(mask)
    return plain & (plain + 1) == 0


def _shift(mask: int) -> int:
    """Zeros below the lowest one."""
    return (mask & -mask).bit_length() - 1 if mask else 0


def read_bmp(path: Path, about: Bmp) -> Raw:
    """The pixels, (height, width, 3) or, with opacity, (height, width, 4); uint8 or uint16.

    A sample of n bits is spread over the whole range: v · 255 / (2ⁿ - 1), rounded. Pixels that a
    run length code passes over are black.

    Raises:
        OSError: the file cannot be read, or is cut short.
        ValueError: what it holds contradicts itself.
    """
    data = path.read_bytes()[about.start :]
    if about.form in ("JPEG", "PNG"):
        return _inside(data, about.form)
    rows = _by_runs(data, about.size) if about.form == "rle" else _by_rows(data, about)
    return rows if about.down else rows[::-1]


def _inside(data: bytes, kind: str) -> Raw:
    with Image.open(BytesIO(data), formats=(kind,)) as image:
        image.load()
        return np.asarray(known_mode(image))


def _by_rows(data: bytes, about: Bmp) -> Raw:
    height, width = about.size
    stride = (width * about.bits + 31) // 32 * 4
    if len(data) < stride * height:
        raise OSError("image file is truncated")
    rows = np.frombuffer(data, np.uint8, stride * height).reshape(height, stride)
    if about.form == "palette":
        return _colored(_indices(rows, about.bits)[:, :width], about.palette)
    stored = rows.view("<u2" if about.bits == 16 else "<u4")[:, :width].astype(np.uint32)
    most = (1 << about.sample_bits) - 1
    kind: Any = np.uint16 if most > 255 else np.uint8
    out = np.zeros((height, width, len(about.masks)), kind)
    for at, mask in enumerate(about.masks):
        if mask:
            largest = mask >> _shift(mask)
            values = (stored & np.uint32(mask)) >> np.uint32(_shift(mask))
            out[..., at] = (values.astype(np.uint64) * most + largest // 2) // largest
    return out


def _indices(rows: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Pixels of less than a byte, the leftmost in the highest bits."""
    if bits == 8:
        return rows
    shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
    parts = rows[..., None] >> shifts & np.uint8((1 << bits) - 1)
    return parts.reshape(len(rows), -1)


def _colored(indices: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours that the palette has not are black."""
    table = np.zeros((_FEW, 3), np.uint8)
    table[: len(palette)] = palette[:_FEW]
    return table[indices]


def _by_runs(data: bytes, size: tuple[int, int]) -> NDArray[np.uint8]:
    """RLE24 of OS/2: the codes of RLE8 with three bytes for a pixel."""
    height, width = size
    out = np.zeros((height, width, 3), np.uint8)
    at = x = y = 0
    while at + 2 <= len(data) and y < height:
        count, code = data[at], data[at + 1]
        if count:
            run = min(count, width - x)
            out[y, x : x + run] = np.frombuffer(data[at + 1 : at + 4].ljust(3, b"\0"), np.uint8)
            x, at = x + run, at + 4
        elif code == 0:
            x, y, at = 0, y + 1, at + 2
        elif code == 1:
            break
        elif code == 2:
            right, up = data[at + 2 : at + 4].ljust(2, b"\0")
            x, y, at = min(width, x + right), y + up, at + 4
        else:
            pixels = np.frombuffer(data[at + 2 : at + 2 + 3 * code], np.uint8)
            pixels = pixels[: pixels.size // 3 * 3].reshape(-1, 3)[: width - x]
            out[y, x : x + len(pixels)] = pixels
            x, at = x + len(pixels), at + 2 + 3 * code + code % 2
    else:
        if y < height:
            raise OSError("image file is truncated")
    return out[..., ::-1]
