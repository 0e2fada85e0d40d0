"""A JSON file of lists, such as COCO's, opened without holding it in memory.

It is looked through once (`json_scan`); its entries are decoded when they are asked for, in blocks
one after another or singly in any order. What Python writes and JSON does not know (NaN, Infinity)
and bytes that are no UTF-8 are read all the same.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, Generic, TypeVar

import msgspec

from engine.errors import EngineError
from engine.formats.json_scan import MOST, NotJson, Span, TooMany, blocks, scan
from engine.formats.storable import storable
from engine.images.plain_file import open_plain

LONGEST = 1 << 28
"""Bytes of the longest entry or member that is read."""

LARGEST = 1 << 36
"""Bytes of the largest file that is opened."""

AHEAD = 1 << 20
"""Bytes read at once where entries are asked for in the file's order."""

GAP = 1 << 12
"""Bytes between two entries that are read along rather than passed over."""

STRANGE = 100_000
"""Values in a list that are neither objects nor lists, before it counts as no list of entries."""

_WORD = re.compile(rb"[^\s,]+")
Entry = TypeVar("Entry")


class Blocks(Generic[Entry]):
    """How entries of a list are decoded: as a type, or as plain values."""

    def __init__(self, kind: type[Entry]) -> None:
        self._many = msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
        self._kind = kind

    def many(self, text: bytes) -> list[Entry]:
        """The entries of `text`, which stand in brackets."""
        return self._many.decode(text)

    def one(self, text: bytes) -> Entry | None:
        """An entry that is no sound JSON or not of the type; None where it cannot be had.

        Raises:
            ValueError: It is broken off or mixed up.
        """
        try:
            value = storable(json.loads(text.decode("utf-8", errors="replace")))
            return msgspec.convert(value, self._kind, strict=False)
        except (RecursionError, msgspec.MsgspecError):
            return None


PLAIN: Blocks[dict[str, Any]] = Blocks(dict[str, Any])
"""Entries as dicts."""


