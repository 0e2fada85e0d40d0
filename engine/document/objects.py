"""What can be done to whole objects and proposals, made into commands."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Literal

from engine.document.annotation import Annotation
from engine.document.commands import Command, Replace
from engine.document.document import Document
from engine.document.painting import (
    at_once,
    finish,
    flip_layer,
    now,
    set_mask,
    stuff_accepted,
    top,
)
from engine.document.targets import (
    chosen,
    is_locked,
    known_class,
    refuse_locked,
    refuse_locked_class,
)
from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.errors import EngineError
from engine.masks.components import drop_specks, fill_holes
from engine.masks.mask import Mask

Where = Literal["up", "down", "top", "bottom"]
ATTRIBUTES = frozenset({"locked", "hidden", "doubtful", "crowd", "note", "score", "extra"})


def accept(document: Document, ids: Collection[int], taxonomy: Taxonomy) -> Command | None:
    """The step that accepts proposals: things become objects on top, stuff is painted.

    Of overlapping stuff proposals the one with the higher score wins. Those of locked classes
    are left waiting.

    Raises:
        EngineError: all of them are locked.
    """
    waiting = [a for a in chosen(document, ids) if a.proposal]
    usable = [a for a in waiting if not is_locked(taxonomy, a)]
    if not usable:
        for proposal in waiting[:1]:
            refuse_locked(taxonomy, proposal)
        return None
    label = "Accept" if len(usable) == 1 else f"Accept {len(usable)} proposals"
    things = [a for a in usable if taxonomy.is_thing(a.class_id)]
    stuff = [a for a in usable if not taxonomy.is_thing(a.class_id)]
    steps: list[Command] = []
    layer = document.layer
    for proposal in sorted(stuff, key=lambda a: (a.score or 0.0, a.id)):
        known_class(taxonomy, proposal.class_id)
        more, layer = stuff_accepted(layer, proposal, taxonomy, label)
        steps += more
    if things:
        first, moment = top(document), now()
        after = tuple(
            replace(a, proposal=False, order=first + n, modified=moment)
            for n, a in enumerate(things)
        )
        steps.append(Replace(tuple(things), after, label))
    return finish(document, steps, label)


def reject(document: Document, ids: Collection[int]) -> Command | None:
    """The step that throws proposals away."""
    gone = tuple(a for a in chosen(document, ids) if a.proposal)
    label = "Reject" if len(gone) == 1 else f"Reject {len(gone)} proposals"
    return finish(document, [Replace(gone, (), label)] if gone else [], label)


def delete(document: Document, ids: Collection[int], taxonomy: Taxonomy) -> Command | None:
    """The step that deletes objects, and rejects proposals among them.

    Raises:
        EngineError: one of them is locked.
    """
    gone = tuple(chosen(document, ids))
    for annotation in gone:
        refuse_locked(taxonomy, annotation)
    label = "Delete object" if len(gone) == 1 else f"Delete {len(gone)} objects"
    return finish(document, [Replace(gone, (), label)] if gone else [], label)


def change_class(
    document: Document, ids: Collection[int], class_id: int, taxonomy: Taxonomy
) -> Command | None:
    """The step that gives objects another class; proposals among them are accepted by it.

    Where the new class is stuff, the pixels go to the class map and the objects are gone.

    Raises:
        EngineError: an object, its class or the new class is locked, or there is no such class.
    """
    known_class(taxonomy, class_id)
    picked = [a for a in chosen(document, ids) if a.class_id != class_id or a.proposal]
    if not picked:
        return None
    refuse_locked_class(taxonomy, class_id)
    for annotation in picked:
        refuse_locked(taxonomy, annotation)
    label = f"Change class to {taxonomy.name(class_id)}"
    if taxonomy.is_thing(class_id):
        first, moment = top(document), now()
        after = tuple(
            replace(
                a,
                class_id=class_id,
                modified=moment,
                proposal=False,
                order=first + n if a.proposal else a.order,
            )
            for n, a in enumerate(picked)
        )
        return finish(document, [Replace(tuple(picked), after, label)], label)
    steps: list[Command] = [Replace(tuple(picked), (), label)]
    layer = document.layer
    for annotation in picked:
        patch = layer.change(annotation.mask, class_id, taxonomy.locked_ids)
        if patch:
            steps.append(flip_layer(layer, patch, label))
            layer = layer.flip(patch)
    return finish(document, steps, label)


def change_layer_class(
    document: Document, old: int, new: int, taxonomy: Taxonomy, region: Mask | None = None
) -> Command | None:
    """The step that gives pixels of stuff class ``old`` (within ``region``) the class ``new``.

    Where ``new`` is a thing, they leave the class map and become one object. ``UNLABELLED`` as
    ``new`` clears them.

    Raises:
        EngineError: a class is locked or not there.
    """
    if new != UNLABELLED:
        known_class(taxonomy, new)
    for class_id in (old, new):
        refuse_locked_class(taxonomy, class_id)
    pixels = document.layer.mask(old)
    if region is not None:
        pixels &= region
    if not pixels or old == new:
        return None
    label = f"Change class to {taxonomy.name(new)}" if new != UNLABELLED else "Clear"
    thing = taxonomy.is_thing(new)
    patch = document.layer.change(pixels, UNLABELLED if thing else new)
    steps: list[Command] = [flip_layer(document.layer, patch, label)]
    if thing:
        moment = now()
        made = Annotation(
            id=document.new_ids(1)[0],
            class_id=new,
            mask=pixels,
            order=top(document),
            created=moment,
            modified=moment,
        )
        steps.append(Replace((), (made,), label))
    return finish(document, steps, label)


def reorder(document: Document, ids: Collection[int], where: Where) -> Command | None:
    """The step that moves accepted objects up, down, to the top or to the bottom of the stack."""
    stack = document.ordered()
    wanted = {a.id for a in stack} & set(ids)
    still = [a for a in stack if a.id not in wanted]
    moving = [a for a in stack if a.id in wanted]
    if where == "top":
        result = still + moving
    elif where == "bottom":
        result = moving + still
    else:
        result = _shifted(stack, wanted, 1 if where == "up" else -1)
    if [a.id for a in result] == [a.id for a in stack]:
        return None
    pairs = [(a, replace(a, order=n)) for n, a in enumerate(result) if a.order != n]
    before, after = zip(*pairs, strict=True)
    label = "Bring forward" if where in ("up", "top") else "Send back"
    return Replace(before, after, label)


def set_attributes(
    document: Document, ids: Collection[int], *, label: str = "Change object", **fields: Any
) -> Command | None:
    """The step that sets ``locked``, ``hidden``, ``doubtful``, ``crowd``, ``note`` and the like.

    It changes no pixels, accepts nothing and leaves the image's status alone.
    """
    unknown = fields.keys() - ATTRIBUTES
    if unknown:
        raise TypeError(f"not an attribute that can be set: {', '.join(sorted(unknown))}")
    pairs = [(a, replace(a, **fields)) for a in chosen(document, ids)]
    pairs = [(a, b) for a, b in pairs if a != b]
    if not pairs:
        return None
    before, after = zip(*pairs, strict=True)
    return Replace(before, after, label)


def paste(
    document: Document,
    annotations: Iterable[Annotation],
    taxonomy: Taxonomy,
    offset: tuple[int, int] = (0, 0),
) -> Command | None:
    """The step that puts copies of objects, of this or another image, on top.

    Args:
        document: where to.
        annotations: objects of thing classes.
        taxonomy: the project's classes.
        offset: (dx, dy) in whole pixels; what leaves the image is cut off.

    Raises:
        EngineError: a class is locked, not there or painted as pixels, or nothing of them lies in
            this image.
    """
    originals = list(annotations)
    if not originals:
        return None
    made, first, moment = [], top(document), now()
    for original in originals:
        known_class(taxonomy, original.class_id)
        refuse_locked_class(taxonomy, original.class_id)
        mask = original.mask.moved(*offset).clip(document.box)
        if mask and taxonomy.is_thing(original.class_id):
            made.append((original, mask))
    if not made:
        stuff = next((a for a in originals if not taxonomy.is_thing(a.class_id)), None)
        if stuff is not None:
            name = taxonomy.name(stuff.class_id)
            raise EngineError(f"“{name}” is painted as pixels, so it cannot be pasted.")
        raise EngineError("Nothing was pasted: the objects lie outside this image.")
    ids = document.new_ids(len(made))
    after = tuple(
        Annotation(
            id=number,
            class_id=original.class_id,
            mask=mask,
            order=first + n,
            crowd=original.crowd,
            note=original.note,
            created=moment,
            modified=moment,
        )
        for n, (number, (original, mask)) in enumerate(zip(ids, made, strict=True))
    )
    label = "Paste object" if len(after) == 1 else f"Paste {len(after)} objects"
    return finish(document, [Replace((), after, label)], label)


def tidy(
    document: Document,
    ids: Collection[int],
    taxonomy: Taxonomy,
    *,
    max_hole: int | None = None,
    min_speck: int = 16,
) -> Command | None:
    """The step that fills holes and drops specks of objects; accepts proposals it changes.

    Those of stuff classes become pixels of the class map.

    Args:
        document: the image's annotations.
        ids: objects and proposals.
        taxonomy: the project's classes.
        max_hole: largest hole filled, pixels; None fills all.
        min_speck: smallest part kept, pixels; an object is never dropped whole.

    Raises:
        EngineError: one of them is locked.
    """
    label = "Fill gaps, drop specks"
    steps: list[Command | None] = []
    layer = document.layer
    for annotation in chosen(document, ids):
        mask = fill_holes(annotation.mask, max_hole)
        mask = drop_specks(mask, min_speck) or mask
        if mask.same(annotation.mask):
            continue
        if taxonomy.is_thing(annotation.class_id):
            steps.append(set_mask(document, annotation.id, mask, taxonomy, label=label))
            continue
        refuse_locked(taxonomy, annotation)
        more, layer = stuff_accepted(layer, annotation, taxonomy, label, mask)
        steps += more
    return at_once(document, steps, label)


def _shifted(stack: list[Annotation], wanted: set[int], by: int) -> list[Annotation]:
    """Each wanted one past its neighbour, those already at the end staying in their order."""
    result = list(stack)
    places = range(len(result) - 2, -1, -1) if by > 0 else range(1, len(result))
    for place in places:
        here, there = result[place], result[place + by]
        if here.id in wanted and there.id not in wanted:
            result[place], result[place + by] = there, here
    return result
