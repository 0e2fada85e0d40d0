"""Grow, shrink, smooth and the like, of objects and of classes of areas: planned, then done.

A plan is made from a snapshot, on any thread, and shows what would change; it becomes one step of
the document it was made for, or of none.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

from engine.document.annotation import PERSON, Annotation
from engine.document.changes import State, height
from engine.document.commands import Command, Replace
from engine.document.document import Document
from engine.document.painting import finish, flip_layer, now, stuff_accepted
from engine.document.spreading import Allow, Change, Spread, spread
from engine.document.targets import is_locked, refuse_locked, refuse_locked_class
from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.masks import morphology
from engine.masks.bitmap import Bitmap
from engine.masks.blocks import Check, no_check
from engine.masks.box import Box
from engine.masks.class_map import ClassMap
from engine.masks.components import drop_specks, fill_holes
from engine.masks.guided import Read, follow_edges
from engine.masks.mask import Mask

Kind = Literal["grow", "shrink", "smooth", "open", "close", "holes", "islands", "edges"]
Size = tuple[int, int]

LABELS: Final[Mapping[Kind, str]] = {
    "grow": "Grow",
    "shrink": "Shrink",
    "smooth": "Smooth",
    "open": "Drop thin parts",
    "close": "Bridge gaps",
    "holes": "Fill holes",
    "islands": "Remove islands",
    "edges": "Follow the edges",
}
_DISCS = {
    "grow": morphology.grow,
    "shrink": morphology.shrink,
    "smooth": morphology.smooth,
    "open": morphology.opened,
    "close": morphology.closed,
}


def change_of(
    kind: Kind, amount: int, size: Size, read: Read | None = None, check: Check = no_check
) -> Change:
    """What an operation makes of a mask.

    Args:
        kind: see ``LABELS``.
        amount: pixels: a radius, or an area for holes and islands.
        size: (height, width) of the image.
        read: the picture, for "edges".
        check: see ``engine.masks.blocks.Check``.
    """
    if kind == "holes":
        return partial(fill_holes, max_area=amount)
    if kind == "islands":
        return partial(drop_specks, min_area=amount)
    if kind == "edges":
        if read is None:
            raise ValueError("the picture is needed to follow its edges")
        return partial(follow_edges, read=read, size=size, radius=amount, check=check)
    return partial(_DISCS[kind], radius=amount, size=size, check=check)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What would change.

    Attributes:
        state: what it was made from.
        label: what undo will call it.
        steps: that do it.
        comes: pixels that would be added, by class.
        goes: pixels that would be taken away.
        objects: how many would be different.
        vanishing: those of which nothing would be left.
        areas: classes of areas that would be different.
        locked: objects and classes that are left as they are because they are locked.
    """

    state: State
    label: str
    steps: tuple[Command, ...]
    comes: Mapping[int, Mask]
    goes: Mask
    objects: int = 0
    vanishing: int = 0
    areas: int = 0
    locked: int = 0

    def __bool__(self) -> bool:
        """Whether anything would change."""
        return bool(self.steps)


def everything(region: Mask, erase: bool) -> Mask:
    """An ``Allow`` without limits."""
    return region


def plan(
    state: State,
    size: Size,
    change: Change,
    ids: Collection[int],
    areas: Collection[int],
    taxonomy: Taxonomy,
    *,
    label: str = "Reshape",
    allow: Allow = everything,
    within: Box | None = None,
    check: Check = no_check,
) -> Plan:
    """What ``change`` would do to some objects and classes of areas.

    Objects may grow over each other. A class of areas takes only pixels that are of no class, or
    that another of ``areas`` gives up; of several that want a pixel the nearest one gets it. What
    it gives up becomes unlabelled.

    Args:
        state: of the document.
        size: (height, width) of the image.
        change: see ``change_of``.
        ids: objects and proposals; those that are locked are left as they are.
        areas: classes of areas, likewise.
        taxonomy: the project's classes.
        label: what undo will call it.
        allow: the part of what changes that may be touched.
        within: change classes of areas in this box only.
        check: called for each object; what it raises ends the work.
    """
    image = (0, 0, size[1], size[0])
    found = [each for number in ids if (each := _find(state, number)) is not None]
    usable = [each for each in sorted(found, key=height) if not is_locked(taxonomy, each)]
    objects: list[tuple[Annotation, Mask]] = []
    for each in usable:
        check()
        objects += _changed(each, change(each.mask).clip(image), allow)
    open_areas = [number for number in areas if number not in taxonomy.locked_ids]
    spreads = spread(state.layer, change, open_areas, taxonomy, allow, within, check)
    check()
    comes, goes = _summed(objects, spreads, size)
    things = [(each, mask) for each, mask in objects if taxonomy.is_thing(each.class_id)]
    steps = _replaced(state, things, label) if things else []
    painted, layer = _painted(state.layer, spreads, taxonomy, label)
    steps += painted
    for each, mask in objects:  # a proposal of a class of areas is accepted as pixels
        if not taxonomy.is_thing(each.class_id):
            accepted, layer = stuff_accepted(layer, each, taxonomy, label, mask)
            steps += accepted
    return Plan(
        state,
        label,
        tuple(steps),
        comes,
        goes,
        objects=len(objects),
        vanishing=sum(not mask for _, mask in objects),
        areas=len(spreads),
        locked=len(found) - len(usable) + len(areas) - len(open_areas),
    )


