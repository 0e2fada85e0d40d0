"""Which look an object has now, from its state, its class and the view."""

from collections.abc import Callable
from dataclasses import dataclass

from app.canvas.colors import BARS, Look, overlay, rgb
from app.session import ProposalFilter, ViewOptions
from engine.document.annotation import Annotation
from engine.document.taxonomy import LabelClass

UNKNOWN = 0x808080


@dataclass(frozen=True, slots=True)
class Around:
    """What decides a look besides the object itself; ``draws`` is the list's filter."""

    view: ViewOptions
    filter: ProposalFilter
    selection: frozenset[int]
    hovered: int | None
    draws: Callable[[Annotation], bool] = lambda each: True


def look_of(annotation: Annotation, label: LabelClass | None, around: Around) -> Look:
    """The look of an object or proposal."""
    fill = overlay().fill
    doubtful = around.filter.doubts(annotation)
    locked = annotation.locked or (label is not None and label.locked)
    if annotation.id in around.selection:
        alpha = fill["selected"]
    elif doubtful:
        alpha = fill["uncertain"]
    elif annotation.proposal:
        alpha = fill["proposal"]
    elif locked:
        alpha = fill["locked"]
    else:
        alpha = fill["accepted"]
    alpha = _of_class(alpha, label, around.view)
    if annotation.id == around.hovered and alpha > 0:
        alpha += fill["hoverAdd"]
    hatch = BARS if doubtful else label.hatch if label else 0
    return Look(
        rgb(label.color) if label else UNKNOWN,
        alpha,
        hatch if alpha > 0 else 0,
        annotation.proposal,
        locked,
    )


def class_look(label: LabelClass | None, around: Around) -> Look:
    """The look of a class that is painted as pixels."""
    if label is None or not label.visible or label.deleted:
        return Look(0, 0.0)
    fill = overlay().fill
    alpha = _of_class(fill["locked" if label.locked else "accepted"], label, around.view)
    return Look(rgb(label.color), alpha, label.hatch if alpha > 0 else 0, False, label.locked)


def _of_class(alpha: float, label: LabelClass | None, view: ViewOptions) -> float:
    """The fill by the class's own opacity and the view's factor."""
    if not view.fills or (label is not None and label.contour_only):
        return 0.0
    if label is not None and label.opacity is not None:
        # The class's opacity stands for that of an accepted object; other states keep their share.
        alpha *= label.opacity / overlay().fill["accepted"]
    return min(1.0, alpha * view.opacity)
