"""How tools that paint begin and end: what the press edits, and the step of what was covered."""

from app.tools.base import Desk, Pointer, Result
from app.tools.offered import KEEP_INSIDE
from app.tools.options import is_on
from engine.document import edits
from engine.document.commands import Command
from engine.document.edits import Target
from engine.masks.box import intersect
from engine.masks.mask import Mask


def aimed(press: Pointer, desk: Desk) -> Target:
    """What the press edits (decision 5 of ARCHITECTURE.md); the preview shows its class.

    Raises:
        EngineError: nothing can be edited here; the text says why.
    """
    target = edits.press(
        desk.document,
        desk.taxonomy,
        desk.class_id,
        press.at,
        desk.selection,
        force_new=desk.force_new,
        erase=press.erase,
    )
    desk.preview.begin(target.class_id, erase=press.erase)
    return target


def painted(
    desk: Desk, region: Mask, target: Target, press: Pointer, end: Pointer, name: str = ""
) -> Result:
    """The end of a gesture.

    Args:
        desk: with the document.
        region: what was covered, as far as it may be touched.
        target: the answer of ``aimed``.
        press: how the gesture began; it says whether pixels are taken away.
        end: how it ended, for the time it took.
        name: of the tool, for undo; without it the step is called a stroke.

    Raises:
        EngineError: what would be edited is locked.
    """
    command = edits.paint(
        desk.document,
        region,
        target,
        press.erase,
        desk.taxonomy,
        seconds=max(0.0, end.time - press.time),
        label=f"{name} cut" if name and press.erase else name,
    )
    return result(command, target)


def result(command: Command | None, target: Target) -> Result:
    """The step, after which the object it edited is selected."""
    chosen = (target.annotation,) if target.annotation is not None and command else None
    return Result(command, chosen)


def kept_inside(desk: Desk, target: Target, press: Pointer, region: Mask) -> Mask:
    """What ``KEEP_INSIDE`` leaves of a region: no pixel of another accepted object that shows."""
    if press.erase or not is_on(desk.options, KEEP_INSIDE):
        return region
    for each in desk.shown():
        other = not each.proposal and each.id != target.annotation
        if other and intersect(each.mask.box, region.box) is not None:
            region -= each.mask
    return region
