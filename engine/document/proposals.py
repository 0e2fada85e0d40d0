"""What a new prediction does to the proposals of an image (ARCHITECTURE.md, decision 5)."""

from collections.abc import Iterable
from typing import Final

from engine.document.annotation import Annotation
from engine.document.document import Document, State
from engine.masks.box import intersect
from engine.masks.mask import Mask

AGREES: Final = 0.8
"""Two masks of one class with an IoU above this say the same."""


def fresh(state: State, proposals: Iterable[Annotation]) -> list[Annotation]:
    """Those of ``proposals`` that say something the accepted annotations do not.

    One is left out when an accepted object of its class, or the class's pixels in the class map,
    agree with it (IoU > 0.8), and when it has no pixels.
    """
    accepted: dict[int, list[Mask]] = {}
    for annotation in state.annotations.values():
        accepted.setdefault(annotation.class_id, []).append(annotation.mask)
    painted: dict[int, Mask] = {}
    areas = state.layer.areas()
    kept = []
    for proposal in proposals:
        class_id = proposal.class_id
        known = accepted.get(class_id, [])
        if class_id in areas and _may_agree(areas[class_id], proposal.mask.area):
            if class_id not in painted:
                painted[class_id] = state.layer.mask(class_id)
            known = [*known, painted[class_id]]
        if proposal.mask and not any(_agree(mask, proposal.mask) for mask in known):
            kept.append(proposal)
    return kept


def set_proposals(document: Document, proposals: Iterable[Annotation]) -> list[Annotation]:
    """Replace what waits in ``document`` by what is new in ``proposals``; answer with that.

    Accepted and painted annotations are never changed, and this is no step of the history.
    """
    kept = fresh(document.state, proposals)
    document.set_proposals(kept)
    return kept


def _may_agree(first: int, second: int) -> bool:
    """Whether areas are near enough for an IoU above the limit to be possible at all."""
    return min(first, second) > AGREES * max(first, second)


def _agree(first: Mask, second: Mask) -> bool:
    if not _may_agree(first.area, second.area) or intersect(first.box, second.box) is None:
        return False
    return first.iou(second) > AGREES
