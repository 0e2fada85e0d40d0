"""What a file says about itself before its pixels are read."""

import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from engine.errors import EngineError
from engine.images.bmp import KIND as BMP_KIND
from engine.images.bmp import Bmp, has_too_many_colors, rare_bmp
from engine.images.jpeg_head import jpeg_head
from engine.images.kinds import READ, first_bytes, is_foreign, read_here
from engine.images.layout import Layout, layout_of
from engine.images.refusal import refusal

_ORIENTATION = 274
_TAIL = 80_000
"""Bytes at the end of a PNG in which EXIF is looked for; EXIF holds at most 65,533."""
_BITS_PER_SAMPLE = 258
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324
_LONG_FILE = 16 << 20
_MANY_TILES = 4096
_FAR = 200
"""Images of a TIFF that Pillow is let walk through."""

# The program has its own limit, said in words; Pillow's would only warn at 90 megapixels.
Image.MAX_IMAGE_PIXELS = None
# Harmless oddities of files (broken EXIF, unknown tags) are not news to the person at the screen.
warnings.filterwarnings("ignore", module=r"PIL\..*")


@dataclass(frozen=True, slots=True)
class Header:
    """What is known without decoding.

    Attributes:
        size: (height, width) as the image is meant to be seen, EXIF orientation applied.
        raw_size: (height, width) as stored.
        orientation: EXIF orientation 1..8; 1 when the file says nothing.
        pages: images in the file.
        bits: bits of one sample as stored.
        mode: Pillow's name of the pixel form, e.g. "RGB", "I;16", "P"; "" where it has none.
        kind: Pillow's name of the file format, e.g. "JPEG".
        layout: what the pages of a TIFF are; None for other kinds, and where that is not known.
    """

    path: Path
    size: tuple[int, int]
    raw_size: tuple[int, int]
    orientation: int
    pages: int
    bits: int
    mode: str
    kind: str
    layout: Layout | None = None


def image_header(path: Path, page: int = 0) -> tuple[tuple[int, int], int, tuple[int, int]]:
    """(oriented size, EXIF orientation, stored size) of a page of a file.

    Raises:
        EngineError: it is no image that can be read.
    """
    with reading(path):
        plain = None if page else jpeg_head(path)
    if plain is not None:
        raw, turned = plain
        return (raw[::-1] if turned >= 5 else raw), turned, raw
    header = read_header(path, page)
    return header.size, header.orientation, header.raw_size


def read_header(path: Path, page: int = 0) -> Header:
    """Read everything but the pixels.

    Raises:
        EngineError: it is no image that can be read, or it has no such page.
    """
    with reading(path):
        head = first_bytes(path)
        kinds = read_here(head)
        if is_foreign(head):
            raise UnidentifiedImageError
        if kinds:
            return header_here(path, page, kinds)
    from engine.images import worker_host

    return worker_host.header(path, page)


def header_here(path: Path, page: int = 0, kinds: tuple[str, ...] = READ) -> Header:
    """As ``read_header``, in this process whatever the file.

    Args:
        path: the file.
        page: which of its images.
        kinds: what it may be, as Pillow calls them.

    Raises:
        EngineError: as ``read_header``.
    """
    with reading(path):
        layout = layout_of(path) if _is_tiff(path) else None
        if layout is not None:
            check_page(path, page, layout.pages)
            at = 0 if layout.block is not None else layout.planes(page)[0]
            # Pillow walks to a page through all before it, a second for the last of 10,000, and
            # reads the place of every tile: 0.1 s where there are 100,000.
            long = at > _FAR or _has_many_tiles(path, at)
            return (None if long else _by_pillow(path, layout, at)) or _by_tifffile(
                path, layout, at
            )
        try:
            return _opened(path, page, kinds)
        except (OSError, ValueError):
            rare = rare_bmp(path)
            if rare is None:
                raise
        check_page(path, page, 1)
        return _of_bmp(path, rare)


def _opened(path: Path, page: int, kinds: tuple[str, ...]) -> Header:
    with Image.open(path, formats=kinds) as image:
        if image.format == "BMP" and has_too_many_colors(path):
            raise ValueError("Pillow opens it and then stumbles over its palette")
        pages = page_count(image)
        if page:
            check_page(path, page, pages)
            image.seek(page)
        return describe(path, image, pages)


def describe(path: Path, image: Image.Image, pages: int, layout: Layout | None = None) -> Header:
    """The header of an image that Pillow has open and has not decoded."""
    width, height = image.size
    tiff = isinstance(image, TiffImagePlugin.TiffImageFile)
    orientation = _orientation(image)
    turned = orientation >= 5
    if tiff and turned:  # Pillow has turned the size of a TIFF already
        size, raw_size = (height, width), (width, height)
    else:
        raw_size = (height, width)
        size = (width, height) if turned else raw_size
    _check_size(path, size)
    bits, kind = _bits(image), image.format or ""
    return Header(path, size, raw_size, orientation, pages, bits, image.mode, kind, layout)


