"""Ground that no other object holds."""

from app.tools.base import Desk
from engine.document.edits import Target
from engine.masks.box import intersect
from engine.masks.mask import Mask


def only_free(desk: Desk, target: Target, region: Mask) -> Mask:
    """The part of a region in which no accepted object other than the target is shown."""
    for each in desk.shown():
        other = not each.proposal and each.id != target.annotation
        if other and intersect(each.mask.box, region.box) is not None:
            region -= each.mask
    return region
