"""Strokes and other regions of pixels, made into commands (ARCHITECTURE.md, decision 5)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.document.annotation import PERSON, Annotation
from engine.document.commands import (
    Command,
    FlipLayer,
    FlipPixels,
    Replace,
    SetStatus,
    together,
    walk,
)
from engine.document.document import Document, Status, height
from engine.document.targets import (
    Target,
    is_locked,
    known_class,
    refuse_locked,
    refuse_locked_class,
)
from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.masks.class_map import ClassMap, IndexPatch, Rule
from engine.masks.mask import Mask
from engine.masks.tiles import Bits, Key


def paint(
    document: Document,
    region: Mask,
    target: Target,
    erase: bool,
    taxonomy: Taxonomy,
    *,
    seconds: float = 0.0,
    label: str = "",
) -> Command | None:
    """The step that paints or erases ``region`` in what the press chose; None for no change.

    A proposal that is touched is accepted by the same step. On the class map, painting takes
    pixels from other unlocked classes, accepted or proposed; erasing leaves pixels unlabelled
    where the current class was and nowhere else.

    Args:
        document: the image's annotations.
        region: what the gesture covered; what lies outside the image is left out.
        target: the answer of ``press``.
        erase: take away instead of adding.
        taxonomy: the project's classes.
        seconds: how long the gesture took, added to the object's working time.
        label: what undo calls it; by default after what happens.

    Raises:
        EngineError: what would be edited is locked.
    """
    region = region.clip(document.box)
    if not region:
        return None
    if target.stuff:
        known_class(taxonomy, target.class_id)
        refuse_locked_class(taxonomy, target.class_id)
        name = label or ("Eraser stroke" if erase else "Brush stroke")
        steps = on_layer(document, region, target.class_id, erase, taxonomy, name)
        return finish(document, steps, name)
    annotation = _object(document, region, target, erase, taxonomy)
    if annotation is None:
        return None if erase else _begin(document, region, target, taxonomy, seconds, label)
    refuse_locked(taxonomy, annotation)
    return _on_object(document, annotation, region, erase, seconds, label)


def foretelling(
    document: Document, target: Target, erase: bool, taxonomy: Taxonomy
) -> Callable[[Key, Bits], object] | None:
    """What works out, while a stroke goes on, what ``paint`` will ask for at its end.

    For ``Bitmap``; None where a stroke's end is no work.
    """
    if not target.stuff:
        return None
    if erase:
        return document.layer.foretelling(Rule(UNLABELLED, only=frozenset({target.class_id})))
    return document.layer.foretelling(Rule(target.class_id, frozenset(taxonomy.locked_ids)))


def set_mask(
    document: Document,
    annotation_id: int,
    mask: Mask,
    taxonomy: Taxonomy,
    *,
    label: str = "Reshape",
    seconds: float = 0.0,
) -> Command | None:
    """The step that gives an object or proposal the pixels of ``mask``; accepts a proposal.

    One of a stuff class becomes pixels of the class map.

    Raises:
        EngineError: it is locked.
    """
    annotation = document.find(annotation_id)
    if annotation is None:
        return None
    refuse_locked(taxonomy, annotation)
    mask = mask.clip(document.box)
    patch = annotation.mask ^ mask
    if not mask:
        return finish(document, [Replace((annotation,), (), label)], label)
    if not taxonomy.is_thing(annotation.class_id):
        steps, _ = stuff_accepted(document.layer, annotation, taxonomy, label, mask)
        return finish(document, steps, label)
    return flip_object(document, annotation, patch, seconds, label)


def flip_layer(layer: ClassMap, patch: IndexPatch, label: str) -> FlipLayer:
    """The command for ``patch`` on ``layer``, knowing every class that comes or goes by it."""
    return FlipLayer(patch, label, tuple(sorted(layer.classes(patch) - {UNLABELLED})))


def finish(document: Document, steps: list[Command], label: str) -> Command | None:
    """The steps as one, by which an image that was not begun, or done, becomes corrected."""
    if steps and document.status is not Status.CORRECTED:
        steps = [*steps, SetStatus(document.status, Status.CORRECTED, label)]
    return together(steps, label)


def at_once(document: Document, steps: Sequence[Command | None], label: str) -> Command | None:
    """Steps that were each finished by themselves, as one."""
    every = [part for step in steps if step is not None for part in walk(step)]
    return finish(document, [part for part in every if not isinstance(part, SetStatus)], label)


def top(document: Document) -> int:
    """The order of an object laid on top of all."""
    return 1 + max((a.order for a in document.annotations.values()), default=-1)


def now() -> float:
    """The time of an edit, seconds since 1970."""
    return round(time.time(), 3)


def stuff_accepted(
    layer: ClassMap,
    proposal: Annotation,
    taxonomy: Taxonomy,
    label: str,
    mask: Mask | None = None,
) -> tuple[list[Command], ClassMap]:
    """Accept one stuff proposal: it becomes pixels of the class map.

    Args:
        layer: the class map.
        proposal: of a stuff class.
        taxonomy: the project's classes.
        label: what undo calls it.
        mask: the pixels it is accepted with; None for its own.

    Returns:
        The commands, and the class map after them.
    """
    taken = proposal.mask if mask is None else mask
    patch = layer.change(taken, proposal.class_id, taxonomy.locked_ids)
    steps: list[Command] = [Replace((proposal,), (), label)]
    if patch:
        steps.append(flip_layer(layer, patch, label))
        layer = layer.flip(patch)
    return steps, layer


def on_layer(
    document: Document, region: Mask, class_id: int, erase: bool, taxonomy: Taxonomy, label: str
) -> list[Command]:
    """The commands by which a class takes, or loses, a region of the class map.

    Waiting stuff proposals follow: those of the class are accepted, others lose the region.
    """
    steps: list[Command] = []
    layer = document.layer
    for proposal in document.proposals.values():
        if taxonomy.is_thing(proposal.class_id) or is_locked(taxonomy, proposal):
            continue
        shared = proposal.mask & region
        if not shared:
            continue
        if proposal.class_id == class_id:
            accepted, layer = stuff_accepted(layer, proposal, taxonomy, label)
            steps += accepted
        elif not erase and shared.area == proposal.mask.area:
            steps.append(Replace((proposal,), (), label))
        elif not erase:
            steps.append(FlipPixels(proposal.id, shared, label))
    if erase:
        patch = layer.change_where(region, {class_id}, UNLABELLED)
    else:
        patch = layer.change(region, class_id, taxonomy.locked_ids)
    if patch:
        steps.append(flip_layer(layer, patch, label))
    return steps


def _object(
    document: Document, region: Mask, target: Target, erase: bool, taxonomy: Taxonomy
) -> Annotation | None:
    """The object a gesture edits; an eraser put down beside all takes the topmost it met."""
    if target.annotation is not None:
        return document.find(target.annotation)
    stack = [*document.ordered(), *sorted(document.proposals.values(), key=height)]
    for annotation in reversed(stack):
        if annotation.class_id != target.class_id or annotation.hidden:
            continue
        if not is_locked(taxonomy, annotation) and annotation.mask & region:
            return annotation
    return None


def _begin(
    document: Document,
    region: Mask,
    target: Target,
    taxonomy: Taxonomy,
    seconds: float,
    label: str,
) -> Command | None:
    known_class(taxonomy, target.class_id)
    refuse_locked_class(taxonomy, target.class_id)
    if not target.new:
        return None
    moment = now()
    annotation = Annotation(
        id=target.annotation or document.new_ids(1)[0],
        class_id=target.class_id,
        mask=region,
        order=top(document),
        created=moment,
        modified=moment,
        seconds=seconds,
    )
    name = label or f"New {taxonomy.name(target.class_id)}"
    return finish(document, [Replace((), (annotation,), name)], name)


def _on_object(
    document: Document,
    annotation: Annotation,
    region: Mask,
    erase: bool,
    seconds: float,
    label: str,
) -> Command | None:
    patch = region & annotation.mask if erase else region - annotation.mask
    name = label or ("Eraser stroke" if erase else "Brush stroke")
    if erase and patch.area == annotation.mask.area:
        return finish(document, [Replace((annotation,), (), name)], name)
    return flip_object(document, annotation, patch, seconds, name)


def flip_object(
    document: Document, annotation: Annotation, patch: Mask, seconds: float, label: str
) -> Command | None:
    """The step that turns over pixels of an object and keeps its account; accepts a proposal."""
    if not patch and not annotation.proposal:
        return None
    after = replace(annotation, modified=now(), seconds=annotation.seconds + seconds)
    if annotation.proposal:
        after = replace(after, proposal=False, order=top(document))
    if patch and annotation.source != PERSON:
        removed = (patch & annotation.mask).area
        after = replace(
            after,
            edited=True,
            added=annotation.added + patch.area - removed,
            removed=annotation.removed + removed,
        )
    steps: list[Command] = [Replace((annotation,), (after,), label)]
    if patch:
        steps.append(FlipPixels(annotation.id, patch, label))
    return finish(document, steps, label)
