"""What of a project is in memory, in bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.document.document import Document
from engine.document.history import History
from engine.masks.mask import Mask


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes of pixels, each array counted once however many masks share it.

    Attributes:
        documents: images whose annotations are in memory.
        objects: objects and proposals of them.
        masks: bytes of their masks.
        layers: bytes of their class maps.
        steps: steps of undo whose pixels are in memory too; older ones are read back when needed.
        undo: bytes of those.
    """

    documents: int
    objects: int
    masks: int
    layers: int
    steps: int
    undo: int


def held(documents: Iterable[Document], histories: Iterable[History]) -> Held:
    """What these hold."""
    count = objects = masks = layers = steps = undo = 0
    seen: set[int] = set()
    for document in documents:
        state, count = document.state, count + 1
        for each in (*state.annotations.values(), *state.proposals.values()):
            objects += 1
            masks += _bytes(each.mask, seen)
        for tile in state.layer.tiles().values():
            if not isinstance(tile, int):
                layers += _once(tile, seen)
    for history in histories:
        more = history.held()
        steps, undo = steps + more[0], undo + more[1]
    return Held(count, objects, masks, layers, steps, undo)


def _bytes(mask: Mask, seen: set[int]) -> int:
    if mask.crop is not None:
        return _once(mask.crop.bits, seen)
    return sum(_once(tile, seen) for tile in mask.kept().values())


def _once(array: Any, seen: set[int]) -> int:
    """Bytes of an array that was not counted yet."""
    if id(array) in seen:
        return 0
    seen.add(id(array))
    return int(array.nbytes)
