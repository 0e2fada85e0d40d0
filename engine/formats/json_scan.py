"""Where the members of a large JSON file are, found without holding the file in memory.

A file is looked through once, a few megabytes at a time, for quotes and brackets alone: what lies
between them is not read. For lists, such as those of COCO, the place of each of their entries is
noted, so that any entry can be had later in any order. Whether entries are sound JSON shows when
they are decoded.

Format: RFC 8259; the depth of brackets outside of strings is all that is used of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

CHUNK = 1 << 22
"""Bytes looked through at once."""

WINDOW = 1 << 18
"""Bytes whose signs are held at once, so that they stay in the processor's cache."""

LONGEST = 1 << 20
"""Bytes of the longest run of backslashes that is looked through."""

LONGEST_PLAIN = 64
"""Bytes of the longest number, or name of a value."""

MOST = 1 << 25
"""Entries of a list whose places are noted, at 16 bytes each."""

_NAME = re.compile(rb'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*', re.DOTALL)
_SPACE = re.compile(rb"[\s,]*")
_PLAIN = re.compile(rb"[^,\]}\s]*")
_BACKSLASH = 0x5C
_OPEN, _CLOSE = 0x7B, 0x7D  # "{" and "}"; "[" and "]" are these less 0x20


class NotJson(Exception):
    """The text is no JSON, or breaks off; the argument is the byte where that shows."""


class TooMany(Exception):
    """A list has more than `MOST` entries."""


@dataclass(slots=True)
class Span:
    """Where a value lies in the file.

    Attributes:
        start: Its first byte; of a list its first bracket.
        stop: The byte after its last.
        starts, stops: Of a list, the same of each entry that is an object or a list.
        is_list: Whether it is a list.
    """

    start: int
    stop: int = 0
    starts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    stops: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    is_list: bool = False


def scan(file: BinaryIO, begin: int = 0, end: int | None = None) -> dict[bytes, Span]:
    """The members of the outermost object, by their names as written, quotes included.

    Args:
        file: UTF-8 without a byte order mark.
        begin: Where to begin in it.
        end: Where to end; None for all of it.

    Returns:
        The members; of a text that is one list, that list alone under the name b"".

    Raises:
        NotJson: It has another shape or breaks off.
        TooMany: A list is too long.
    """
    text = _Text(file, begin, end)
    first = text.next_sign()
    if first == b"[":
        found = {b"": _list(text)}
        _end(text)
        return found
    if first != b"{":
        raise NotJson(text.here)
    text.take(1)
    members: dict[bytes, Span] = {}
    while text.next_sign() != b"}":
        name = text.match_name()
        members[name] = _value(text)
    text.take(1)
    _end(text)
    return members


def _end(text: _Text) -> None:
    if text.next_sign():
        raise NotJson(text.here)


def _value(text: _Text) -> Span:
    sign = text.next_sign()
    if sign == b"[":
        return _list(text)
    start = text.here
    if sign in (b"{", b'"'):
        _pass_over(text)
    else:
        length = _PLAIN.match(text.data, text.at).end() - text.at  # type: ignore[union-attr]
        if not length:
            raise NotJson(text.here)
        text.take(length)
    return Span(start, text.here)


