"""What the readers of many formats share: a list of entries, and classes that are found by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from engine.errors import EngineError
from engine.formats.base import FoundClass, FoundImage
from engine.formats.pictures import Pictures
from engine.formats.report import Report
from engine.images.plain_file import open_plain

Entry = TypeVar("Entry")

LARGEST_TEXT = 1 << 30
"""Bytes of the largest text, JSON or XML file that is read as a whole."""


class ClassBook:
    """The classes of a source, by name; new ones are made when they first occur."""

    def __init__(self, first: int = 2) -> None:
        self.classes: list[FoundClass] = []
        self._by_name: dict[str, FoundClass] = {}
        self._things: set[int] = set()
        self._next = first

    def key(
        self,
        name: str,
        *,
        color: str | None = None,
        thing: bool = True,
        extra: Mapping[str, Any] | None = None,
    ) -> int:
        """The key of the class of that name, without regard to case."""
        plain = name.strip() or "no class"
        known = self._by_name.get(plain.casefold())
        if known is None:
            known = FoundClass(
                key=self._next, name=plain, color=color, thing=thing, extra=extra or {}
            )
            self._next += 1
            self._by_name[plain.casefold()] = known
            self.classes.append(known)
            if thing:
                self._things.add(known.key)
        return known.key

    def is_thing(self, key: int) -> bool:
        """Whether the class of a key has objects."""
        return key in self._things


class ListReading(Generic[Entry]):
    """A source whose entries are known; each gives at most one image. See `base.Reading`."""

    def __init__(
        self,
        entries: Sequence[Entry],
        one: Callable[[Entry], FoundImage | None],
        classes: Sequence[FoundClass],
        pictures: Pictures,
        report: Report,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """Hold what is known; `one` reads an entry when its turn comes."""
        self.report = report
        self.classes = classes
        self.fields: Mapping[str, Any] = fields or {}
        self.count = len(entries)
        self._entries = entries
        self._one = one
        self._pictures = pictures

    def images(self) -> Iterator[FoundImage]:
        """Every image; what could not be used is in the report at the end."""
        for entry in self._entries:
            found = self._one(entry)
            if found is not None:
                yield found
            yield from self._pictures.named_only()
        self._pictures.say_missing(self.count)


def read_bytes(path: Path, most: int = LARGEST_TEXT) -> bytes:
    """The bytes of a file.

    Raises:
        EngineError: It cannot be read or is larger than `most` bytes.
    """
    try:
        size = path.stat().st_size
        if size > most:
            raise EngineError(
                f"{path.name} has {size:,} bytes, more than a file of its kind can have "
                f"({most:,}). Split it."
            )
        with open_plain(path) as file:
            return file.read()
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.") from error


def read_text(path: Path, most: int = LARGEST_TEXT) -> str:
    """The text of a file; bytes that are no UTF-8 are replaced. See `read_bytes`."""
    data = read_bytes(path, most)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def read_json(path: Path, most: int = LARGEST_TEXT) -> Any:
    """The value in a JSON file.

    Raises:
        EngineError: It cannot be read or is no JSON.
    """
    data = read_bytes(path, most)
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:  # NaN, a byte order mark, UTF-16
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise EngineError(
            f"{path.name} is not whole JSON; the file may be cut short. Get it again."
        ) from error


def head(path: Path, count: int = 4096) -> bytes:
    """The first bytes of a file; none where it cannot be read."""
    try:
        with open_plain(path) as file:
            return file.read(count)
    except OSError:
        return b""


def write_check(path: Path, same: bool, name: str) -> None:
    """Refuse a file that came back different.

    Raises:
        EngineError: `same` is False.
    """
    if not same:
        raise EngineError(
            f"What was written for {name} came back different from {path}. Do not use this folder; "
            "export to another disk."
        )


def make_room(target: Path, example: str) -> None:
    """Make the folder of a file that will be written.

    Args:
        target: The file.
        example: A name such a file may have.

    Raises:
        EngineError: There is a folder of this name, or the one above cannot be made.
    """
    if target.is_dir():
        raise EngineError(f"{target} is a folder. Name a file in it, such as {example}.")
    make_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises:
        EngineError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(
            f"The folder {folder} cannot be made: {error.strerror}. Choose another."
        ) from error