def _of_bmp(path: Path, about: Bmp) -> Header:
    """The header of a BMP that Pillow does not read."""
    _check_size(path, about.size)
    mode = "RGBA" if len(about.masks) == 4 else "RGB"
    return Header(path, about.size, about.size, 1, 1, about.sample_bits, mode, BMP_KIND)


def _is_tiff(path: Path) -> bool:
    """By its first bytes, whatever its name; classic and BigTIFF, either byte order."""
    return read_here(first_bytes(path)) == ("TIFF",)


def _has_many_tiles(path: Path, at: int) -> bool:
    if path.stat().st_size < _LONG_FILE:
        return False
    import tifffile

    with tifffile.TiffFile(path) as file:
        tags = file.pages[at].tags
        found = tags.get(_TILE_OFFSETS) or tags.get(_STRIP_OFFSETS)
        return found is not None and int(found.count) > _MANY_TILES


def _by_pillow(path: Path, layout: Layout, at: int) -> Header | None:
    """The header of one image of a TIFF; None where Pillow does not know its pixels."""
    try:
        with Image.open(path, formats=("TIFF",)) as image:
            image.seek(at)
            return describe(path, image, layout.pages, layout)
    except (UnidentifiedImageError, EOFError, SyntaxError, ValueError, KeyError):
        return None


def _by_tifffile(path: Path, layout: Layout, at: int) -> Header:
    import tifffile

    with tifffile.TiffFile(path) as file:
        page = file.pages[at]
        tag = page.tags.get(_ORIENTATION)
        orientation = int(tag.value) if tag is not None and tag.value in range(1, 9) else 1
        raw_size = int(page.imagelength), int(page.imagewidth)
        bits = int(page.bitspersample)
    size = (raw_size[1], raw_size[0]) if orientation >= 5 else raw_size
    _check_size(path, size)
    return Header(path, size, raw_size, orientation, layout.pages, bits, "", "TIFF", layout)


@contextmanager
def reading(path: Path) -> Generator[None]:
    """Turn whatever decoders raise on a foreign file into one sentence.

    Raises:
        EngineError: instead of anything else.
    """
    try:
        yield
    except EngineError:
        raise
    except Exception as problem:
        # Decoders raise nearly everything on a damaged file: OSError, SyntaxError, struct.error…
        raise refusal(path, problem) from problem


def page_count(image: Image.Image) -> int:
    """Pages of a file that Pillow has open; the extra previews of an MPO photo are not pages."""
    return 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))


def check_page(path: Path, page: int, pages: int) -> None:
    """Refuse a page that the file has not.

    Raises:
        EngineError: naming how many there are.
    """
    if not 0 <= page < pages:
        raise EngineError(f"{path.name} has {pages} pages; there is no page {page + 1}.")


def _orientation(image: Image.Image) -> int:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        value = image.tag_v2.get(_ORIENTATION, 1)
    else:
        try:
            png = image.format == "PNG"
            value = (_png_exif(image) if png else image.getexif()).get(_ORIENTATION, 1)
        except Exception:  # EXIF is a file of its own, and as often damaged; the photo still shows
            value = 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _png_exif(image: Image.Image) -> Image.Exif:
    """The EXIF of a PNG without its pixels: Pillow's ``getexif`` would decode the whole file.

    The chunk eXIf stands before the pixels, or after them (PNG specification, 11.3.4.5).
    """
    exif = Image.Exif()
    found = image.info.get("exif")
    name = getattr(image, "filename", "")
    if found is None and name:
        found = _last_exif(Path(name))
    if found:
        exif.load(found)
    return exif


def _last_exif(path: Path) -> bytes | None:
    """The data of an eXIf chunk in the last part of a PNG; its checksum must be right."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read()
    at = tail.rfind(b"eXIf")
    if at < 4:
        return None
    length = int.from_bytes(tail[at - 4 : at], "big")
    data, check = tail[at : at + 4 + length], tail[at + 4 + length : at + 8 + length]
    return data[4:] if zlib.crc32(data).to_bytes(4, "big") == check else None


def _bits(image: Image.Image) -> int:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(_BITS_PER_SAMPLE, (1,))
        return int(max(bits) if isinstance(bits, tuple) else bits)
    if image.format == "PNG":
        name = getattr(image, "filename", "")
        return _png_bits(Path(name)) if name else 8
    return {"1": 1, "I": 32, "F": 32}.get(image.mode, 16 if ";16" in image.mode else 8)


def _png_bits(path: Path) -> int:
    """Bit depth: byte 24 of a PNG, in its IHDR chunk (PNG specification, 11.2.2)."""
    with path.open("rb") as file:
        start = file.read(25)
    return start[24] if len(start) == 25 else 8


def _check_size(path: Path, size: tuple[int, int]) -> None:
    height, width = size
    if height < 1 or width < 1:
        raise EngineError(f"{path.name} says it is {width} × {height} pixels; it holds no picture.")
