"""What other readers make of an image file: Pillow and tifffile, in the form ours gives it."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import tifffile
from PIL import Image, ImageOps
from skimage.color import lab2rgb

FOLDERS = ("odd", "formats")
_KINDS = (
    "png apng jpg jpeg tif tiff bmp gif webp avif jp2 j2k jpf tga psd ico mpo pgm ppm pbm bin dcm"
)
NAMES = frozenset(f".{each}" for each in _KINDS.split())


class Reference(NamedTuple):
    """Pixels by another reader.

    Attributes:
        pixels: (height, width) or (height, width, 3), oriented, transparent parts on white.
        by: whose they are.
        scale: how many of our steps one of its steps is, where it keeps fewer bits.
        near: by how much of its steps ours may differ, where both compute colour.
        average: ``near`` is meant on average: colour that a screen has not is cut in other ways.
    """

    pixels: np.ndarray
    by: str
    scale: int = 1
    near: float = 0.0
    average: bool = False


def images_below(assets: Path) -> list[Path]:
    """Every image file that must open right or be refused."""
    every = (path for name in FOLDERS for path in (assets / name).rglob("*"))
    return sorted(path for path in every if path.suffix.lower() in NAMES and path.is_file())


def references(path: Path) -> list[Reference]:
    """What others make of the first picture of a file; none where nobody reads it."""
    found = [_tifffile(path), _pillow(path)]
    return [each for each in found if each is not None]


def difference(ours: np.ndarray, other: Reference) -> str:
    """What tells two apart, in words; "" where they agree."""
    if ours.shape != other.pixels.shape:
        return f"shape {ours.shape}, by {other.by} {other.pixels.shape}"
    steps = ours.astype(np.float64) / other.scale
    steps = np.floor(steps) if other.scale > 1 and not other.near else steps
    apart = np.abs(steps - other.pixels)
    apart[np.isnan(apart)] = 0  # not a number in both, or compared below
    if (np.isfinite(steps) != np.isfinite(other.pixels)).any():
        return f"other values are infinite by {other.by}"
    apart[~np.isfinite(steps)] = 0
    most = apart.mean() if other.average else apart.max()
    return f"{most:g} from {other.by}" if most > other.near else ""


def _tifffile(path: Path) -> Reference | None:
    """Of plain grey and colour only, where tifffile needs no other package."""
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            pixels, kind = page.asarray(), int(page.photometric)
            turned = page.tags.get("Orientation")
            plain = not page.extrasamples and kind in (1, 2) and int(page.bitspersample) >= 8
            plain = plain and (turned is None or turned.value == 1)
            if page.planarconfig == 2 and pixels.ndim == 3:
                pixels = np.moveaxis(pixels, 0, -1)
    except Exception:  # as strict as it is
        return None
    return Reference(pixels, "tifffile") if plain else None


def _pillow(path: Path) -> Reference | None:
    try:
        with Image.open(path) as image:
            stored = _bits(path, image)
            image.load()
            seen = ImageOps.exif_transpose(image)
    except Exception:  # whatever it raises, it does not read it
        return None
    if seen.mode == "LAB":
        return Reference(_lab(np.asarray(seen)), "skimage", near=8, average=True)
    clear = "transparency" in seen.info or seen.mode in ("PA", "La", "RGBa")
    if clear or seen.mode in ("LA", "RGBA"):
        white = Image.new("RGBA", seen.size, "white")
        pixels = np.asarray(Image.alpha_composite(white, seen.convert("RGBA")).convert("RGB"))
        if seen.mode in ("L", "LA", "1"):
            pixels = pixels[..., 0]
        scale = 257 if stored == 16 else 1
        return Reference(pixels, "Pillow", scale, near=3 if scale > 1 else 1)
    pixels = np.asarray(_natural(seen))
    scale = 256 if stored == 16 and pixels.dtype == np.uint8 else 1
    if seen.mode == "CMYK" and scale > 1:
        return Reference(pixels, "Pillow", 257, near=1)
    return Reference(pixels, "Pillow", scale)


def _natural(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "RGB", "I", "F"):
        return image
    if image.mode == "1":
        return image.convert("L")
    return image.convert("I" if image.mode.startswith("I;16") else "RGB")


def _bits(path: Path, image: Image.Image) -> int:
    if image.format == "PNG":
        return path.read_bytes()[24]
    if image.format == "TIFF":
        return max(image.tag_v2.get(258, (1,)))
    return 8


def _lab(stored: np.ndarray) -> np.ndarray:
    """8 bits of L*, a* and b* (TIFF 6.0, page 111) to sRGB, white staying white."""
    lab = stored[..., 0] * (100 / 255), *(stored[..., k].view(np.int8) for k in (1, 2))
    return np.rint(255 * lab2rgb(np.stack(lab, axis=-1)))
