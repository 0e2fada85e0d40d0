"""Conflicts and what a merge did, in words."""

from engine.document.annotation import Annotation
from engine.document.conflict import Conflict
from engine.document.taxonomy import Taxonomy
from engine.masks.box import Box, union


def conflict_words(conflict: Conflict, taxonomy: Taxonomy, name: str) -> str:
    """What a conflict is about, as a sentence without the image's name.

    Args:
        conflict: which.
        taxonomy: the classes here.
        name: what the other copy is called.
    """
    mine, theirs = taxonomy.name(conflict.mine_class), taxonomy.name(conflict.theirs_class)
    number, pixels = f"object {conflict.annotation}", f"{conflict.patch.area:,} px"
    if conflict.kind == "pixels":
        return f"{mine}, {number}: both changed its outline at the same place; {pixels} differ."
    if conflict.kind == "class":
        return f"{number.capitalize()}: {mine} here, {theirs} in {name}."
    if conflict.kind == "gone_here":
        return f"{theirs}, {number}: deleted here, changed in {name}."
    if conflict.kind == "gone_there":
        return f"{mine}, {number}: changed here, deleted in {name}."
    if conflict.kind == "twice":
        same = mine if mine == theirs else f"{mine} here, {theirs} in {name}"
        return f"{same}, {number}: drawn on both sides; {pixels} differ."
    return f"Painted {mine} here, {theirs} in {name}: {pixels}."


def short_words(conflict: Conflict, taxonomy: Taxonomy) -> str:
    """The same for a row of a list."""
    mine, theirs = taxonomy.name(conflict.mine_class), taxonomy.name(conflict.theirs_class)
    return {
        "pixels": f"{mine}, outline",
        "class": f"{mine} or {theirs}",
        "gone_here": f"{theirs}, deleted here",
        "gone_there": f"{mine}, deleted there",
        "twice": f"{mine}, drawn twice",
        "area": f"{mine} or {theirs}, area",
    }[conflict.kind]


def place(conflict: Conflict, here: Annotation | None) -> Box | None:
    """The box of what a conflict is about, in pixels; None where nothing of it is there any more.

    Args:
        conflict: which.
        here: the object it is about as it is here now; None where there is none.
    """
    masks = [conflict.patch] if conflict.patch else []
    if not masks:
        masks = [each.mask for each in (here, conflict.theirs) if each is not None and each.mask]
    if not masks:
        return None
    box = masks[0].box
    for mask in masks[1:]:
        box = union(box, mask.box)
    return box


def by_words(here: Annotation | None, theirs: Annotation | None) -> str:
    """Who made either side, as a sentence; empty where that is not known of either."""
    mine, other = about(here), about(theirs)
    if mine and other:
        return f"Mine is by {mine}, theirs by {other}."
    return f"Mine is by {mine}." if mine else f"Theirs is by {other}." if other else ""


def about(annotation: Annotation | None) -> str:
    """Who made a side of a conflict; empty where that is not known."""
    return annotation.person if annotation is not None else ""
