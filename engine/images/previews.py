"""Overviews of images that take long to decode, kept between sessions in the cache folder.

They are pictures to look at until the file is decoded, no data: JPEG files of at most 1,280 pixels
a side, named by path, time of change and length of the image, so that an image that was changed
has none. The oldest go when there are too many bytes.
"""

import contextlib
import hashlib
import os
import threading
from collections.abc import Generator
from pathlib import Path

import numpy as np
from PIL import Image

from engine.images.convert import RGB
from engine.images.pyramid import shrink

SIDE = 1280
SLOW_FROM = 6_000_000
"""Pixels from which a file that must be decoded as a whole gets an overview."""

MOST_BYTES = 256 << 20

_QUALITY = 88
_loading: dict[Path, threading.Event] = {}
_lock = threading.Lock()


def folder() -> Path:
    """Where they are kept."""
    import platformdirs

    return platformdirs.user_cache_path("maskwright", appauthor=False) / "previews"


def has(path: Path, page: int = 0) -> bool:
    """Whether there is one of this image as it is now."""
    name = _file(path, page)
    return name is not None and name.is_file()


def find(path: Path, page: int = 0) -> RGB | None:
    """The overview of an image, oriented; None when there is none."""
    name = _file(path, page)
    if name is None:
        return None
    try:
        with Image.open(name, formats=("JPEG",)) as image:
            pixels = np.array(image.convert("RGB"))
        os.utime(name)
    except (OSError, ValueError, SyntaxError):
        return None  # a cache: what cannot be read is made again
    return pixels


def keep(path: Path, page: int, pixels: RGB) -> None:
    """Keep an overview; a full or read-only disk is no matter here."""
    name = _file(path, page)
    if name is None:
        return
    part = name.with_name(f"{name.name}.{os.getpid()}.{threading.get_ident()}")
    with contextlib.suppress(OSError):
        name.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(shrink(pixels, SIDE)).save(part, "JPEG", quality=_QUALITY)
        part.replace(name)
        _trim(name.parent)


@contextlib.contextmanager
def loading(path: Path) -> Generator[None]:
    """Say that this image is being decoded, so that others wait for its overview instead."""
    done = threading.Event()
    with _lock:
        _loading.setdefault(path, done)
    try:
        yield
    finally:
        with _lock:
            if _loading.get(path) is done:
                del _loading[path]
        done.set()


def wait(path: Path) -> None:
    """Wait until nobody decodes this image."""
    with _lock:
        going = _loading.get(path)
    if going is not None:
        going.wait()


def _file(path: Path, page: int) -> Path | None:
    try:
        about = path.stat()
    except OSError:
        return None
    text = f"{path.absolute()}\0{page}\0{about.st_mtime_ns}\0{about.st_size}"
    return folder() / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.jpg"


def _trim(kept: Path) -> None:
    files = [(entry.stat(), entry.path) for entry in os.scandir(kept) if entry.is_file()]
    total = sum(about.st_size for about, _ in files)
    for about, name in sorted(files, key=lambda pair: pair[0].st_mtime):
        if total <= MOST_BYTES:
            return
        os.unlink(name)
        total -= about.st_size
