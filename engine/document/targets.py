"""What a press edits, and what may not be edited at all (ARCHITECTURE.md, decision 5)."""

from collections.abc import Collection
from dataclasses import dataclass

from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import BACKGROUND, Taxonomy
from engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class Target:
    """What a gesture that began with a press will change.

    Attributes:
        class_id: the class that is painted.
        annotation: id of the object or proposal; None for the class map, and for an eraser that
            was put down beside every object (it takes the first one it meets).
        new: the object is begun by this gesture; ``annotation`` is the id it will have.
        stuff: pixels of the class map are painted: the class is the object.
    """

    class_id: int
    annotation: int | None = None
    new: bool = False
    stuff: bool = False


def press(
    document: Document,
    taxonomy: Taxonomy,
    class_id: int | None,
    point: tuple[float, float],
    selected: Collection[int] = (),
    *,
    force_new: bool = False,
    erase: bool = False,
) -> Target:
    """Say what a press at ``point`` edits.

    With a stuff class (or background): the class map. Else the selected object (of several the
    one under the press); with none, the topmost object of the current class under the press;
    elsewhere a new object. ``force_new`` begins a new one in any case.

    Args:
        document: the image's annotations.
        taxonomy: the project's classes.
        class_id: the current class.
        point: (x, y) in image pixels.
        selected: ids of the selected objects and proposals.
        force_new: as after N.
        erase: the eraser never begins an object.

    Raises:
        EngineError: there is no class, or what would be edited is locked.
    """
    class_id = known_class(taxonomy, class_id)
    if not taxonomy.is_thing(class_id):
        refuse_locked_class(taxonomy, class_id)
        return Target(class_id, stuff=True)
    if not force_new or erase:
        found = _existing(document, taxonomy, class_id, point, selected)
        if found is not None:
            refuse_locked(taxonomy, found)
            return Target(found.class_id, found.id)
    if erase:
        return Target(class_id)
    refuse_locked_class(taxonomy, class_id)
    return Target(class_id, document.new_ids(1)[0], new=True)


def known_class(taxonomy: Taxonomy, class_id: int | None) -> int:
    """The class, if it can be painted with.

    Raises:
        EngineError: no class is chosen, or it was deleted.
    """
    if class_id is not None and (class_id == BACKGROUND or class_id in taxonomy):
        return class_id
    if not taxonomy.classes:
        raise EngineError("There is no class yet. Add one, then paint.")
    raise EngineError("No class is chosen. Choose one, then paint.")


def refuse_locked_class(taxonomy: Taxonomy, class_id: int) -> None:
    """Pass if the class may be changed.

    Raises:
        EngineError: it is locked.
    """
    if class_id in taxonomy.locked_ids:
        raise EngineError(
            f"Class “{taxonomy.name(class_id)}” is locked. Unlock it in the class list first."
        )


def refuse_locked(taxonomy: Taxonomy, annotation: Annotation) -> None:
    """Pass if the object may be changed.

    Raises:
        EngineError: it or its class is locked.
    """
    refuse_locked_class(taxonomy, annotation.class_id)
    if annotation.locked:
        name = taxonomy.name(annotation.class_id)
        raise EngineError(f"This {name} is locked. Unlock it to change it.")


def is_locked(taxonomy: Taxonomy, annotation: Annotation) -> bool:
    """Whether it or its class is locked."""
    return annotation.locked or annotation.class_id in taxonomy.locked_ids


def chosen(document: Document, ids: Collection[int]) -> list[Annotation]:
    """The objects and proposals of these ids that exist, bottom to top."""
    found = [a for a in map(document.find, dict.fromkeys(ids)) if a is not None]
    return sorted(found, key=lambda a: (a.proposal, a.order, a.id))


def _existing(
    document: Document,
    taxonomy: Taxonomy,
    class_id: int,
    point: tuple[float, float],
    selected: Collection[int],
) -> Annotation | None:
    under = document.at(int(point[0] // 1), int(point[1] // 1))
    picked = [a for a in chosen(document, selected) if taxonomy.is_thing(a.class_id)]
    if picked:
        return next((a for a in under if a in picked), picked[-1])
    return next((a for a in under if a.class_id == class_id), None)
