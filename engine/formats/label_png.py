"""Label pictures: PNGs whose values, palette indices or colours are classes or objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import EngineError
from engine.formats.base import SheetImage
from engine.formats.find_images import DEEPEST, tidy_part
from engine.formats.png_colors import read_indices
from engine.formats.reading import make_folder, write_check
from engine.formats.whole import write_whole
from engine.images.convert import bands
from engine.images.header import read_header, reading
from engine.images.kinds import READ
from engine.images.picture import split_page

Number = TypeVar("Number", bound=np.unsignedinteger)

LARGEST = 400_000_000
"""Pixels of the largest label picture that is read: it is decoded as a whole."""


@dataclass(frozen=True, slots=True)
class Labels:
    """A label picture.

    Attributes:
        values: (height, width), uint8, uint16 or, for colours, uint32 as R + 256 G + 65,536 B.
        palette: Index → "#RRGGBB" of a palette picture; empty for others.
        colors: Whether the values are colours.
    """

    values: NDArray[np.unsignedinteger]
    palette: dict[int, str]
    colors: bool

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return int(self.values.shape[0]), int(self.values.shape[1])


def read_labels(path: Path, *, gray_is_color: bool = False) -> Labels:
    """Read a label picture.

    Args:
        path: The file.
        gray_is_color: Take pictures in colour as colours even where all of theirs are grey.

    Raises:
        EngineError: It cannot be read, is too large, or holds something other than labels.
    """
    size = read_header(path).raw_size
    if size[0] * size[1] > LARGEST:
        raise EngineError(
            f"{path.name} has {size[1]:,} × {size[0]:,} pixels, too many for a label picture. "
            "Cut it into tiles."
        )
    with reading(path), Image.open(path, formats=READ) as image:
        if image.mode in ("RGB", "RGBA"):
            array = np.asarray(image.convert("RGB"))
            if gray_is_color or not all((array[b] == array[b, :, :1]).all() for b in bands(array)):
                return Labels(pack(array), {}, colors=True)
        palette = _palette_of(image) if image.mode == "P" else {}
    values = read_indices(path)
    return Labels(values.astype(f"uint{8 * values.itemsize}", copy=False), palette, colors=False)


def read_colors(path: Path) -> NDArray[np.uint32]:
    """The colours of any picture, (height, width), as R + 256 G + 65,536 B.

    Raises:
        EngineError: See `read_labels`.
    """
    labels = read_labels(path, gray_is_color=True)
    if labels.colors:
        return np.asarray(labels.values, np.uint32)
    table = np.array([at * 0x10101 for at in range(256)] + [0] * 65280, np.uint32)
    for index, color in labels.palette.items():
        table[index] = packed(color)
    return np.asarray(table[labels.values], np.uint32)


def pack(array: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """R + 256 G + 65,536 B of (height, width, 3)."""
    out = np.empty(array.shape[:2], np.uint32)
    for rows in bands(array):
        wide = array[rows].astype(np.uint32)
        out[rows] = wide[..., 0] | wide[..., 1] << 8 | wide[..., 2] << 16
    return out


def unpack(values: NDArray[np.unsignedinteger]) -> NDArray[np.uint8]:
    """The (height, width, 3) picture of `pack`."""
    return np.stack([values & 255, values >> 8 & 255, values >> 16 & 255], axis=-1).astype(np.uint8)


def packed(color: str) -> int:
    """R + 256 G + 65,536 B of "#RRGGBB"."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return red | green << 8 | blue << 16


def hex_color(value: int) -> str:
    """The "#RRGGBB" of R + 256 G + 65,536 B."""
    return f"#{value & 255:02X}{value >> 8 & 255:02X}{value >> 16 & 255:02X}"


def _palette_of(image: Image.Image) -> dict[int, str]:
    flat = image.getpalette("RGB") or []
    triples = zip(flat[0::3], flat[1::3], flat[2::3], strict=False)
    return {at: f"#{r:02X}{g:02X}{b:02X}" for at, (r, g, b) in enumerate(triples)}