def refuse_all_locked(
    state: State, ids: Iterable[int], areas: Iterable[int], taxonomy: Taxonomy
) -> None:
    """Pass unless everything that is meant is locked.

    Raises:
        EngineError: it is; the text names the first.
    """
    found = [each for number in ids if (each := _find(state, number)) is not None]
    classes = list(areas)
    if any(not is_locked(taxonomy, each) for each in found):
        return
    if any(number not in taxonomy.locked_ids for number in classes):
        return
    for each in found[:1]:
        refuse_locked(taxonomy, each)
    for number in classes[:1]:
        refuse_locked_class(taxonomy, number)


def reshape(document: Document, wanted: Plan) -> Command | None:
    """The one step that does a plan; proposals among its objects are accepted by it.

    Returns:
        None where nothing would change, or where the document is not what the plan was made for.
    """
    if document.state is not wanted.state:
        return None
    return finish(document, list(wanted.steps), wanted.label)


def _replaced(state: State, objects: list[tuple[Annotation, Mask]], label: str) -> list[Command]:
    moment = now()
    first = 1 + max((each.order for each in state.annotations.values()), default=-1)
    after = tuple(
        _after(each, mask, moment, first + place)
        for place, (each, mask) in enumerate(objects)
        if mask
    )
    return [Replace(tuple(each for each, _ in objects), after, label)]


def _painted(
    layer: ClassMap, spreads: list[Spread], taxonomy: Taxonomy, label: str
) -> tuple[list[Command], ClassMap]:
    """First all that goes: one class may take what another gives up."""
    steps: list[Command] = []
    for each in spreads:
        patch = layer.change_where(each.goes, {each.class_id}, UNLABELLED)
        if patch:
            steps.append(flip_layer(layer, patch, label))
            layer = layer.flip(patch)
    for each in spreads:
        patch = layer.change(each.comes, each.class_id, taxonomy.locked_ids)
        if patch:
            steps.append(flip_layer(layer, patch, label))
            layer = layer.flip(patch)
    return steps, layer


def _find(state: State, number: int) -> Annotation | None:
    return state.annotations.get(number) or state.proposals.get(number)


def _changed(each: Annotation, mask: Mask, allow: Allow) -> list[tuple[Annotation, Mask]]:
    comes, goes = allow(mask - each.mask, False), allow(each.mask - mask, True)
    return [(each, (each.mask | comes) - goes)] if comes or goes else []


def _after(each: Annotation, mask: Mask, moment: float, order: int) -> Annotation:
    after = replace(each, mask=mask, modified=moment)
    if each.proposal:
        after = replace(after, proposal=False, order=order)
    if each.source != PERSON:
        added, removed = (mask - each.mask).area, (each.mask - mask).area
        after = replace(
            after, edited=True, added=each.added + added, removed=each.removed + removed
        )
    return after


def _summed(
    objects: list[tuple[Annotation, Mask]], spreads: list[Spread], size: Size
) -> tuple[dict[int, Mask], Mask]:
    comes: dict[int, Bitmap] = {}
    goes = Bitmap(size)
    for each, mask in objects:
        comes.setdefault(each.class_id, Bitmap(size)).add(mask - each.mask)
        goes.add(each.mask - mask)
    for area in spreads:
        comes.setdefault(area.class_id, Bitmap(size)).add(area.comes)
        goes.add(area.goes)
    made = {number: bits.to_mask() for number, bits in comes.items()}
    return {number: mask for number, mask in made.items() if mask}, goes.to_mask()
