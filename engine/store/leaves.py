"""Rows that SQLite cannot reach: a page on the way from their table's root to them is damaged.

Each page of a table is found from the one above it, so damage there hides whole pages of rows. A
project also keeps the way back: a map that says of each page which one is above it. By that map
the pages with rows are told to be this table's, and read one by one.

The form of pages, rows and the map is that of SQLite's "Database File Format", 1.6 to 1.8 and 2.1.
"""

import contextlib
import mmap
import sqlite3
import struct
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

Value = int | float | str | bytes | None

_LEAF: Final = 13
_ROOT, _LONG, _LONGER, _BELOW = 1, 3, 4, 5
"""Kinds of pages in the map: a root, the rest of a long row, more of that, any other page."""

_HEIGHT: Final = 20
_WIDTHS: Final = (0, 1, 2, 3, 4, 6, 8, 8)
_WRONG: Final = (IndexError, struct.error, ValueError)


@dataclass(slots=True)
class Leaves:
    """The pages of a project file, whatever state it is in.

    Attributes:
        data: the file, with what its log holds.
        size: bytes of a page.
    """

    data: bytes | mmap.mmap
    size: int
    _by_root: dict[int, list[int]] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for page in range(3, len(self.data) // self.size + 1):
            at = (page - 1) * self.size
            if self.data[at] == _LEAF and (root := self._root(page)):
                self._by_root.setdefault(root, []).append(page)

    def rows(self, root: int, known: Container[int]) -> Iterator[tuple[int, list[Value]]]:
        """Numbers and values of the rows of a table, but for those that are known.

        Args:
            root: the table's first page.
            known: numbers of rows.
        """
        for page in self._by_root.get(root, ()):
            start = (page - 1) * self.size
            (count,) = struct.unpack_from(">H", self.data, start + 3)
            for cell in range(min(count, self.size // 4)):
                with contextlib.suppress(*_WRONG):
                    (place,) = struct.unpack_from(">H", self.data, start + 8 + 2 * cell)
                    if not 8 <= place < self.size:
                        continue
                    length, at = self._number(start + place)
                    row, at = self._number(at)
                    row -= (row >> 63) << 64
                    if row not in known:
                        yield row, _values(self._payload(page, at, length))

    def _root(self, page: int) -> int:
        """The root above a page, by the map; 0 where it does not say."""
        for _ in range(_HEIGHT):
            kind, above = self._above(page)
            if kind == _ROOT:
                return page
            if kind != _BELOW:
                return 0
            page = above
        return 0

    def _above(self, page: int) -> tuple[int, int]:
        """What the map says of a page: its kind, and the page before it."""
        each = self.size // 5 + 1
        first = 2 + (page - 2) // each * each
        if page < 3 or page == first:
            return 0, 0
        at = (first - 1) * self.size + 5 * (page - first - 1)
        if at + 5 > len(self.data):
            return 0, 0
        kind, above = struct.unpack_from(">BI", self.data, at)
        return int(kind), int(above)

    def _number(self, at: int) -> tuple[int, int]:
        return _number(self.data, at)

    def _payload(self, page: int, at: int, length: int) -> bytes:
        """The bytes of a row, with what lies on pages of its own."""
        most, least = self.size - 35, (self.size - 12) * 32 // 255 - 23
        if length > len(self.data):
            raise ValueError
        if length <= most:
            return self._piece(at, length, page * self.size)
        kept = least + (length - least) % (self.size - 4)
        kept = kept if kept <= most else least
        parts, left = [self._piece(at, kept, page * self.size)], length - kept
        (following,) = struct.unpack_from(">I", self.data, at + kept)
        if following in self._used:  # each row has pages of its own; else one could be thousands
            raise ValueError
        self._used.add(following)
        while left > 0:
            if self._above(following) != (_LONG if len(parts) == 1 else _LONGER, page):
                raise ValueError
            start, page = (following - 1) * self.size, following
            taken = min(left, self.size - 4)
            parts.append(self._piece(start + 4, taken, start + self.size))
            (following,) = struct.unpack_from(">I", self.data, start)
            left -= taken
        return b"".join(parts)

    def _piece(self, at: int, length: int, end: int) -> bytes:
        if at + length > min(end, len(self.data)):
            raise ValueError
        return self.data[at : at + length]


@contextlib.contextmanager
def opened(db: sqlite3.Connection, path: Path) -> Iterator[Leaves | None]:
    """The pages of a file that is open; None where they cannot be had.

    Args:
        db: a connection to it that sees what its log holds.
        path: the file.
    """
    log = path.with_name(path.name + "-wal")
    size = int(db.execute("PRAGMA page_size").fetchone()[0])
    with contextlib.ExitStack() as stack:
        data: bytes | mmap.mmap | None = None
        with contextlib.suppress(OSError, ValueError, MemoryError, sqlite3.Error):
            if log.exists() and log.stat().st_size:
                data = db.serialize()
            else:
                file = stack.enter_context(open(path, "rb"))
                data = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        yield None if data is None else Leaves(data, size)


def named(row: int, values: list[Value], columns: Mapping[str, bool]) -> dict[str, Value]:
    """The values of a row by column.

    Args:
        row: its number.
        values: as they are stored; a row may be older than the last columns.
        columns: of the table in order, and of each whether it is the number itself.
    """
    pairs = zip(columns.items(), values, strict=False)
    return {name: row if is_row else value for (name, is_row), value in pairs}


def _values(record: bytes) -> list[Value]:
    """The values of a row in the order of their columns."""
    head, at = _number(record, 0)
    kinds, body = [], head
    while at < head:
        kind, at = _number(record, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        width = _width(kind)
        piece = record[body : body + width]
        if len(piece) < width:
            raise ValueError
        values.append(_value(kind, piece))
        body += width
    return values


def _width(kind: int) -> int:
    if kind < len(_WIDTHS):
        return _WIDTHS[kind]
    return (kind - 12) // 2 if kind >= 12 else 0


def _value(kind: int, piece: bytes) -> Value:
    if kind == 7:
        return float(struct.unpack(">d", piece)[0])
    if kind in (8, 9):
        return kind - 8
    if kind < 8:
        return int.from_bytes(piece, "big", signed=True) if kind else None
    return piece.decode("utf-8", "replace") if kind % 2 else piece


def _number(data: bytes | mmap.mmap, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends."""
    value = 0
    for _ in range(8):
        byte = data[at]
        at += 1
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at
    return value << 8 | data[at], at + 1