class JsonFile:
    """An opened file; closed when it is no longer used.

    Attributes:
        path: Where it is.
        is_list: Whether it is one list, whose name is "".
    """

    def __init__(self, path: Path) -> None:
        """Look through the file.

        Raises:
            EngineError: It cannot be read, is no JSON or breaks off.
        """
        self.path = path
        self._file = _opened(path)
        weakref.finalize(self, self._file.close)
        self._window, self._begin, self._end = b"", 0, 0
        try:
            found = self._unwrapped(scan(self._file))
        except NotJson as problem:
            raise self._refused(problem.args[0]) from problem
        except TooMany as problem:
            raise EngineError(
                f"{path.name} holds a list of more than {MOST:,} entries. Split it by images."
            ) from problem
        except OSError as error:
            raise _unreadable(path, error) from error
        self.is_list = b"" in found
        self._spans = {"" if self.is_list else _name(key): each for key, each in found.items()}

    def __contains__(self, name: str) -> bool:
        return name in self._spans

    def span(self, name: str) -> Span | None:
        """Where a list is; None when there is none of that name.

        Raises:
            EngineError: It is no list.
        """
        span = self._spans.get(name)
        if span is not None and not span.is_list:
            raise EngineError(
                f"“{name}” in {self.path.name} is not a list, so the file cannot be read as COCO."
            )
        return span

    def count(self, name: str) -> int:
        """Entries of a list, those that are neither objects nor lists left out."""
        span = self.span(name)
        return 0 if span is None else len(span.starts)

    def others(self, names: tuple[str, ...]) -> dict[str, Any]:
        """The values of all members but these; None for what is damaged."""
        return {
            name: plain(self._read(span.start, span.stop))
            for name, span in self._spans.items()
            if name not in names
        }

    def begins(self, name: str, count: int) -> bytes:
        """The first bytes of a member."""
        span = self._spans.get(name)
        return b"" if span is None else self._read(span.start, min(span.stop, span.start + count))

    def blocks(self, name: str, kind: Blocks[Entry]) -> Iterator[tuple[list[Entry | None], int]]:
        """The entries of a list, some thousands at a time.

        Yields:
            The entries, None for those that are not of the type; and how many more there are that
            are neither objects nor lists.

        Raises:
            EngineError: Something is no JSON, or the list is none.
        """
        span = self.span(name)
        for begin, end, first, after in blocks(span) if span is not None else ():
            text = self._read(begin, end).rstrip()
            text = text[:-1] if text.endswith(b",") else text
            try:
                found: list[Entry | None] = [*kind.many(b"[%b]" % text)]
                strange = 0
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                assert span is not None
                found, strange = self._one_by_one(span, kind, text, begin, first, after)
            if strange > STRANGE:
                raise EngineError(
                    f"“{name}” in {self.path.name} is a list of values, not of entries, so the "
                    "file cannot be read as COCO."
                )
            yield found, strange

    def entries(self, name: str) -> Iterator[dict[str, Any] | None]:
        """Every entry of a list as a dict, one by one; None for what is none. See `blocks`."""
        for found, strange in self.blocks(name, PLAIN):
            yield from found
            yield from [None] * strange

    def read(self, start: int, stop: int) -> bytes:
        """The bytes of an entry, quick where entries are asked for as they lie in the file."""
        if not self._begin <= start <= stop <= self._end:
            on = 0 <= start - self._end <= GAP
            self._window = self._read(start, max(stop, start + AHEAD) if on else stop)
            self._begin, self._end = start, start + len(self._window)
        return self._window[start - self._begin : stop - self._begin]

    def _read(self, start: int, stop: int) -> bytes:
        if stop - start > LONGEST:
            raise EngineError(
                f"{self.path.name} has an entry of {stop - start:,} bytes, more than one can have. "
                "It is damaged; get it again."
            )
        try:
            self._file.seek(start)
            return self._file.read(stop - start)
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _one_by_one(
        self, span: Span, kind: Blocks[Entry], text: bytes, base: int, first: int, after: int
    ) -> tuple[list[Entry | None], int]:
        found: list[Entry | None] = []
        strange = done = 0
        starts, stops = span.starts[first:after].tolist(), span.stops[first:after].tolist()
        for start, stop in zip(starts, stops, strict=True):
            try:
                found.append(kind.one(text[start - base : stop - base]))
            except ValueError as error:
                raise self._refused(start) from error
            gap = text[done : start - base]
            if done and b"," not in gap:
                raise self._refused(start)
            strange += _words(gap)
            done = stop - base
        return found, strange + _words(text[done:])

    def _unwrapped(self, found: dict[bytes, Span]) -> dict[bytes, Span]:
        """The file itself; some tools wrap the whole of it in a list."""
        outer = found.get(b"")
        if outer is None or len(outer.starts) != 1:
            return found
        start, stop = int(outer.starts[0]), int(outer.stops[0])
        if self._read(start, start + 1) != b"{":
            return found
        inner = scan(self._file, start, stop)
        return inner if b'"images"' in inner else found

    def _refused(self, at: int) -> EngineError:
        """The sentence for a text that is no JSON from byte `at` on."""
        head = self._read(0, 64).lstrip()
        if head[:1] not in (b"{", b"["):
            if plain(self._read(0, AHEAD)) is not None:
                return EngineError(
                    f"{self.path.name} is not a COCO annotation file: it holds a single value."
                )
            what = "no JSON file" if head else "empty"
            return EngineError(
                f"{self.path.name} is {what}, so it holds no annotations. Choose a COCO file."
            )
        line = 1
        for begin in range(0, at, AHEAD):
            line += self._read(begin, min(at, begin + AHEAD)).count(b"\n")
        return EngineError(
            f"{self.path.name} is not whole JSON (line {line}); the file may be cut short. Get it "
            "again."
        )


def plain(text: bytes) -> Any:
    """The value of a text; None where it is damaged."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(text.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return None


def _name(key: bytes) -> str:
    value = plain(key)
    return value if isinstance(value, str) else repr(key)


def _words(gap: bytes) -> int:
    """Values between entries that are neither objects nor lists."""
    return sum(1 for _ in _WORD.finditer(gap))


def _opened(path: Path) -> BinaryIO:
    """The file as UTF-8 without a byte order mark, in a temporary copy where it is not."""
    try:
        if path.stat().st_size > LARGEST:
            raise EngineError(f"{path.name} is larger than 64 GiB. Split it by images.")
        file = open_plain(path)
        head = file.read(3)
        wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        if not wide and head != codecs.BOM_UTF8:
            return file
        with file:
            return _copied(file, "utf-16" if wide else "utf-8-sig")
    except OSError as error:
        raise _unreadable(path, error) from error


def _copied(file: BinaryIO, encoding: str) -> BinaryIO:
    file.seek(0)
    copy: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    with io.TextIOWrapper(file, encoding, errors="replace", newline="") as text:
        while piece := text.read(AHEAD):
            copy.write(piece.encode("utf-8", errors="replace"))
    return copy  # type: ignore[return-value]


def _unreadable(path: Path, error: OSError) -> EngineError:
    return EngineError(f"{path} cannot be read: {error.strerror}.")
