"""The classes of a project: what a pixel or an object may be.

A class is a *thing* (its objects are annotations with masks, which may overlap) or *stuff* (its
pixels are values of the image's class map, each pixel at most one). The number of a class is also
its value in the class map.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from engine.document import palette
from engine.errors import EngineError

UNLABELLED: Final = 0
BACKGROUND: Final = 1
FIRST_CLASS: Final = 2
LAST_CLASS: Final = 65_535

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def nothing() -> Mapping[str, Any]:
    """The one empty mapping that stands for "no further fields"."""
    return NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelClass:
    """One class of a project.

    Attributes:
        id: its number for good, 2 to 65,535; never given to another class of the project.
        name: unique among the live classes, compared without regard to case.
        color: ``#RRGGBB``.
        hatch: index of the palette's hatch, 0 = plain.
        thing: objects (True) or pixels of the class map (False).
        order: its place in lists, small first.
        coco_id: the category id it came in with, gaps kept; None when it was made here.
        supercategory: as in COCO.
        visible: whether its masks are drawn.
        locked: whether strokes may change its masks.
        contour_only: draw the line and no fill.
        opacity: 0..1 of the fill; None follows the view's setting.
        deleted: kept only because journals still refer to it.
        extra: fields of an import that have no place here, given back on export.
        guideline: what belongs to the class and what does not, for people.
        example_image, example_object: numbers of an object that shows it; 0 for none.
    """

    id: int
    name: str
    color: str
    hatch: int = 0
    thing: bool = True
    order: int = 0
    coco_id: int | None = None
    supercategory: str = ""
    visible: bool = True
    locked: bool = False
    contour_only: bool = False
    opacity: float | None = None
    deleted: bool = False
    extra: Mapping[str, Any] = field(default_factory=nothing, hash=False)
    guideline: str = ""
    example_image: int = 0
    example_object: int = 0


@dataclass(frozen=True, slots=True)
class ClassLock:
    """The class list is fixed: a guard against accidents, which anybody can take away again.

    Attributes:
        by: who locked it; empty where that is not known.
        when: seconds since 1970; 0 where that is not known.
    """

    by: str = ""
    when: float = 0.0

    @property
    def words(self) -> str:
        """Who locked it and when, as the beginning of a sentence."""
        since = time.strftime(" on %d %B %Y", time.localtime(self.when)) if self.when else ""
        return f"{self.by or 'Somebody'} locked the classes{since}"


class Taxonomy:
    """All classes of a project, as a value: a change makes a new one.

    Attributes:
        classes: the live ones, in their order.
        locked_ids: those whose masks strokes may not change.
        lock: why no class may be added, changed or taken away; None where they may.
    """

    __slots__ = ("_by_id", "_by_name", "_last", "_next", "classes", "lock", "locked_ids")

    def __init__(
        self,
        classes: Iterable[LabelClass] = (),
        next_id: int = FIRST_CLASS,
        *,
        last_id: int = LAST_CLASS,
        lock: ClassLock | None = None,
    ) -> None:
        """Hold ``classes``, deleted ones included; no number below ``next_id`` is given out.

        Args:
            classes: with numbers of their own.
            next_id: the least number for a new class.
            last_id: the greatest of the project's own; those above it come from other parts.
            lock: see the class.
        """
        self._by_id: dict[int, LabelClass] = {entry.id: entry for entry in classes}
        self._last, self.lock = last_id, lock
        own = max((number for number in self._by_id if number <= last_id), default=0)
        self._next = max(next_id, FIRST_CLASS, 1 + own)
        while self._next in self._by_id:  # the own numbers are used up
            self._next += 1
        self.classes: tuple[LabelClass, ...] = tuple(
            sorted(
                (entry for entry in self._by_id.values() if not entry.deleted),
                key=lambda entry: (entry.order, entry.id),
            )
        )
        self._by_name = {entry.name.casefold(): entry for entry in reversed(self.classes)}
        self.locked_ids: frozenset[int] = frozenset(
            entry.id for entry in self.classes if entry.locked
        )

    @property
    def everything(self) -> tuple[LabelClass, ...]:
        """Live and deleted classes, by number."""
        return tuple(self._by_id[key] for key in sorted(self._by_id))

    @property
    def next_id(self) -> int:
        """The number the next new class gets."""
        return self._next

    @property
    def last_id(self) -> int:
        """The greatest number that is the project's own."""
        return self._last

    def get(self, class_id: int) -> LabelClass | None:
        """The class of that number, deleted ones too; None where there is none."""
        return self._by_id.get(class_id)

    def __getitem__(self, class_id: int) -> LabelClass:
        """The class of that number, deleted ones too.

        Raises:
            KeyError: no class ever had this number.
        """
        return self._by_id[class_id]

    def __contains__(self, class_id: object) -> bool:
        entry = self._by_id.get(class_id) if isinstance(class_id, int) else None
        return entry is not None and not entry.deleted

    def __len__(self) -> int:
        return len(self.classes)

    def by_name(self, name: str) -> LabelClass | None:
        """The live class of that name, without regard to case."""
        return self._by_name.get(name.strip().casefold())

    def name(self, class_id: int) -> str:
        """How to call a value of the class map in a sentence."""
        if class_id == UNLABELLED:
            return "unlabelled"
        if class_id == BACKGROUND:
            return "background"
        entry = self._by_id.get(class_id)
        return f"class {class_id}" if entry is None else entry.name

    def is_thing(self, class_id: int) -> bool:
        """Whether the class has objects; background, and what is not known, has none."""
        entry = self._by_id.get(class_id)
        return entry is not None and entry.thing

    def with_(self, *classes: LabelClass) -> "Taxonomy":
        """A taxonomy in which ``classes`` are added, or take the place of those of their number."""
        return self._like({**self._by_id, **{entry.id: entry for entry in classes}}.values())

    def without(self, *class_ids: int) -> "Taxonomy":
        """A taxonomy that no longer knows these numbers; they are still not given out again."""
        gone = set(class_ids)
        return self._like(c for c in self._by_id.values() if c.id not in gone)

    def _like(self, classes: Iterable[LabelClass]) -> "Taxonomy":
        return Taxonomy(classes, self._next, last_id=self._last, lock=self.lock)

    def refuse_locked(self, what: str) -> None:
        """Pass if classes may be changed.

        Args:
            what: the change, as undo would call it.

        Raises:
            EngineError: they are locked; the sentence says by whom.
        """
        if self.lock is not None:
            raise EngineError(
                f"{self.lock.words}, so “{what}” was refused. Unlock the class list to change it."
            )

    def new_class(
        self,
        name: str,
        *,
        thing: bool = True,
        color: str | None = None,
        coco_id: int | None = None,
        supercategory: str = "",
        extra: Mapping[str, Any] = NOTHING,
    ) -> LabelClass:
        """A class for this taxonomy, not yet in it: next number, last place, own colour.

        What is given as a colour and is none counts as not given.
        """
        chosen = palette.unused_color([entry.color for entry in self.classes])
        if color is not None and palette.is_color(color):
            chosen = palette.PaletteColor(color.upper(), 0)
        return LabelClass(
            id=self._next,
            name=name.strip(),
            color=chosen.color,
            hatch=chosen.hatch,
            thing=thing,
            order=1 + max((entry.order for entry in self.classes), default=-1),
            coco_id=coco_id,
            supercategory=supercategory,
            extra=extra,
        )
