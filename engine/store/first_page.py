"""A project whose first page is damaged or that was cut short: it is made whole, then read.

Without its first page SQLite finds nothing in a file: the page holds the header and the way to the
list of tables. It changes little: in a backup it is the same but for some counters, since a backup
is copied page by page, and in a project made by this version it is that of an empty project.

Nor does SQLite read a file that is shorter than it says, or in which an index begins behind the
end. So what is missing is filled up with nothing, which is found to be damaged when it is read.

The places of the counters are those of SQLite's "Database File Format", section 1.3.
"""

import contextlib
import os
import shutil
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.errors import EngineError
from engine.store import backup, connection, paths, salvage, schema

_OURS: Final = tuple(
    f"CREATE TABLE {name}".encode() for name in ("annotations", "layer_tiles", "journal")
)
_MOST_MISSING: Final = 16
"""How many times longer than it is a file may say to have been."""

_HEADER: Final = 100  # bytes before the list of tables on the first page
_TABLE: Final = (5, 13)  # how a page of it begins
_USUAL: Final = 4096
_SIZES: Final = tuple(1 << bits for bits in range(9, 17))
"""Bytes of a page: what SQLite takes unless told, and what there can be."""

_LOOKED: Final = 4 << 20  # bytes at the beginning in which the list of tables lies
_COUNTERS: Final = struct.Struct(">IIII")  # changes, pages, first free page, free pages; at 24


def could_be_ours(path: Path) -> bool:
    """Whether a file that does not begin like a project was one."""
    if path.suffix.lower() != paths.SUFFIX:
        return False
    if backup.backups_of(path):
        return True
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return any(mark in file.read(_LOOKED) for mark in _OURS)
    return False


def save(damaged: Path, target: Path, watch: salvage.Watch) -> list[salvage.Saved]:
    """As ``salvage.salvage``, at full length and with other first pages beside the file's own.

    Raises:
        EngineError: none fits, or too little else can be read.
        OSError: the new file cannot be written.
    """
    copy = target.with_name(f".{damaged.name}.first.{os.getpid()}.tmp")
    try:
        shutil.copyfile(damaged, copy)
        log = damaged.with_name(damaged.name + "-wal")
        logged = log.exists() and log.stat().st_size > 0
        for page in _pages(damaged):
            if logged:  # each time: SQLite may have taken it over into the copy
                shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
            with contextlib.suppress(EngineError):
                _put(copy, page, logged=logged)
                return salvage.salvage(copy, target, watch)
    finally:
        backup.remove(copy)
    raise salvage.NothingError(
        f"{damaged.name} is damaged at its beginning, and no other beginning fits."
    )


def _pages(project: Path) -> Iterator[bytes]:
    """First pages that may fit: its own, then of backups, the newest first, of empty projects."""
    with contextlib.suppress(EngineError):
        if connection.check_header(project):
            yield _first(project)
    yield from _mended(project)
    for each in backup.backups_of(project):
        with contextlib.suppress(OSError, EngineError):
            if connection.check_header(each.path):
                yield _first(each.path)
    for version in range(schema.VERSION, 0, -1):
        yield _empty(version)


def _mended(project: Path) -> Iterator[bytes]:
    """Its own first page behind another header, which may be all of it that is damaged.

    Where the project was brought to this version from an earlier one, no other page has its tables.
    """
    with open(project, "rb") as file:
        page = file.read(1 << 16)
    if len(page) < _HEADER or page[_HEADER] not in _TABLE:
        return
    for size in dict.fromkeys((_page_size(page), _USUAL, *_SIZES)):
        if size in _SIZES and len(page) >= size:
            for version in range(schema.VERSION, 0, -1):
                head = bytearray(_empty(version)[:_HEADER])
                head[16:18] = (size & 0xFFFF or 1).to_bytes(2, "big")
                yield bytes(head) + page[_HEADER:size]


def _empty(version: int) -> bytes:
    """The first page of an empty project."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        schema.migrate(db, version)
        data = db.serialize()
    return data[: _page_size(data)]


def _first(path: Path) -> bytes:
    with open(path, "rb") as file:
        head = file.read(100)
        return head + file.read(_page_size(head) - len(head))


def _page_size(head: bytes) -> int:
    size = int.from_bytes(head[16:18], "big")
    return 1 << 16 if size == 1 else size


def _put(copy: Path, page: bytes, *, logged: bool) -> None:
    """Begin a file with a page that says how long it is and that no page is free."""
    if len(page) < 512:  # no page is smaller
        return
    changes, said, *_ = _COUNTERS.unpack_from(page, 24)
    there = -(-copy.stat().st_size // len(page))
    pages = max(there, min(said, there * _MOST_MISSING))
    mode = bytes([2, 2]) if logged else bytes([1, 1])
    counters = _COUNTERS.pack(changes, pages, 0, 0)
    with open(copy, "rb+") as file:
        file.truncate(pages * len(page))
        file.write(page[:18] + mode + page[20:24] + counters + page[40:92])
        file.write(changes.to_bytes(4, "big") + page[96:])
