"""The bytes of one tile or strip of a TIFF file to samples (TIFF 6.0; technical notes 2 and 3).

Deflate is inflated here. LZW, PackBits, LZMA and Zstandard go through the libtiff that Pillow
brings, wrapped as a picture of one strip of bytes, so that no sample is cut to 8 bits on the way.
JPEG, JPEG 2000 and WebP tiles are pictures of their own once their tables are put back.
"""

import io
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.images.convert import Raw
from engine.images.inflate import inflate

NONE: Final = 1
JPEG: Final = 7
_DEFLATE: Final = frozenset({8, 32946})
_BY_LIBTIFF: Final = frozenset({5, 32773, 34925, 50000})
_YCBCR_2000: Final = 33003
_JPEG_2000: Final = frozenset({_YCBCR_2000, 33005, 34712})
_WEBP: Final = 50001
KNOWN: Final = frozenset({NONE, JPEG, _WEBP}) | _DEFLATE | _BY_LIBTIFF | _JPEG_2000
"""Numbers of the compressions that are read."""

PICTURES: Final = frozenset({JPEG, _WEBP}) | _JPEG_2000
"""Those of which each tile is a picture: 8 bits, no predictor."""

RGB, YCBCR = 2, 6
_ADOBE_RGB: Final = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
"""The mark by which a JPEG says that it holds RGB, not YCbCr (Adobe technical note 5116)."""


def unpack(
    data: bytes,
    shape: tuple[int, int, int],
    dtype: np.dtype[np.generic],
    compression: int,
    predictor: int,
    least: int = 0,
) -> Raw:
    """The samples of a tile.

    Args:
        data: as it lies in the file.
        shape: rows, columns and samples of the tile.
        dtype: of a sample, in the file's byte order.
        compression: one of ``KNOWN`` that is not of ``PICTURES``.
        predictor: 1 none, 2 differences, 3 differences of bytes of floats.
        least: bytes that there must be; rows below the picture are often left out.

    Returns:
        (rows, columns, samples); what the data do not reach is 0.

    Raises:
        ValueError: the data are damaged or cut short.
    """
    size = shape[0] * shape[1] * shape[2] * dtype.itemsize
    if compression in _DEFLATE:
        data = inflate(data, size)
    elif compression in _BY_LIBTIFF:
        data = _by_libtiff(data, shape[0], size // shape[0], compression)
    if len(data) < least:
        raise ValueError("cut short")
    if len(data) < size:
        data = data + bytes(size - len(data))
    if predictor == 3:
        return _float_sums(data, shape, dtype)
    pixels: Raw = np.frombuffer(data, dtype, count=size // dtype.itemsize).reshape(shape)
    if predictor == 2:
        native = pixels.astype(dtype.newbyteorder("="))
        return np.add.accumulate(native, axis=1, dtype=native.dtype)
    return pixels


def picture(data: bytes, tables: bytes, compression: int, photometric: int) -> NDArray[np.uint8]:
    """The pixels of a tile that is a picture: uint8 (rows, columns, samples), colour as RGB.

    Args:
        data: as it lies in the file.
        tables: JPEGTables of the page; empty for none.
        compression: one of ``PICTURES``.
        photometric: PhotometricInterpretation of the page.

    Raises:
        OSError, SyntaxError, ValueError: the data are damaged.
    """
    if compression == JPEG:
        mark = _ADOBE_RGB if photometric == RGB else b""
        data = b"\xff\xd8" + mark + tables[2:-2] + data[2:]
    with Image.open(io.BytesIO(data), formats=("JPEG", "JPEG2000", "WEBP")) as image:
        image.load()
        pixels = np.asarray(image)
        if compression == _YCBCR_2000 and image.mode == "RGB":
            pixels = np.asarray(Image.fromarray(pixels, "YCbCr").convert("RGB"))
    if pixels.dtype != np.uint8:
        raise ValueError(f"a tile of {pixels.dtype}")
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _float_sums(data: bytes, shape: tuple[int, int, int], dtype: np.dtype[np.generic]) -> Raw:
    """Undo predictor 3: differences of bytes, most significant plane of a row first."""
    rows, columns, samples = shape
    lines = np.frombuffer(data, np.uint8)[: rows * columns * samples * dtype.itemsize]
    across = lines.reshape(rows, -1, samples)
    summed = np.add.accumulate(across, axis=1, dtype=np.uint8)
    planes = summed.reshape(rows, dtype.itemsize, columns * samples)
    big = np.ascontiguousarray(planes.transpose(0, 2, 1)).view(dtype.newbyteorder(">"))
    return np.asarray(big.reshape(shape))


def _by_libtiff(data: bytes, rows: int, width: int, compression: int) -> bytes:
    """The bytes of a strip, read as a grey picture of ``width`` bytes a row."""
    fields = [
        (256, 4, width),
        (257, 4, rows),
        (258, 3, 8),
        (259, 3, compression),
        (262, 3, 1),
        (273, 4, 0),  # the offset follows below
        (277, 3, 1),
        (278, 4, rows),
        (279, 4, len(data)),
    ]
    start = 8 + 2 + 12 * len(fields) + 4
    fields[5] = (273, 4, start)
    head = struct.pack("<2sHIH", b"II", 42, 8, len(fields))
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in fields)
    whole = io.BytesIO(head + entries + b"\0\0\0\0" + data)
    with Image.open(whole, formats=("TIFF",)) as image:
        image.load()
        return image.tobytes()