def png_bytes(array: NDArray[np.generic], palette: bytes | None = None) -> bytes:
    """A PNG of (height, width) uint8 or uint16, or (height, width, 3) uint8.

    Args:
        array: The pixels.
        palette: 768 bytes of colours, for uint8.
    """
    image = Image.fromarray(array)
    if palette is not None:
        image = image.convert("L")
        image.putpalette(palette)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def write_labels(
    path: Path, array: NDArray[np.unsignedinteger], name: str, palette: bytes | None = None
) -> None:
    """Write a label picture and read it back.

    Args:
        path: The file; folders above it are made.
        array: The values, see `png_bytes`.
        name: Of the image, for messages.
        palette: See `png_bytes`.

    Raises:
        EngineError: It cannot be written, or came back different.
    """
    make_folder(path.parent)
    write_whole(path, png_bytes(array, palette))
    write_check(path, np.array_equal(read_labels(path).values, array), name)


def png_bits(data: bytes) -> NDArray[np.bool_] | None:
    """The pixels of a PNG that are not 0, (height, width); None where it is none.

    Of pictures that are clear in places, the pixels that are not clear.
    """
    try:
        with Image.open(BytesIO(data), formats=("PNG",)) as image:
            if image.width * image.height > LARGEST:
                return None
            array = np.asarray(image)
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError):
        return None
    bits: NDArray[np.bool_] = array.astype(np.bool_)
    if bits.ndim == 2:
        return bits
    shown = bits[..., -1]
    clear = bits.shape[2] in (2, 4) and not shown.all()
    return np.ascontiguousarray(shown) if clear else np.asarray(bits.any(axis=2))


def lookup(values: Mapping[int, int], rest: int, dtype: type[Number]) -> NDArray[Number]:
    """A table to index with class values: (65536,), `rest` where none is given."""
    table = np.full(65536, rest, dtype)
    for key, value in values.items():
        table[key] = value
    return table


def voc_palette() -> NDArray[np.uint8]:
    """The colours of PASCAL VOC, (256, 3): bits of the index dealt to R, G, B from the top.

    Source: the VOC development kit, VOClabelcolormap.m.
    """
    index = np.arange(256)
    colors = np.zeros((256, 3), np.uint8)
    for step in range(8):
        for channel in range(3):
            bit = (index >> (3 * step + channel)) & 1
            colors[:, channel] |= (bit << (7 - step)).astype(np.uint8)
    return colors


def plain_stem(image: SheetImage) -> str:
    """What a file beside an image is called: its name without suffix, inside the folder."""
    plain = PurePosixPath(image.file_name.replace("\\", "/"))
    named = image.mask_name.replace("\\", "/") or plain.parent.as_posix() + "/" + plain.stem
    parts = [part for each in named.split("/") if (part := tidy_part(each))]
    return "/".join(parts[-DEEPEST:]) or "image"


def paired_names(images: Sequence[SheetImage], tail: str = "") -> dict[int, str]:
    """Names of pictures that differ from those of their masks by `tail` and the suffix alone.

    Pages of one file keep the file's name.

    Args:
        images: In the order in which their masks are written.
        tail: What pictures have behind the name.
    """
    names, found = Names(), {}
    for each in images:
        stem = names.of(each).removesuffix(tail)
        file, page = split_page(each.file_name)
        found[each.key] = each.file_name if page else f"{stem}{tail}{PurePosixPath(file).suffix}"
    return found


class Names:
    """Gives every image a name without suffix; "photo.jpg" and "photo.png" do not share one."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def of(self, image: SheetImage) -> str:
        """A name that no other image got, "/" between folders."""
        stem = plain_stem(image)
        name, more = stem, 1
        if name.casefold() in self._used:
            name = f"{stem}_{PurePosixPath(image.file_name).suffix.lstrip('.')}"
        while name.casefold() in self._used:
            more += 1
            name = f"{stem}_{more}"
        self._used.add(name.casefold())
        return name
