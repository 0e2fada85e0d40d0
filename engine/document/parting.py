"""Taking apart: cutting objects and areas along a line, and moving their outlines."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from engine.document.annotation import PERSON, Annotation
from engine.document.commands import Command, Replace
from engine.document.document import Document
from engine.document.painting import at_once, finish, flip_layer, flip_object, now, on_layer, top
from engine.document.targets import known_class, refuse_locked, refuse_locked_class
from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.errors import EngineError
from engine.masks.mask import Mask


class Parted(NamedTuple):
    """What a cut does.

    Attributes:
        command: the one step.
        made: ids of the objects that came off, largest first; none on the class map.
    """

    command: Command
    made: tuple[int, ...]


def cut(
    document: Document,
    annotation_id: int,
    pieces: Sequence[Mask],
    taxonomy: Taxonomy,
    *,
    gone: Mask = Mask.EMPTY,
    seconds: float = 0.0,
) -> Parted | None:
    """The step that takes pieces off an object; None where there is no piece.

    The object stays what it is without them: id, class, score and the rest. They become objects
    of the same class, directly above it. A proposal is accepted by the same step.

    Args:
        document: the image's annotations.
        annotation_id: an object or proposal of a thing class.
        pieces: disjoint parts of it, as ``engine.masks.cutting.split`` answers with.
        taxonomy: the project's classes.
        gone: pixels of it in no piece, which are taken away.
        seconds: how long the gesture took.

    Raises:
        EngineError: it is locked, or a proposal of a stuff class.
    """
    annotation = document.find(annotation_id)
    if annotation is None or not pieces:
        return None
    refuse_locked(taxonomy, annotation)
    if not taxonomy.is_thing(annotation.class_id):
        name = taxonomy.name(annotation.class_id)
        raise EngineError(f"“{name}” is painted as pixels. Accept the proposal, then cut it.")
    lost = together(pieces) | gone
    label = f"Cut into {len(pieces) + 1}"
    step = flip_object(document, annotation, lost, seconds, label)
    order = top(document) if annotation.proposal else annotation.order
    made = _made(document, annotation, pieces, order)
    command = at_once(document, [step, Replace((), made, label)], label)
    return None if command is None else Parted(command, tuple(each.id for each in made))


def cut_class(
    document: Document,
    class_id: int,
    pieces: Sequence[Mask],
    new_class: int,
    taxonomy: Taxonomy,
    *,
    gone: Mask = Mask.EMPTY,
) -> Parted | None:
    """The step that takes pieces off an area of the class map; None where there is no piece.

    They get another class; where that is a thing, each becomes an object. They may keep their
    class when pixels between them and the rest are taken away.

    Args:
        document: the image's annotations.
        class_id: of the area.
        pieces: disjoint parts of it.
        new_class: what they become.
        taxonomy: the project's classes.
        gone: pixels of it in no piece, which become unlabelled.

    Raises:
        EngineError: a class is locked or not there, or both are the same and nothing is taken
            away.
    """
    known_class(taxonomy, new_class)
    refuse_locked_class(taxonomy, class_id)
    refuse_locked_class(taxonomy, new_class)
    if not pieces:
        return None
    name, same = taxonomy.name(class_id), new_class == class_id
    if same and not gone:
        raise EngineError(
            f"This area is “{name}” already. Choose the class the piece is to have, then cut."
        )
    label = f"Cut “{name}”"
    thing = taxonomy.is_thing(new_class)
    layer, steps = document.layer, []
    if not same:
        taken = layer.change(together(pieces), UNLABELLED if thing else new_class)
        steps.append(flip_layer(layer, taken, label))
        layer = layer.flip(taken)
    cleared = layer.change_where(gone, {class_id}, UNLABELLED)
    if cleared:
        steps.append(flip_layer(layer, cleared, label))
    made: tuple[Annotation, ...] = ()
    if thing:
        like = Annotation(id=0, class_id=new_class, mask=Mask.EMPTY)
        made = _made(document, like, pieces, top(document))
    command = finish(document, [*steps, *([Replace((), made, label)] if made else [])], label)
    return None if command is None else Parted(command, tuple(each.id for each in made))


def reshape(
    document: Document,
    annotation_id: int,
    patch: Mask,
    taxonomy: Taxonomy,
    *,
    label: str = "Move point",
    seconds: float = 0.0,
) -> Command | None:
    """The step that turns over the pixels of ``patch`` in an object; all others stay.

    A proposal is accepted by it; an object of which nothing is left is deleted.

    Raises:
        EngineError: it is locked.
    """
    annotation = document.find(annotation_id)
    patch = patch.clip(document.box)
    if annotation is None or not patch:
        return None
    refuse_locked(taxonomy, annotation)
    if patch.same(annotation.mask):
        return finish(document, [Replace((annotation,), (), label)], label)
    return flip_object(document, annotation, patch, seconds, label)


def reshape_class(
    document: Document,
    class_id: int,
    patch: Mask,
    taxonomy: Taxonomy,
    *,
    label: str = "Move point",
) -> Command | None:
    """The step by which an area of the class map loses the pixels of ``patch`` or gains them.

    What it loses is unlabelled; what it gains it takes from other unlocked classes.

    Raises:
        EngineError: the class is locked.
    """
    patch = patch.clip(document.box)
    refuse_locked_class(taxonomy, class_id)
    lost = document.layer.change_where(patch, {class_id}, UNLABELLED)
    gained = patch - document.layer.mask(class_id)
    # Both are told apart by the pixels as they are, so neither minds which comes first.
    steps: list[Command] = [flip_layer(document.layer, lost, label)] if lost else []
    if gained:
        steps += on_layer(document, gained, class_id, False, taxonomy, label)
    return finish(document, steps, label)


def together(masks: Iterable[Mask]) -> Mask:
    """All pixels of several masks, joined by twos: one by one each would be copied for each."""
    left = list(masks)
    while len(left) > 1:
        pairs = [one | other for one, other in zip(left[::2], left[1::2], strict=False)]
        left = pairs + left[len(left) // 2 * 2 :]
    return left[0] if left else Mask.EMPTY


def _made(
    document: Document, like: Annotation, pieces: Sequence[Mask], order: int
) -> tuple[Annotation, ...]:
    """A new object for each piece of an old one."""
    moment = now()
    blank = replace(
        like,
        order=order,
        score=None,
        edited=like.source != PERSON,
        proposal=False,
        note="",
        coco_id=None,
        created=moment,
        modified=moment,
        seconds=0.0,
        added=0,
        removed=0,
        extra={},
    )
    numbers = document.new_ids(len(pieces))
    return tuple(
        replace(blank, id=number, mask=piece) for number, piece in zip(numbers, pieces, strict=True)
    )