def _pass_over(text: _Text) -> None:
    """Take the object or string that begins here."""
    string = text.next_sign() == b'"'
    depth = quotes = 0
    for signs in _windows(text, WINDOW // 64):
        if string:
            ends = signs.quotes[1 - quotes :]
            quotes += len(signs.quotes)
        else:
            levels = depth + np.cumsum(signs.steps)
            ends = signs.brackets[levels == 0]
            depth = int(levels[-1]) if len(levels) else depth
        if len(ends):
            text.take(int(ends[0]) + 1)
            return


def _list(text: _Text) -> Span:
    """The list that begins here, with the places of its entries."""
    span = Span(text.here, is_list=True)
    starts: list[Ints] = []
    stops: list[Ints] = []
    text.take(1)
    depth = count = 0
    for signs in _windows(text, WINDOW):
        levels = depth + np.cumsum(signs.steps)
        ends = np.flatnonzero(levels < 0)
        over = int(ends[0]) if len(ends) else len(levels)
        opens = signs.steps[:over] > 0
        places = signs.brackets[:over] + text.here
        starts.append(places[opens & (levels[:over] == 1)])
        stops.append(places[~opens & (levels[:over] == 0)] + 1)
        count += len(stops[-1])
        if count > MOST:
            raise TooMany
        if len(ends):
            text.take(int(signs.brackets[over]) + 1)
            break
        depth = int(levels[-1]) if len(levels) else depth
    span.stop = text.here
    span.starts, span.stops = np.concatenate(starts), np.concatenate(stops)
    return span


class _Signs(NamedTuple):
    """Quotes and brackets of a piece of text.

    Attributes:
        quotes: Places, in the piece, of those that begin or end a string.
        brackets: Places of brackets outside of strings.
        steps: 1 for those that open and -1 for those that close.
    """

    quotes: Ints
    brackets: Ints
    steps: Ints


def _windows(text: _Text, size: int) -> Iterator[_Signs]:
    """The signs of what follows, piece by piece; a piece is taken when the next one is asked for.

    Raises:
        NotJson: There is no more.
    """
    inside = False
    while True:
        codes = text.window(size)
        quotes = np.flatnonzero(codes == 0x22)
        quotes = quotes[~_escaped(codes, quotes)]
        folded = codes | 0x20
        brackets = np.flatnonzero((folded == _OPEN) | (folded == _CLOSE))
        brackets = brackets[(np.searchsorted(quotes, brackets) + inside) % 2 == 0]
        yield _Signs(quotes, brackets, np.where(folded[brackets] == _OPEN, 1, -1))
        text.take(len(codes))
        inside ^= bool(len(quotes) % 2)
        size = WINDOW


def _escaped(codes: Bytes, quotes: Ints) -> NDArray[np.bool_]:
    """Which quotes stand behind an odd number of backslashes."""
    escaped = np.zeros(len(quotes), np.bool_)
    behind = quotes[quotes > 0]
    if not len(behind):
        return escaped
    first = len(quotes) - len(behind)
    for place in (np.flatnonzero(codes[behind - 1] == _BACKSLASH) + first).tolist():
        end = int(quotes[place])
        near = codes[max(end - 64, 0) : end].tobytes()
        run = len(near) - len(near.rstrip(b"\\"))
        if run == 64:
            far = codes[:end].tobytes()
            run = len(far) - len(far.rstrip(b"\\"))
        escaped[place] = run % 2 == 1
    return escaped


class _Text:
    """What is read of a file and not done with.

    Attributes:
        data: Bytes read.
        at: How many of them are done with.
        here: Place in the file of the first that is not.
    """

    def __init__(self, file: BinaryIO, begin: int, end: int | None) -> None:
        self.data = b""
        self.at = 0
        self._file = file
        self._base = begin
        self._left = end - begin if end is not None else None
        file.seek(begin)

    @property
    def here(self) -> int:
        return self._base + self.at

    def take(self, count: int) -> None:
        self.at += count

    def more(self) -> bool:
        """Read on; whether there was more."""
        waiting = self.data[self.at :]
        new = self._file.read(CHUNK)
        if self._left is not None:
            new = new[: self._left]
            self._left -= len(new)
        self._base, self.at, self.data = self.here, 0, waiting + new
        return bool(new)

    def window(self, size: int) -> Bytes:
        """The next bytes, not yet taken; the last of them is no backslash, unless all are.

        Raises:
            NotJson: There are none.
        """
        if len(self.data) - self.at < size:
            self.more()
        while True:
            end = self.at + len(self.data[self.at : self.at + size].rstrip(b"\\"))
            if end > self.at:
                return np.frombuffer(self.data, np.uint8)[self.at : end]
            if size > LONGEST or (self.at + size >= len(self.data) and not self.more()):
                raise NotJson(self.here)
            size *= 2

    def next_sign(self) -> bytes:
        """The next byte that is neither white space nor a comma, not yet taken; b"" at the end."""
        while True:
            self.at = _SPACE.match(self.data, self.at).end()  # type: ignore[union-attr]
            # A plain value may go on beyond what is read: it is judged with room behind it.
            if len(self.data) - self.at >= LONGEST_PLAIN or not self.more():
                return self.data[self.at : self.at + 1]

    def match_name(self) -> bytes:
        """The name of a member and its colon, taken."""
        while True:
            found = _NAME.match(self.data, self.at)
            if found is not None and found.end() < len(self.data):
                self.at = found.end()
                return found.group(1)
            if len(self.data) - self.at > CHUNK or not self.more():
                raise NotJson(self.here)


def blocks(span: Span, size: int = 1 << 20) -> Iterator[tuple[int, int, int, int]]:
    """A list in pieces of whole entries.

    Yields:
        First byte, byte after the last, first entry, entry after the last: of bytes that are
        entries, or one entry, with commas between, and one comma more at most behind.
    """
    count = len(span.starts)
    begin, first = span.start + 1, 0
    while first < count:
        after = int(np.searchsorted(span.stops, begin + size, side="right"))
        after = min(max(after, first + 1), count)
        end = int(span.starts[after]) if after < count else span.stop - 1
        yield begin, end, first, after
        begin, first = end, after
    if not count:
        yield begin, span.stop - 1, 0, 0
