"""Filling enclosed areas, and saying that an image is done."""

from collections.abc import Callable

from engine.document.commands import Command, SetStatus, together
from engine.document.document import Document, Status
from engine.document.painting import flip_layer, paint
from engine.document.targets import Target
from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.errors import EngineError
from engine.masks.flood import flood
from engine.masks.mask import Mask


def fill(
    document: Document,
    point: tuple[float, float],
    target: Target,
    taxonomy: Taxonomy,
    allowed: Callable[[Mask], Mask] = lambda region: region,
) -> Command | None:
    """The step that fills the connected area under ``point``.

    On the class map: the area of one value. In an object: the gap it encloses.

    Args:
        document: the image's annotations.
        point: (x, y) in image pixels.
        target: what is filled, or whose gap.
        taxonomy: the project's classes.
        allowed: the part of an area that may be painted; the area is found without it.

    Raises:
        EngineError: the area is not enclosed by the object, or what would change is locked.
    """
    seed = int(point[0] // 1), int(point[1] // 1)
    if not (0 <= seed[0] < document.size[1] and 0 <= seed[1] < document.size[0]):
        return None
    if target.stuff:
        region = flood(document.layer.read, document.size, seed)
        return paint(document, allowed(region), target, False, taxonomy, label="Fill")
    annotation = None if target.annotation is None else document.find(target.annotation)
    if annotation is None:
        raise EngineError(
            "Select the object whose gap you want to fill, then press inside the gap."
        )
    if annotation.mask.at(*seed):
        return None
    region = flood(annotation.mask.read, document.size, seed)
    left, top, right, bottom = region.box
    if left == 0 or top == 0 or right == document.size[1] or bottom == document.size[0]:
        raise EngineError("This area is open to the edge of the image; close the outline first.")
    return paint(document, allowed(region), target, False, taxonomy, label="Fill")


def mark_done(document: Document, *, background: bool = True) -> Command | None:
    """The step that says the image is done.

    Args:
        document: the image's annotations.
        background: unlabelled pixels become confirmed background; else they stay void
            (ARCHITECTURE.md, decision 2).
    """
    if document.status is Status.DONE:
        return None
    label = "Mark done"
    steps: list[Command] = []
    if background:
        whole = Mask.rectangle(document.box)
        patch = document.layer.change_where(whole, {UNLABELLED}, BACKGROUND)
        if patch:
            steps.append(flip_layer(document.layer, patch, label))
    steps.append(SetStatus(document.status, Status.DONE, label))
    return together(steps, label)


def reopen(document: Document) -> Command | None:
    """The step that takes the image out of the done ones; background stays background."""
    if document.status is not Status.DONE:
        return None
    return SetStatus(Status.DONE, Status.CORRECTED, "Mark not done")
