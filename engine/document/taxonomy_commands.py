"""Changes of the class list as values, and what they do to the images (decision 7).

The functions build a ``ChangeClasses`` from an intent and refuse what would make no sense;
``share`` is what such a change means for one image.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import msgspec

from engine.document.annotation import Annotation
from engine.document.commands import Command, Replace
from engine.document.document import Document
from engine.document.painting import flip_layer, now, top
from engine.document.palette import is_color
from engine.document.taxonomy import LAST_CLASS, NOTHING, UNLABELLED, LabelClass, Taxonomy
from engine.errors import EngineError

VIEW: Final = frozenset({"visible", "locked", "contour_only", "opacity"})
"""How a class is shown and guarded: not part of the history."""


@dataclass(frozen=True, slots=True)
class ChangeClasses:
    """Some classes become others; in every image, one class may become another or go.

    Attributes:
        before: the classes that change, as they were; a new one is not in it.
        after: the same as they will be; one that goes is marked deleted.
        label: what undo calls it.
        source: the class whose objects and pixels change in the images; 0 for none.
        target: what they become; 0: they are deleted, pixels become unlabelled.
        images: images that took part, filled in when it is done.
    """

    kind: ClassVar[str] = "change_classes"
    before: tuple[LabelClass, ...]
    after: tuple[LabelClass, ...]
    label: str
    source: int = 0
    target: int = 0
    images: tuple[int, ...] = ()

    def classes(self) -> frozenset[int]:
        """The classes it is about."""
        return frozenset(entry.id for entry in self.before + self.after)

    def dying(self, *, forward: bool) -> frozenset[int]:
        """Classes that are live on the side it leads away from and not on the other."""
        old, new = (self.before, self.after) if forward else (self.after, self.before)
        alive = {entry.id for entry in new if not entry.deleted}
        return frozenset(entry.id for entry in old if not entry.deleted) - alive

    def to_payload(self) -> bytes:
        """For the journal."""
        before, after = ([packed_class(c) for c in side] for side in (self.before, self.after))
        record = _Record(before, after, self.source, self.target, list(self.images))
        return b"\x01" + msgspec.msgpack.encode(record)


def from_payload(kind: str, data: bytes, label: str) -> ChangeClasses:
    """Read a project's step back from the journal.

    Raises:
        EngineError: it is of a newer version, or damaged.
    """
    if kind != ChangeClasses.kind or data[:1] != b"\x01":
        raise EngineError(f"“{label}” was made by a newer Maskwright; update to undo it.")
    try:
        read = msgspec.msgpack.decode(memoryview(data)[1:], type=_Record)
        before = tuple(LabelClass(**entry) for entry in read.before)
        after = tuple(LabelClass(**entry) for entry in read.after)
    except (msgspec.MsgspecError, ValueError, TypeError) as problem:
        raise EngineError(f"“{label}” cannot be undone: its record is damaged.") from problem
    return ChangeClasses(before, after, label, read.source, read.target, tuple(read.images))


class _Record(msgspec.Struct, array_like=True, frozen=True):
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    source: int
    target: int
    images: list[int]


def packed_class(entry: LabelClass) -> dict[str, Any]:
    """All fields of a class, for JSON and msgpack; ``LabelClass(**fields)`` reads them back."""
    fields = {name: getattr(entry, name) for name in LabelClass.__slots__}
    return {**fields, "extra": dict(entry.extra)}


def add_class(taxonomy: Taxonomy, name: str, **fields: Any) -> ChangeClasses:
    """A new class; ``fields`` as ``Taxonomy.new_class`` takes them.

    Raises:
        EngineError: the name is empty or taken, the colour is none, or there is no number left.
    """
    return add_classes(taxonomy, [taxonomy.new_class(_free_name(taxonomy, name), **fields)])


def add_classes(taxonomy: Taxonomy, classes: Sequence[LabelClass]) -> ChangeClasses:
    """New classes as one step, as made one after another by ``Taxonomy.new_class``.

    Raises:
        EngineError: as for ``add_class``.
    """
    seen = taxonomy
    for entry in classes:
        _free_name(seen, entry.name)
        checked_color(entry.color)
        if entry.id > LAST_CLASS:
            raise EngineError(f"A project holds at most {LAST_CLASS - 1} classes.")
        seen = seen.with_(entry)
    label = f"Add class {classes[0].name}" if len(classes) == 1 else f"Add {len(classes)} classes"
    return ChangeClasses((), tuple(classes), label)


def rename(taxonomy: Taxonomy, class_id: int, name: str) -> ChangeClasses:
    """Another name for a class.

    Raises:
        EngineError: the name is empty or taken, or there is no such class.
    """
    old = _live(taxonomy, class_id)
    new = replace(old, name=_free_name(taxonomy, name, class_id))
    return ChangeClasses((old,), (new,), f"Rename {old.name}")


def recolor(taxonomy: Taxonomy, class_id: int, color: str, hatch: int = 0) -> ChangeClasses:
    """Another colour, and hatch, for a class.

    Raises:
        EngineError: it is no colour, or there is no such class.
    """
    old = _live(taxonomy, class_id)
    new = replace(old, color=checked_color(color), hatch=hatch)
    return ChangeClasses((old,), (new,), f"Recolour {old.name}")


def reorder(taxonomy: Taxonomy, ids: Sequence[int]) -> ChangeClasses:
    """The classes in the order of ``ids``; those not named come after, as they were.

    Raises:
        EngineError: one of them does not exist.
    """
    named = [_live(taxonomy, class_id) for class_id in dict.fromkeys(ids)]
    rest = [entry for entry in taxonomy.classes if entry not in named]
    pairs = [(c, replace(c, order=n)) for n, c in enumerate(named + rest) if c.order != n]
    before, after = (tuple(pair[side] for pair in pairs) for side in (0, 1))
    return ChangeClasses(before, after, "Reorder classes")


def set_kind(taxonomy: Taxonomy, class_id: int, thing: bool, in_use: bool) -> ChangeClasses:
    """Make a class count objects (a thing) or pixels (stuff).

    Raises:
        EngineError: it is in use; its masks cannot be both.
    """
    old = _live(taxonomy, class_id)
    if in_use and old.thing != thing:
        raise EngineError(
            f"“{old.name}” is in use. Add a class of the other kind and merge this one into it."
        )
    new = replace(old, thing=thing)
    return ChangeClasses((old,), (new,), f"Change kind of {old.name}")


def describe(
    taxonomy: Taxonomy,
    class_id: int,
    guideline: str | None = None,
    example: tuple[int, int] | None = None,
) -> ChangeClasses:
    """Another guideline, or another example, for a class.

    Args:
        taxonomy: the project's classes.
        class_id: which.
        guideline: its text; None leaves it as it is.
        example: (image, object) that shows it, (0, 0) for none; None leaves it as it is.

    Raises:
        EngineError: there is no such class.
    """
    old = _live(taxonomy, class_id)
    new = old if guideline is None else replace(old, guideline=guideline.strip())
    if example is not None:
        new = replace(new, example_image=example[0], example_object=example[1])
    label = f"Describe {old.name}"
    return ChangeClasses((), (), label) if new == old else ChangeClasses((old,), (new,), label)


def merge_classes(taxonomy: Taxonomy, source: int, target: int) -> ChangeClasses:
    """All of class ``source`` becomes ``target``, in every image, and ``source`` goes.

    Raises:
        EngineError: they are the same, or one does not exist.
    """
    gone, kept = _live(taxonomy, source), _live(taxonomy, target)
    if source == target:
        raise EngineError(f"Choose another class to merge “{gone.name}” into.")
    label = f"Merge {gone.name} into {kept.name}"
    return ChangeClasses((gone,), (replace(gone, deleted=True),), label, source, target)


def delete_class(taxonomy: Taxonomy, class_id: int) -> ChangeClasses:
    """The class goes, in every image, and its masks with it.

    Raises:
        EngineError: it does not exist.
    """
    gone = _live(taxonomy, class_id)
    label = f"Delete class {gone.name}"
    return ChangeClasses((gone,), (replace(gone, deleted=True),), label, class_id)


def applied(taxonomy: Taxonomy, change: ChangeClasses, *, forward: bool) -> Sequence[LabelClass]:
    """The classes as they become, keeping how each is shown and guarded now."""
    old, new = (change.before, change.after) if forward else (change.after, change.before)
    result = []
    stays = {entry.id: entry for entry in new}
    for class_id in dict.fromkeys([c.id for c in old] + [c.id for c in new]):
        now, entry = taxonomy.get(class_id), stays.get(class_id)
        if entry is None:
            entry = replace(next(c for c in old if c.id == class_id), deleted=True)
        if now is not None:
            entry = replace(entry, **{name: getattr(now, name) for name in VIEW})
        result.append(entry)
    return result


def share(document: Document, change: ChangeClasses, taxonomy: Taxonomy) -> list[Command]:
    """What a merge or a deletion does in one image, locks or not."""
    source, target = change.source, change.target
    objects = [a for a in document.ordered() if a.class_id == source]
    waiting = [a for a in document.proposals.values() if a.class_id == source]
    if target == UNLABELLED or not taxonomy.is_thing(target):
        return _into_layer(document, objects, waiting, change)
    moved = tuple(objects + waiting)
    after = [replace(a, class_id=target) for a in moved]
    steps: list[Command] = []
    pixels = document.layer.mask(source)
    patch = document.layer.change(pixels, UNLABELLED)
    if patch:
        steps.append(flip_layer(document.layer, patch, change.label))
        moment = now()
        after.append(
            Annotation(
                id=document.new_ids(1)[0],
                class_id=target,
                mask=pixels,
                order=top(document),
                created=moment,
                modified=moment,
                extra=NOTHING,
            )
        )
    if after:
        steps.append(Replace(moved, tuple(after), change.label))
    return steps


def _into_layer(
    document: Document,
    objects: Sequence[Annotation],
    waiting: Sequence[Annotation],
    change: ChangeClasses,
) -> list[Command]:
    steps: list[Command] = []
    kept = tuple(replace(a, class_id=change.target) for a in waiting) if change.target else ()
    if objects or waiting:
        steps.append(Replace((*objects, *waiting), kept, change.label))
    layer = document.layer
    regions = [layer.mask(change.source)]
    regions += [a.mask for a in objects] if change.target else []
    for region in regions:
        patch = layer.change(region, change.target)
        if patch:
            steps.append(flip_layer(layer, patch, change.label))
            layer = layer.flip(patch)
    return steps


def _live(taxonomy: Taxonomy, class_id: int) -> LabelClass:
    entry = taxonomy.get(class_id)
    if entry is None or entry.deleted:
        raise EngineError("This class is no longer in the project.")
    return entry


def _free_name(taxonomy: Taxonomy, name: str, class_id: int = 0) -> str:
    name = " ".join(name.split())
    if not name:
        raise EngineError("Give the class a name.")
    other = taxonomy.by_name(name)
    if other is not None and other.id != class_id:
        raise EngineError(f"There is already a class “{other.name}”. Choose another name.")
    return name


def checked_color(color: str) -> str:
    """The colour as it is kept.

    Raises:
        EngineError: it is none.
    """
    if not is_color(color):
        raise EngineError(f"“{color}” is no colour. Write it as #RRGGBB.")
    return color.upper()
