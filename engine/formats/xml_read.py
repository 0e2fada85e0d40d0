"""XML of strangers, element by element: no document types, no entities, bounded depth and size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from engine.errors import EngineError
from engine.images.plain_file import open_plain

CHUNK = 1 << 20
DEPTH = 64
"""Elements inside each other."""

MOST = 256 << 20
"""Characters of text and attributes in one element with all that is in it."""

TEXT = 1 << 20
"""Characters of text directly in one element."""

PARTS = 4_000_000
"""Elements in one element."""


@dataclass(slots=True)
class Node:
    """An element.

    Attributes:
        tag: Its name.
        attributes: Name → value.
        text: The text directly in it.
        children: The elements directly in it.
    """

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """An attribute."""
        return self.attributes.get(name, default)

    def child(self, tag: str) -> Node | None:
        """The first element of a name directly in it."""
        return next((each for each in self.children if each.tag == tag), None)

    def all(self, tag: str) -> Iterator[Node]:
        """Every element of a name in it, however deep."""
        for each in self.children:
            if each.tag == tag:
                yield each
            yield from each.all(tag)

    def value(self, tag: str) -> str:
        """The text of the first element of a name directly in it, "" for none."""
        found = self.child(tag)
        return found.text.strip() if found is not None else ""


class _Builder:
    """Builds the wanted elements and drops everything else."""

    def __init__(self, name: str, wanted: frozenset[str]) -> None:
        self.ready: list[Node] = []
        self.root = ""
        self._name = name
        self._wanted = wanted
        self._stack: list[Node] = []
        self._depth = self._size = self._parts = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self.root = self.root or tag
        if self._depth > DEPTH:
            raise EngineError(
                f"{self._name} nests its elements more than {DEPTH} deep. Get it anew."
            )
        if not self._stack:
            if tag not in self._wanted:
                return
            self._size = self._parts = 0
        node = Node(tag, attributes)
        self._grow(sum(map(len, attributes.values())))
        if self._stack:
            self._stack[-1].children.append(node)
        self._stack.append(node)

    def _grow(self, size: int) -> None:
        self._size += size
        self._parts += 1
        if self._size > MOST or self._parts > PARTS:
            raise EngineError(f"One element of {self._name} is larger than can be read. Split it.")

    def text(self, text: str) -> None:
        if self._stack:
            self._grow(len(text))
            node = self._stack[-1]
            if len(node.text) + len(text) > TEXT:
                raise EngineError(f"“{node.tag}” in {self._name} holds too much text. Split it.")
            node.text += text

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._stack:
            node = self._stack.pop()
            if not self._stack:
                self.ready.append(node)


def elements(path: Path, *wanted: str) -> Iterator[Node]:
    """The outermost elements of some names, one after the other.

    Args:
        path: The XML file; it is read in pieces.
        wanted: Names of elements.

    Raises:
        EngineError: It cannot be read, is no XML, or declares a document type or entities.
    """
    parser: Any = expat.ParserCreate()
    parser.buffer_text = True
    builder = _Builder(path.name, frozenset(wanted))
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text

    def refuse(*_: Any) -> None:
        raise EngineError(
            f"{path.name} declares a document type or entities, which no annotation file needs. "
            "It was not read."
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        with open_plain(path) as file:
            while data := file.read(CHUNK):
                parser.Parse(data, False)
                ready, builder.ready = builder.ready, []
                yield from ready
        parser.Parse(b"", True)
        yield from builder.ready
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.") from error
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise EngineError(
            f"{path.name} is not whole XML (line {parser.CurrentLineNumber}); the file may be cut "
            "short. Get it again."
        ) from error
