"""Many images looked through: in groups, so that their masks are unpacked together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from engine.document.annotation import Annotation
from engine.masks.class_map import ClassMap
from engine.masks.tiles import SIDE
from engine.store import contents, states
from engine.store.store import Store

Size = tuple[int, int]
Note = Callable[[int, int, bytes], None]

NONE: Final = (0, None)
"""Stamp and digests of an image that was never written."""

TOGETHER: Final = 16
"""Images read at once; more take more memory and are no quicker."""

PIXELS: Final = 1 << 24
"""Pixels of images that are read at once."""


def groups(ids: Sequence[int], size_of: Callable[[int], Size]) -> Iterator[dict[int, Size]]:
    """Images that are read at once, with their (height, width); large ones alone."""
    group: dict[int, Size] = {}
    pixels = 0
    for image_id in ids:
        size = size_of(image_id)
        pixels += size[0] * size[1]
        if group and (len(group) == TOGETHER or pixels > PIXELS or image_id in group):
            yield group
            group, pixels = {}, size[0] * size[1]
        group[image_id] = size
    if group:
        yield group


def held_by(
    store: Store, ids: Sequence[int], size_of: Callable[[int], Size], note: Note | None = None
) -> Iterator[tuple[int, Size, list[Annotation], ClassMap]]:
    """What images hold, one after another, from one snapshot of the file.

    Args:
        store: the project's.
        ids: which images.
        size_of: (height, width) of one.
        note: called with each image, the stamp and the packed digests of exactly what was read
            (see ``engine.store.contents``), before it is given.
    """
    known: dict[Any, ClassMap] = {}
    with store.snapshot() as db:
        for sizes in groups(ids, size_of):
            noted = contents.known(db, sizes) if note is not None else {}
            fresh = note is not None and any(noted.get(key, NONE)[1] is None for key in sizes)
            packed: dict[int, bytes | None] | None = {} if fresh else None
            found = states.read_states(db, sizes, known, packed)
            for image_id, size in sizes.items():
                objects, layer = found.pop(image_id)
                if note is not None:
                    stamp, digests = noted.get(image_id, NONE)
                    if digests is None:
                        digests = contents.pack(contents.content_of(objects, layer, packed))
                    note(image_id, stamp, digests)
                yield image_id, size, objects, layer


def layers(
    store: Store, ids: Sequence[int], size_of: Callable[[int], Size]
) -> Iterator[tuple[int, ClassMap]]:
    """The class maps of images one after another; those that have the same share it."""
    known: dict[Any, ClassMap] = {}
    with store.snapshot() as db:
        for sizes in groups(ids, size_of):
            yield from states.read_layers(db, sizes, known).items()


def mixed_layers(store: Store, sizes: Mapping[int, Size]) -> set[int]:
    """Images whose class maps are not known to have a class, or background, everywhere."""
    store.flush()
    with store.reading() as db:
        even = states.even_tiles(db)
    whole = {
        key
        for key, (height, width) in sizes.items()
        if even.get(key) == -(-height // SIDE) * -(-width // SIDE)
    }
    return sizes.keys() - whole
