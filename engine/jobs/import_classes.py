"""Which class of the project each class of a file is, and the classes it has to get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

import msgspec

from engine.document.taxonomy import LabelClass, Taxonomy
from engine.formats.name_index import folded
from engine.store import Project


class ImportedClass(msgspec.Struct, kw_only=True):
    """A class of the file; see `engine.formats.base.FoundClass`."""

    key: int
    name: str
    coco_id: int | None = None
    color: str | None = None
    thing: bool = True
    supercategory: str = ""
    extra: dict[str, Any] = msgspec.field(default_factory=dict)


class Named(Protocol):
    """What tells a class of a file."""

    @property
    def key(self) -> int:
        """What its objects name it by."""

    @property
    def name(self) -> str:
        """As written."""

    @property
    def coco_id(self) -> int | None:
        """Its number in the file."""


def matched(taxonomy: Taxonomy, classes: Sequence[Named]) -> dict[int, LabelClass]:
    """Key in the file → the project's class; those that the project lacks are missing.

    A class of this name and number comes before one of this name. Two classes of a file are never
    one of the project: the second of a name became “name (number)”, and is found as that.
    """
    known = [one for one in taxonomy.classes if not one.deleted]
    by_name, by_stem = _grouped(known, _plain), _grouped(known, _stem)
    calls = [_plain(called(each)) for each in classes]
    several = {name for name, count in Counter(calls).items() if count > 1}
    found: dict[int, LabelClass] = {}
    used: set[int] = set()

    def take(offered: Callable[[Named, str], Iterable[LabelClass]]) -> None:
        for each, name in zip(classes, calls, strict=True):
            if each.key not in found:
                free = next((one for one in offered(each, name) if one.id not in used), None)
                if free is not None:
                    found[each.key] = free
                    used.add(free.id)

    def numbered(each: Named, name: str) -> list[LabelClass]:
        offered = [*by_name.get(name, ()), *by_stem.get(name, ())]
        return [one for one in offered if one.coco_id == each.coco_id is not None]

    def made_before(_each: Named, name: str) -> list[LabelClass]:
        return [one for one in by_stem.get(name, ()) if name in several and one.coco_id is None]

    take(numbered)
    take(lambda _each, name: by_name.get(name, ()))
    take(made_before)
    return found


def _grouped(
    classes: Iterable[LabelClass], key: Callable[[str], str]
) -> dict[str, list[LabelClass]]:
    groups: dict[str, list[LabelClass]] = {}
    for one in classes:
        groups.setdefault(key(one.name), []).append(one)
    return groups


def take_classes(project: Project, classes: Sequence[ImportedClass]) -> dict[int, LabelClass]:
    """Key in the file → the project's class, after it got those that it lacked."""
    taxonomy = project.taxonomy
    found = matched(taxonomy, classes)
    names = {_plain(one.name) for one in taxonomy.classes if not one.deleted}
    new: list[LabelClass] = []
    changed: list[LabelClass] = []
    for each in classes:
        known = found.get(each.key)
        if known is None:
            known = _new_class(taxonomy, each, names)
            names.add(_plain(known.name))
            new.append(known)
        elif _can_take_number(taxonomy, known, each):
            known = replace(
                known,
                coco_id=each.coco_id,
                supercategory=known.supercategory or each.supercategory,
                extra={**each.extra, **known.extra},
            )
            changed.append(known)
        taxonomy = taxonomy.with_(known)
        found[each.key] = known
    if changed:
        project.put_classes(changed)
    if new:
        project.add_classes(new)
    return found


def _plain(name: str) -> str:
    """A name as it is compared: in one line, without regard to case and Unicode form."""
    return folded(_line(name))


def _line(name: str) -> str:
    """A name in one line; blanks within it are its own."""
    return "".join(each if each.isprintable() else " " for each in name).strip()


def _stem(name: str) -> str:
    """What the name of a second class was in its file; "" where it is none."""
    plain = _plain(name)
    before, mark, number = plain.removesuffix(")").rpartition(" (")
    return before if mark and plain.endswith(")") and number.lstrip("-").isdecimal() else ""


def called(each: Named) -> str:
    """What a class of a file is called here."""
    return _line(each.name) or f"class {each.key}"


def _can_take_number(taxonomy: Taxonomy, known: LabelClass, each: ImportedClass) -> bool:
    """Whether a class made here can go by the file's category id from now on."""
    if known.coco_id is not None or each.coco_id is None:
        return False
    return all(other.coco_id != each.coco_id for other in taxonomy.classes)


def _new_class(taxonomy: Taxonomy, each: ImportedClass, names: Iterable[str]) -> LabelClass:
    name, more = called(each), 2
    there = set(names)
    if _plain(name) in there and each.coco_id is not None:
        name = f"{name} ({each.coco_id})"
    while _plain(name) in there:
        name = f"{called(each)} ({more})"
        more += 1
    taken = {other.coco_id for other in taxonomy.classes}
    return taxonomy.new_class(
        name,
        thing=each.thing,
        color=each.color,
        coco_id=None if each.coco_id in taken else each.coco_id,
        supercategory=each.supercategory,
        extra=each.extra,
    )
