"""What the file of an image was when its masks were made, and whether it still is.

A file is known by its length and a BLAKE2b hash of its bytes; the time of its last change is kept
only to look no further where neither length nor time differ. Of files above ``LARGE`` bytes the
hash is over the length and ``SAMPLES`` pieces of ``PIECE`` bytes, the first and the last among
them, evenly spread: a change that leaves the length and all of these alone is not noticed.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

from engine.errors import EngineError
from engine.images.plain_file import open_plain
from engine.store.contents import SINCE

LARGE: Final = 64 << 20
PIECE: Final = 1 << 20
SAMPLES: Final = 48
GLANCE: Final = 16 << 10

WHOLE: Final = "blake2b:"
"""How the digest of a whole file begins."""

SAMPLED: Final = "blake2b-48x1MiB:"
"""How the digest of a large file begins."""

State = Literal["same", "changed", "missing", "new"]
"""``new``: nothing was noted of it yet."""

_READ: Final = "SELECT image, bytes, changed, digest, noted FROM files"
_PUT: Final = "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)"


class Identity(NamedTuple):
    """A file's content.

    Attributes:
        bytes: its length.
        changed: time of its last change, nanoseconds since 1970; no part of what it is.
        digest: see the module.
        noted: when this was found to be so, seconds since 1970.
    """

    bytes: int
    changed: int
    digest: str
    noted: float

    def same(self, other: "Identity") -> bool:
        """Whether both are the same content."""
        return (self.bytes, self.digest) == (other.bytes, other.digest)


class Finding(NamedTuple):
    """How the file of an image is.

    Attributes:
        image: id of the image.
        state: see ``State``.
        now: what the file is now; None where it is missing or was not read.
        size: (height, width) of the picture in it now, oriented; only looked at where the file
            changed, None where it cannot be told.
    """

    image: int
    state: State
    now: Identity | None = None
    size: tuple[int, int] | None = None


class Wanted(NamedTuple):
    """What a check needs to know of an image."""

    image: int
    path: Path
    page: int
    known: Identity | None


class FileRow(NamedTuple):
    """An image as a look at all files needs it.

    Attributes:
        image: its id.
        stored: path as stored, see ``engine.store.paths.located``.
        page: which image of the file.
        worked: it holds objects, or somebody said how far it is.
        known: what was noted of its file.
    """

    image: int
    stored: str
    page: int
    worked: bool
    known: Identity | None


def identity(path: Path) -> Identity:
    """Read a file and say what it is; lets other threads go on meanwhile.

    Raises:
        OSError: it is not there or cannot be read.
    """
    with open_plain(path) as file:
        found = os.fstat(file.fileno())
        length = found.st_size
        digest = hashlib.blake2b(digest_size=16)
        if length <= LARGE:
            for piece in iter(lambda: file.read(PIECE), b""):
                digest.update(piece)
        else:
            digest.update(str(length).encode())
            for at in _places(length, PIECE):
                file.seek(at)
                digest.update(file.read(PIECE))
        prefix = WHOLE if length <= LARGE else SAMPLED
        return Identity(length, found.st_mtime_ns, prefix + digest.hexdigest(), time.time())


def same_content(one: Path, other: Path) -> bool:
    """Whether two files hold the same, told without reading large ones whole.

    Lengths are compared, then all bytes of files up to ``GLANCE`` · ``SAMPLES`` bytes, and of
    larger ones ``SAMPLES`` evenly spread pieces of ``GLANCE`` bytes. One that cannot be read is
    not the same as any.
    """
    try:
        with open_plain(one) as first, open_plain(other) as second:
            found, there = os.fstat(first.fileno()), os.fstat(second.fileno())
            if os.path.samestat(found, there):
                return True
            length = found.st_size
            if length != there.st_size:
                return False
            whole = length <= GLANCE * SAMPLES
            for at in range(0, length, GLANCE) if whole else _places(length, GLANCE):
                first.seek(at)
                second.seek(at)
                if first.read(GLANCE) != second.read(GLANCE):
                    return False
            return True
    except (OSError, ValueError):
        return False


def _places(length: int, piece: int) -> Iterator[int]:
    """Where the samples of a large file begin."""
    return ((length - piece) * at // (SAMPLES - 1) for at in range(SAMPLES))


def look(wanted: Wanted, *, full: bool = False) -> Finding:
    """Whether an image's file is what it was; it is read only where length or time differ.

    Args:
        wanted: the image.
        full: read it in any case.
    """
    image, path, page, known = wanted
    try:
        found = os.stat(path)
        looks = found.st_size, found.st_mtime_ns
        if known is not None and not full and looks == (known.bytes, known.changed):
            return Finding(image, "same", known)
        now = identity(path)
    except OSError:
        return Finding(image, "missing")
    if known is None:
        return Finding(image, "new", now)
    if known.same(now):
        return Finding(image, "same", now._replace(noted=known.noted))
    return Finding(image, "changed", now, pixel_size(path, page))


def forbidden(path: Path) -> bool:
    """Whether a file is no loss but may not be read, or its folder may not be looked into."""
    try:
        os.stat(path)
    except PermissionError:
        return True
    except OSError:
        return False
    return not os.access(path, os.R_OK)


def pixel_size(path: Path, page: int = 0) -> tuple[int, int] | None:
    """(height, width) of a picture, oriented; None where the file cannot be read as one."""
    from engine.images.header import image_header

    try:
        return image_header(path, page)[0]
    except EngineError:
        return None


# -- kept with the project ---------------------------------------------------------------------


def read(db: sqlite3.Connection, ids: Iterable[int] | None = None) -> dict[int, Identity]:
    """What was noted of these images (None: of all)."""
    if int(db.execute("PRAGMA user_version").fetchone()[0]) < SINCE:
        return {}
    if ids is None:
        rows: Iterable[tuple[int, int, int, str, float]] = db.execute(_READ)
    else:
        rows = (
            row for image_id in ids for row in db.execute(f"{_READ} WHERE image = ?", (image_id,))
        )
    return {row[0]: Identity(*row[1:]) for row in rows}


def write(db: sqlite3.Connection, found: Mapping[int, Identity | None]) -> None:
    """Note what the files of images are; None forgets it."""
    db.executemany(
        "DELETE FROM files WHERE image = ?", ((key,) for key, each in found.items() if each is None)
    )
    db.executemany(_PUT, ((key, *each) for key, each in found.items() if each is not None))


def rows_after(db: sqlite3.Connection, image_id: int, count: int) -> list[FileRow]:
    """The next ``count`` images after one, by id."""
    if int(db.execute("PRAGMA user_version").fetchone()[0]) < SINCE:
        return []
    found = db.execute(
        "SELECT id, path, page, objects > 0 OR status IN ('corrected', 'done'), bytes, changed, "
        "digest, noted FROM images LEFT JOIN files ON image = id WHERE id > ? ORDER BY id LIMIT ?",
        (image_id, count),
    )
    return [
        FileRow(key, path, page, bool(work), None if data[2] is None else Identity(*data))
        for key, path, page, work, *data in found
    ]


def worked_on(db: sqlite3.Connection, image_id: int) -> bool:
    """Whether an image holds anything, or has a history, that belongs to its present picture."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM annotations WHERE image = :image) "
        "OR EXISTS (SELECT 1 FROM layer_tiles WHERE image = :image) "
        "OR EXISTS (SELECT 1 FROM journal WHERE image = :image)",
        {"image": image_id},
    ).fetchone()
    return bool(row[0])
