"""Which files are pictures, by their first bytes, and which kinds are decoded where.

JPEG, PNG and BMP are decoded where they are wanted, and so are the tiles of a TIFF that is read by
region, of which libtiff at most unpacks bytes of a known length under a header of our own. Their
readers are the fastest there are and among the best tested. Everything else goes to another process
(``engine.images.worker_host``), whose end is a sentence and not the end of the program.
"""

import stat
from pathlib import Path
from typing import Final

from engine.errors import EngineError

HERE: Final = ("JPEG", "MPO", "PNG", "BMP", "DIB", "TIFF")
"""Kinds, as Pillow calls them, whose headers are read in this process."""

READ: Final = (
    *("JPEG", "PNG", "BMP", "DIB", "TIFF"),
    *("GIF", "WEBP", "AVIF", "JPEG2000", "PPM", "TGA", "ICO", "CUR", "ICNS", "PSD", "PCX", "DCX"),
    *("DDS", "SGI", "QOI", "SUN", "XBM", "XPM", "FITS", "IM", "MSP", "PIXAR", "BLP", "FTEX"),
)  # fmt: skip
"""Kinds that are read at all; MPO is opened as JPEG.

Pillow knows more. Left out are those that call other programs or libraries of the system on what
the file says (EPS runs Ghostscript; WMF; FPX and MIC) and stubs without a decoder.
"""

_STARTS: Final = {
    b"\xff\xd8\xff": ("JPEG",),
    b"\x89PNG\r\n\x1a\n": ("PNG",),
    b"BM": ("BMP",),
    b"II*\0": ("TIFF",),
    b"MM\0*": ("TIFF",),
    b"II+\0": ("TIFF",),
    b"MM\0+": ("TIFF",),
}
_OTHERS: Final = {
    b"GIF8": "GIF",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"8BPS": "Photoshop",
    b"\0\0\x01\0": "icon",
}
_FOREIGN: Final = {
    b"%PDF": "PDF",
    b"%!PS": "PostScript",
    b"\xc5\xd0\xd3\xc6": "PostScript",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"v/1\x01": "OpenEXR",
    b"\x89HDF": "HDF5",
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"<svg": "SVG",
    b"<?xml": "XML",
    b"\xd7\xcd\xc6\x9a": "Windows metafile",
}
_DICOM_AT: Final = 128
_HEAD: Final = 132


def first_bytes(path: Path) -> bytes:
    """The start of a file; nothing of what is no regular file, which might be read without end.

    Raises:
        OSError: it is not there, or may not be read.
        EngineError: it is a folder, a pipe, or a device.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise EngineError(f"{path.name} is no file but a folder, pipe or device. Choose an image.")
    with path.open("rb") as file:
        return file.read(_HEAD)


def read_here(head: bytes) -> tuple[str, ...]:
    """What a file that begins so may be, of the kinds read in this process; () for others."""
    return next((kinds for start, kinds in _STARTS.items() if head.startswith(start)), ())


def known_as(head: bytes) -> tuple[str, bool]:
    """What people call a file that begins so, and whether such files are read; "" for no idea."""
    here = read_here(head)
    if here:
        return here[0], True
    for start, name in _OTHERS.items():
        if head.startswith(start):
            return name, True
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP", True
    if head[4:8] == b"ftyp":
        return ("AVIF", True) if head[8:12] in (b"avif", b"avis") else ("HEIF or video", False)
    if head[_DICOM_AT:_HEAD] == b"DICM" or head[:4] in (
        b"\x08\0\0\0",
        b"\x08\0\x05\0",
        b"\x02\0\0\0",
    ):
        return "DICOM", False
    found = next((name for start, name in _FOREIGN.items() if head.startswith(start)), "")
    return found, False


def is_foreign(head: bytes) -> bool:
    """Whether a file that begins so is empty, or of a kind that is known and not read."""
    name, read = known_as(head)
    return not head or (bool(name) and not read)
