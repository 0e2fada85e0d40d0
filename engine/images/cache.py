"""The folder of prepared pictures: limited, least recently used goes first, whole or not there.

A file in it is named by path, page, time of change and length of the image, so that an image that
was changed has none. What is being written has another name until it is whole; what a process that
died left behind is removed by the next one.
"""

import contextlib
import hashlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

LIMIT: Final = "MASKWRIGHT_CACHE_GIB"
"""Environment variable with the limit; other processes of the program inherit it."""

USUAL_GIB: Final = 8.0
_PART: Final = ".part"


def folder() -> Path:
    """Where prepared pictures lie."""
    import platformdirs

    return platformdirs.user_cache_path("maskwright", appauthor=False) / "pyramids"


def limit() -> int:
    """Bytes the folder may hold; one file in use may be larger than that."""
    try:
        gib = float(os.environ.get(LIMIT, USUAL_GIB))
    except ValueError:
        gib = USUAL_GIB
    return int(max(0.0, gib) * 2**30)


def set_limit(gib: float) -> None:
    """Change the limit for this process and those it starts."""
    os.environ[LIMIT] = str(gib)


def name_of(path: Path, page: int) -> str | None:
    """What a file about an image is called; None where the image is not there."""
    try:
        about = path.stat()
    except OSError:
        return None
    text = f"{path.absolute()}\0{page}\0{about.st_mtime_ns}\0{about.st_size}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def find(path: Path, page: int) -> Path | None:
    """The prepared file of an image as it is now, which counts as used; None when there is none."""
    name = name_of(path, page)
    found = None if name is None else folder() / f"{name}.tif"
    if found is None or not found.is_file():
        return None
    with contextlib.suppress(OSError):
        os.utime(found)
    return found


@contextlib.contextmanager
def making(path: Path, page: int, size: int) -> Generator[Path]:
    """A place to write a prepared file to; when the block ends well, the file is there.

    Room is made for it first. When the block raises, nothing stays.

    Args:
        path: the image.
        page: which of its images.
        size: bytes the file will have, about.

    Raises:
        OSError: it cannot be written.
    """
    name = name_of(path, page)
    if name is None:
        raise FileNotFoundError(path)
    kept = folder()
    kept.mkdir(parents=True, exist_ok=True)
    trim(room=size)
    part = kept / f"{name}.{os.getpid()}{_PART}"
    try:
        yield part
        part.replace(kept / f"{name}.tif")
    finally:
        part.unlink(missing_ok=True)
    trim(keep=f"{name}.tif")


def trim(room: int = 0, keep: str = "") -> None:
    """Remove what died half-way, and the oldest until all fits, ``room`` further bytes included.

    Args:
        room: bytes that will be added.
        keep: name of a file that stays whatever its size.
    """
    with contextlib.suppress(OSError):
        entries = [entry for entry in os.scandir(folder()) if entry.is_file()]
        for entry in entries:
            if entry.name.endswith(_PART) and not _is_written(entry.name):
                Path(entry.path).unlink(missing_ok=True)
        whole = [(entry.stat(), entry) for entry in entries if not entry.name.endswith(_PART)]
        total = room + sum(about.st_size for about, _ in whole)
        for about, entry in sorted(whole, key=lambda pair: pair[0].st_mtime):
            if total <= limit():
                return
            if entry.name != keep:
                Path(entry.path).unlink(missing_ok=True)
                total -= about.st_size


def _is_written(name: str) -> bool:
    """Whether the process that began a part still lives; our own parts are in use."""
    import psutil

    number = name.removesuffix(_PART).rpartition(".")[2]
    return number.isdigit() and psutil.pid_exists(int(number))
