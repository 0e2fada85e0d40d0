"""Versions of the dataset: what went out by an export or into a learning run, and what changed.

A version is a list of digests and no copy of the work: enough to say which images and objects
differ from another version or from today, not to bring the old ones back.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from engine.document.taxonomy import Taxonomy
from engine.store import contents
from engine.store.contents import Content

LEFT = "versions"
"""Folder in the project's files folder; see ``engine.jobs.versions_left``."""

_hash = hashlib.blake2b


class Item(msgspec.Struct, array_like=True, frozen=True):
    """An image in a version.

    Attributes:
        image: its id in the project.
        name: what it was called.
        height, width: pixels.
        content: packed digests, see ``engine.store.contents``.
    """

    image: int
    name: str
    height: int
    width: int
    content: bytes

    def digest(self) -> bytes:
        """Of its name, size and content; not of its id."""
        head = f"{self.height} {self.width} {self.name}\0".encode()
        return _hash(head + contents.unpack(self.content).digest(), digest_size=16).digest()


class Frozen(msgspec.Struct, kw_only=True, frozen=True):
    """What was exported or learned from.

    Attributes:
        kind: "export" or "train".
        made: seconds since 1970.
        classes: digest of the class list.
        items: the images.
        stamps: of each image when it was read, in the same order; see ``contents.known``.
        facts: what lists show (format, target, model, name), and which images were chosen:
            only_done; chosen by hand; empty: "skip" those without a mask; splits: only those that
            have a part; absent: ids of those that could not be read.
    """

    kind: str
    made: float = msgspec.field(default_factory=time.time)
    classes: bytes = b""
    items: tuple[Item, ...] = ()
    stamps: tuple[int, ...] = ()
    facts: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The snapshot hash: 32 hexadecimal digits, the same on any machine and in any order."""
        found = _hash(self.classes, digest_size=16)
        for each in sorted(item.digest() for item in self.items):
            found.update(each)
        return found.hexdigest()

    @property
    def objects(self) -> int:
        """How many objects there are in it."""
        return sum(
            (len(item.content) - contents.SIDE) // (8 + contents.SIDE) for item in self.items
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version as lists show it.

    Attributes:
        id: from 1; never given out twice.
        digest: the snapshot hash.
        made: seconds since 1970.
        kind: "export" or "train".
        job: id of the job, or a name made up for it.
        facts: see ``Frozen``; besides them images and objects, how many.
    """

    id: int
    digest: str
    made: float
    kind: str
    job: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def images(self) -> int:
        """How many images are in it."""
        return int(self.facts.get("images", 0))

    @property
    def objects(self) -> int:
        """How many objects."""
        return int(self.facts.get("objects", 0))


class Difference(NamedTuple):
    """What changed from one state to another.

    Attributes:
        added, removed, changed: ids of images.
        objects_added, objects_removed, objects_changed: how many.
        layers: images whose class map differs.
        classes: whether the class list differs.
    """

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    objects_added: int = 0
    objects_removed: int = 0
    objects_changed: int = 0
    layers: int = 0
    classes: bool = False

    @property
    def images(self) -> tuple[int, ...]:
        """All images that differ."""
        return (*self.added, *self.removed, *self.changed)

    @property
    def objects(self) -> int:
        """All objects that differ."""
        return self.objects_added + self.objects_removed + self.objects_changed

    def words(self) -> str:
        """As a part of a sentence: "14 images, 61 objects (3 added, 2 removed, 56 changed)"."""
        if not self.images:
            return "only the class list" if self.classes else "nothing"
        kinds = (
            (self.objects_added, "added"),
            (self.objects_removed, "removed"),
            (self.objects_changed, "changed"),
        )
        parts = ", ".join(f"{count:,} {word}" for count, word in kinds if count)
        said = [_count(len(self.images), "image")]
        if self.objects:
            said.append(f"{_count(self.objects, 'object')} ({parts})")
        if self.layers:
            said.append(_count(self.layers, "class map"))
        if self.classes:
            said.append("the class list")
        return ", ".join(said)


def class_digest(taxonomy: Taxonomy) -> bytes:
    """Of the live classes: number, name, kind, COCO's number and group; not of how they show."""
    rows = sorted(
        [each.id, each.name, each.thing, each.coco_id, each.supercategory]
        for each in taxonomy.classes
    )
    return _hash(json.dumps(rows, ensure_ascii=False).encode(), digest_size=16).digest()


def compare(
    before: Iterable[Item], after: Iterable[Item], classes: tuple[bytes, bytes] = (b"", b"")
) -> Difference:
    """What changed between two states of one project.

    Args:
        before: images as they were.
        after: as they are.
        classes: digests of both class lists.
    """
    old, new = {each.image: each for each in before}, {each.image: each for each in after}
    counts, layers, changed = [0, 0, 0], 0, []
    for key, item in new.items():
        was = old.get(key)
        if was is not None and _same(was, item):
            continue
        differs = _add(counts, was, item)
        layers += differs
        if was is not None and (differs or was.digest() != item.digest()):
            changed.append(key)
    gone = [key for key in old if key not in new]
    for key in gone:
        _add(counts, old[key], None)
    came = [key for key in new if key not in old]
    return Difference(
        tuple(came),
        tuple(gone),
        tuple(changed),
        objects_added=counts[0],
        objects_removed=counts[1],
        objects_changed=counts[2],
        layers=layers,
        classes=classes[0] != classes[1],
    )


def _same(before: Item, after: Item) -> bool:
    """Whether all is as it was; of an image nobody has looked at the size is not known here."""
    sizes = {(item.height, item.width) for item in (before, after) if item.height}
    return (before.content, before.name) == (after.content, after.name) and len(sizes) < 2


def _add(counts: list[int], before: Item | None, after: Item | None) -> bool:
    """Count objects that were added, removed and changed; whether the class map differs."""
    nothing = Content(contents.NOTHING, {})
    old = contents.unpack(before.content) if before else nothing
    new = contents.unpack(after.content) if after else nothing
    counts[0] += len(new.objects.keys() - old.objects.keys())
    counts[1] += len(old.objects.keys() - new.objects.keys())
    both = old.objects.keys() & new.objects.keys()
    counts[2] += sum(old.objects[key] != new.objects[key] for key in both)
    return before is not None and after is not None and old.layer != new.layer


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
