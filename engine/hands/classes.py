"""The class lists of two copies as one, by number and by name.

A class that both sides had when they parted is the same class, whatever it is called now: a new
name, colour, order or guideline is taken where only the other side changed it. A class that was
added there comes in under its own number, unless there is one of that name and kind here: then the
two are one. Nothing is deleted: a class that was deleted there stays here, and is named. What is
of a class that was merged into another here becomes that other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from engine.document.taxonomy import LabelClass, Taxonomy
from engine.document.taxonomy_commands import ChangeClasses
from engine.errors import EngineError

_TAKEN: Final = (
    ("name",),
    ("color", "hatch"),
    ("order",),
    ("supercategory",),
    ("guideline",),
    ("example_image", "example_object"),
)
"""What is taken over together."""


@dataclass(slots=True)
class ClassMerge:
    """What two class lists come to.

    Attributes:
        mapping: their number → the number here, of every class they have.
        before, after: sides of the step that changes the list here.
        notes: sentences about what was not taken over as it is there.
    """

    mapping: dict[int, int] = field(default_factory=dict)
    before: list[LabelClass] = field(default_factory=list)
    after: list[LabelClass] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def command(self, name: str) -> ChangeClasses | None:
        """The step; None where nothing changes."""
        if not self.after:
            return None
        label = f"Merge classes from {name}"
        return ChangeClasses(tuple(self.before), tuple(self.after), label)


def merge_classes(
    base: Taxonomy | None,
    mine: Taxonomy,
    theirs: Taxonomy,
    known: Mapping[int, int],
    name: str,
    merged: Mapping[int, int] = MappingProxyType({}),
) -> ClassMerge:
    """Compare the class lists of two copies.

    Args:
        base: the classes when they parted; None where that is not known.
        mine: the classes here.
        theirs: the classes there.
        known: their number → the number here, from earlier merges.
        name: what the other copy is called.
        merged: classes that were merged into others here: class → what it is now.

    Raises:
        EngineError: a class was added there and the list here is locked.
    """
    found, now = ClassMerge(), mine
    for entry in theirs.everything:
        old = None if base is None else base.get(entry.id)
        here = now.get(known.get(entry.id, entry.id))
        if entry.deleted:
            found.mapping[entry.id] = entry.id if here is None else here.id
            if here is not None and not here.deleted and (old is None or not old.deleted):
                found.notes.append(f"“{here.name}” was deleted in {name}; the class stays here.")
        elif here is not None and _now(now, here, merged) is not here:
            found.mapping[entry.id] = _now(now, here, merged).id
        elif here is not None and _same(old, here, entry, known):
            found.mapping[entry.id] = here.id
            now = now.with_(_changed(found, now, old, here, entry, name))
        else:
            now = _added(found, now, entry, name)
    if mine.lock is not None:
        _keep_locked(found, mine, name)
    return found


def taxonomy_from(said: Any) -> Taxonomy | None:
    """The classes that ``split.base_classes`` listed; None where they cannot be read."""
    try:
        return Taxonomy(LabelClass(**entry) for entry in said)
    except (TypeError, AttributeError):
        return None


def _same(
    old: LabelClass | None, here: LabelClass, entry: LabelClass, known: Mapping[int, int]
) -> bool:
    if here.thing != entry.thing:
        return False
    return old is not None or entry.id in known or here.name.casefold() == entry.name.casefold()


def _now(now: Taxonomy, here: LabelClass, merged: Mapping[int, int]) -> LabelClass:
    """What a class was merged into, where that is there and of the same kind; else itself."""
    into = now.get(merged.get(here.id, 0)) if here.deleted else None
    return here if into is None or into.deleted or into.thing != here.thing else into


def _changed(
    found: ClassMerge,
    now: Taxonomy,
    old: LabelClass | None,
    here: LabelClass,
    entry: LabelClass,
    name: str,
) -> LabelClass:
    new = here
    for group in _TAKEN if old is not None else ():
        was, mine, theirs = ([getattr(c, each) for each in group] for c in (old, here, entry))
        if theirs in (was, mine):
            continue
        taken = now.by_name(entry.name) if group == ("name",) else None
        if mine != was or (taken is not None and taken.id != here.id):
            found.notes.append(
                f"{group[0].capitalize()} of “{here.name}”: {name} has “{theirs[0]}”, "
                f"“{mine[0]}” stays."
            )
        else:
            new = replace(new, **dict(zip(group, theirs, strict=True)))
    if new != here:
        found.before.append(here)
        found.after.append(new)
    return new


def _added(found: ClassMerge, now: Taxonomy, entry: LabelClass, name: str) -> Taxonomy:
    same = now.by_name(entry.name)
    if same is not None and same.thing == entry.thing:
        found.mapping[entry.id] = same.id
        return now
    title = entry.name
    if same is not None:
        title = f"{entry.name} ({'objects' if entry.thing else 'areas'})"
        found.notes.append(f"“{entry.name}” is of another kind in {name}; it came in as “{title}”.")
        again = now.by_name(title)
        if again is not None:
            found.mapping[entry.id] = again.id
            return now
    free = now.get(entry.id) is None
    order = 1 + max((each.order for each in now.classes), default=-1)
    new = replace(entry, id=entry.id if free else now.next_id, name=title, order=order)
    found.mapping[entry.id] = new.id
    found.after.append(new)
    return now.with_(new)


def _keep_locked(found: ClassMerge, mine: Taxonomy, name: str) -> None:
    """A locked list stays what it is."""
    lock, new = mine.lock, [each for each in found.after if mine.get(each.id) is None]
    if lock is not None and new:
        names = ", ".join(f"“{each.name}”" for each in new)
        raise EngineError(
            f"{name} has classes that this project has not: {names}. {lock.words} here. "
            "Unlock the class list and merge again."
        )
    if found.after:
        names = ", ".join(f"“{each.name}”" for each in found.before)
        found.notes.append(f"Changes of locked classes were left out: {names}.")
    found.before, found.after = [], []
