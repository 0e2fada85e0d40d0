"""A class list as a file, for another project: names, colours, kinds, guidelines.

Examples are objects of one project and stay behind.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from engine.document.taxonomy import ClassLock, LabelClass, Taxonomy
from engine.document.taxonomy_commands import ChangeClasses, add_classes, checked_color
from engine.errors import EngineError
from engine.formats.whole import write_whole

MOST: Final = 16 << 20
"""Bytes of a file that is read."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One class."""

    name: str
    color: str
    thing: bool = True
    hatch: int = 0
    supercategory: str = ""
    coco_id: int | None = None
    guideline: str = ""


class ClassFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The file.

    Attributes:
        classes: in their order.
        locked_by: who locked the list; empty where it is not locked.
        version: of this form.
    """

    classes: list[Entry]
    locked_by: str = ""
    version: int = 1


def write(taxonomy: Taxonomy, path: Path) -> None:
    """Write a class list.

    Raises:
        EngineError: it cannot be written.
    """
    entries = [
        Entry(c.name, c.color, c.thing, c.hatch, c.supercategory, c.coco_id, c.guideline)
        for c in taxonomy.classes
    ]
    lock = taxonomy.lock
    said = ClassFile(entries, "" if lock is None else lock.by or "somebody")
    write_whole(path, msgspec.json.format(msgspec.json.encode(said), indent=1))


def read(path: Path) -> ClassFile:
    """Read a class list.

    Raises:
        EngineError: it cannot be read, or is none.
    """
    try:
        if path.stat().st_size > MOST:
            raise EngineError(f"{path.name} is too large for a list of classes.")
        said = msgspec.json.decode(path.read_bytes(), type=ClassFile)
    except OSError as problem:
        raise EngineError(f"{path.name} cannot be read: {problem.strerror}.") from problem
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise EngineError(f"{path.name} is no list of classes: {problem}.") from problem
    if said.version != 1:
        raise EngineError(f"{path.name} was written by a newer Maskwright. Update to read it.")
    return said


def taken_up(taxonomy: Taxonomy, said: ClassFile) -> ChangeClasses | None:
    """The step that brings a project's classes in line with a list; None where they are.

    A class of the same name takes over colour, place and guideline; a new one is added. Classes
    that the list does not name stay, behind the others. The kind of a class that is there stays.

    Raises:
        EngineError: a colour is none, a name stands twice, or a class is of the other kind.
    """
    now, before, after = taxonomy, [], []
    seen: set[str] = set()
    for order, entry in enumerate(said.classes):
        name = " ".join(entry.name.split())
        if name.casefold() in seen:
            raise EngineError(f"The list names “{name}” twice. Correct it and take it up again.")
        seen.add(name.casefold())
        old = taxonomy.by_name(name)
        if old is None:
            fresh = now.new_class(name, thing=entry.thing)
            add_classes(now, [fresh])  # refuses what is no name
        elif old.thing != entry.thing:
            kind = "objects" if entry.thing else "areas"
            raise EngineError(
                f"“{old.name}” is a class of {kind} in the list and of the other kind here. "
                "Rename one of them."
            )
        else:
            fresh = old
        new = _described(fresh, entry, order)
        now = now.with_(new)
        if new != old:
            before += [] if old is None else [old]
            after.append(new)
    rest = [c for c in taxonomy.classes if c.name.casefold() not in seen]
    for order, old in enumerate(rest, len(said.classes)):
        if old.order != order:
            before.append(old)
            after.append(replace(old, order=order))
    return ChangeClasses(tuple(before), tuple(after), "Take up class list") if after else None


def locked(said: ClassFile) -> ClassLock | None:
    """The lock that comes with a list."""
    return ClassLock(said.locked_by, time.time()) if said.locked_by else None


def _described(fresh: LabelClass, entry: Entry, order: int) -> LabelClass:
    return replace(
        fresh,
        color=checked_color(entry.color),
        hatch=entry.hatch,
        order=order,
        supercategory=entry.supercategory or fresh.supercategory,
        coco_id=fresh.coco_id if entry.coco_id is None else entry.coco_id,
        guideline=entry.guideline or fresh.guideline,
    )
