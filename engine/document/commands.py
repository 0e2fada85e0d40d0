"""Every change to a document, as a value.

A command knows its inverse from itself alone, so a journal keeps one payload per step and undo
needs no second code path. Payloads are versioned msgpack with sparse, compressed pixels
(``engine.masks.codec``); nothing in them names code.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from engine.document import payload
from engine.document.annotation import Annotation
from engine.document.document import Document, Status
from engine.errors import EngineError
from engine.masks import codec
from engine.masks.class_map import IndexPatch
from engine.masks.mask import Mask

Size = tuple[int, int]


class Command(Protocol):
    """One user-visible step."""

    kind: ClassVar[str]

    @property
    def label(self) -> str:
        """What the Edit menu says after "Undo", in sentence case."""
        ...

    def inverse(self) -> "Command":
        """The command that takes this one back."""
        ...

    def apply(self, document: Document) -> "Command":
        """Change the document now and answer with the inverse.

        Raises:
            EngineError: nothing was changed.
        """
        ...

    def to_payload(self) -> bytes:
        """The command without its label, for the journal."""
        ...


@dataclass(frozen=True, slots=True)
class FlipPixels:
    """Paint or erase: the pixels of one object whose value changes, so it undoes itself."""

    kind: ClassVar[str] = "flip_pixels"
    annotation: int
    patch: Mask
    label: str = "Brush stroke"

    def inverse(self) -> "FlipPixels":
        """See Command."""
        return self

    def apply(self, document: Document) -> "FlipPixels":
        """See Command."""
        document.flip_mask(self.annotation, self.patch)
        return self

    def to_payload(self) -> bytes:
        """See Command."""
        return payload.encode_flip(self.annotation, codec.to_bytes(self.patch))


@dataclass(frozen=True, slots=True)
class FlipLayer:
    """Paint or erase on the class map.

    Attributes:
        patch: old value XOR new value on the touched pixels.
        classes: the classes that come or go by it, as far as the maker knows.
    """

    kind: ClassVar[str] = "flip_layer"
    patch: IndexPatch
    label: str = "Brush stroke"
    classes: tuple[int, ...] = ()

    def inverse(self) -> "FlipLayer":
        """See Command."""
        return self

    def apply(self, document: Document) -> "FlipLayer":
        """See Command."""
        document.flip_layer(self.patch)
        return self

    def to_payload(self) -> bytes:
        """See Command."""
        return payload.encode_layer(codec.patch_to_bytes(self.patch), self.classes)


@dataclass(frozen=True, slots=True)
class Replace:
    """Add, remove or change whole objects; also accepts a proposal and merges objects.

    Where both sides of an id hold the same mask object, the pixels are left alone and are not
    in the payload.
    """

    kind: ClassVar[str] = "replace"
    before: tuple[Annotation, ...]
    after: tuple[Annotation, ...]
    label: str = "Change object"

    def inverse(self) -> "Replace":
        """See Command."""
        return Replace(self.after, self.before, self.label)

    def apply(self, document: Document) -> "Replace":
        """See Command."""
        document.replace(self.before, self.after)
        return self.inverse()

    def to_payload(self) -> bytes:
        """See Command."""
        return payload.encode_replace(self.before, self.after)


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Say how far the image is."""

    kind: ClassVar[str] = "set_status"
    before: Status
    after: Status
    label: str = "Change status"

    def inverse(self) -> "SetStatus":
        """See Command."""
        return SetStatus(self.after, self.before, self.label)

    def apply(self, document: Document) -> "SetStatus":
        """See Command."""
        document.set_status(self.after)
        return self.inverse()

    def to_payload(self) -> bytes:
        """See Command."""
        return payload.encode_status(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Several:
    """Commands that are one step: all of them, in order, or none.

    Attributes:
        project_step: number of the step in the project's history this is the image's share of;
            0 for the user's own steps in the image.
    """

    kind: ClassVar[str] = "several"
    commands: tuple[Command, ...]
    label: str = "Several changes"
    project_step: int = 0

    def inverse(self) -> "Several":
        """See Command."""
        back = tuple(command.inverse() for command in reversed(self.commands))
        return Several(back, self.label, self.project_step)

    def apply(self, document: Document) -> "Several":
        """See Command."""
        with document.change():
            for command in self.commands:
                command.apply(document)
        return self.inverse()

    def to_payload(self) -> bytes:
        """See Command."""
        parts = [(command.kind, command.to_payload()) for command in self.commands]
        return payload.encode_several(parts, self.project_step)


def together(commands: list[Command], label: str) -> Command | None:
    """One step of these commands: none of nothing, and no wrapping of a single one."""
    if not commands:
        return None
    only = commands[0]
    return only if len(commands) == 1 and only.label == label else Several(tuple(commands), label)


def walk(command: Command) -> Iterator[Command]:
    """The command, or the commands it is made of, in order."""
    if isinstance(command, Several):
        for part in command.commands:
            yield from walk(part)
    else:
        yield command


def classes_of(command: Command) -> frozenset[int]:
    """The classes this step, or taking it back, may bring into the image."""
    found: set[int] = set()
    for part in walk(command):
        if isinstance(part, FlipLayer):
            found.update(part.classes)
        elif isinstance(part, Replace):
            found.update(annotation.class_id for annotation in part.before + part.after)
    return frozenset(found)


def objects_of(command: Command) -> frozenset[int]:
    """The objects and proposals this step touches."""
    found: set[int] = set()
    for part in walk(command):
        if isinstance(part, FlipPixels):
            found.add(part.annotation)
        elif isinstance(part, Replace):
            found.update(annotation.id for annotation in part.before + part.after)
    return frozenset(found)


def weight(command: Command) -> int:
    """Bytes of pixels a command holds in memory."""
    total = 0
    for part in walk(command):
        if isinstance(part, FlipPixels | FlipLayer):
            total += part.patch.nbytes
        elif isinstance(part, Replace):
            total += sum(a.mask.nbytes for a in part.before + part.after)
    return total


def from_payload(kind: str, data: bytes, size: Size, label: str = "", depth: int = 0) -> Command:
    """Read a command of an image of ``size`` (height, width) back from a journal.

    Raises:
        EngineError: the kind is not known to this version, or the payload is damaged.
    """
    reader = _READERS.get(kind)
    if reader is None or depth > 3:
        raise EngineError(f"This step ({kind}) was made by a newer Maskwright; update to undo it.")
    return reader(data, size, label, depth)


def _read_flip(data: bytes, size: Size, label: str, depth: int) -> Command:
    annotation, patch = payload.decode_flip(data)
    return FlipPixels(annotation, codec.from_bytes(patch, size), label)


def _read_layer(data: bytes, size: Size, label: str, depth: int) -> Command:
    patch, classes = payload.decode_layer(data)
    return FlipLayer(codec.patch_from_bytes(patch, size), label, classes)


def _read_replace(data: bytes, size: Size, label: str, depth: int) -> Command:
    return Replace(*payload.decode_replace(data, size), label)


def _read_status(data: bytes, size: Size, label: str, depth: int) -> Command:
    before, after = payload.decode_status(data)
    if not {before, after} <= set(Status):
        raise payload.damaged()
    return SetStatus(Status(before), Status(after), label)


def _read_several(data: bytes, size: Size, label: str, depth: int) -> Command:
    parts, step = payload.decode_several(data)
    commands = tuple(from_payload(kind, part, size, label, depth + 1) for kind, part in parts)
    return Several(commands, label, step)


_READERS: dict[str, Callable[[bytes, Size, str, int], Command]] = {
    FlipPixels.kind: _read_flip,
    FlipLayer.kind: _read_layer,
    Replace.kind: _read_replace,
    SetStatus.kind: _read_status,
    Several.kind: _read_several,
}
