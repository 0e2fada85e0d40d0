"""Conflicts that still wait when the copy they came from is merged again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from engine.document.annotation import Annotation
from engine.document.changes import State
from engine.document.conflict import Conflict
from engine.masks.mask import Mask


class Standing(NamedTuple):
    """What waits after a merge.

    Attributes:
        gone: places in ``waiting`` of those that hold no more, or stand anew in ``fresh``.
        fresh: what is to be kept as new.
    """

    gone: list[int]
    fresh: list[Conflict]


def renewed(
    waiting: Sequence[Conflict],
    fresh: Sequence[Conflict],
    base: State | None,
    mine: State,
    theirs: State,
) -> Standing:
    """Bring what waits in line with what the copy holds now, so that nothing is asked twice.

    Args:
        waiting: conflicts with copies of that name, not decided.
        fresh: what the merge found.
        base: what the copy held when it was last merged; None where it is compared from some time
            before, which finds again whatever still holds.
        mine: what is here after the merge.
        theirs: what the copy holds now.
    """
    found, gone = list(fresh), []
    for place, each in enumerate(waiting):
        if not _of_this_copy(each, theirs if base is None else base):
            continue
        if base is None:
            gone.append(place)
        elif not _of_this_copy(each, theirs):
            gone.append(place)
            found = _anew(each, found, mine, theirs)
    return Standing(gone, found)


def _every(state: State) -> dict[int, Annotation]:
    return {**state.annotations, **state.proposals}


def _number(conflict: Conflict) -> int:
    return conflict.annotation if conflict.theirs is None else conflict.theirs.id


def _of_this_copy(conflict: Conflict, held: State) -> bool:
    """Whether a conflict is about what the copy held: another may bear the same name."""
    if conflict.kind == "area":
        return not conflict.patch - held.layer.mask(conflict.theirs_class)
    return _alike(conflict.theirs, _every(held).get(_number(conflict)))


def _alike(one: Annotation | None, other: Annotation | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.class_id == other.class_id and one.mask.same(other.mask)


def _anew(old: Conflict, fresh: Sequence[Conflict], mine: State, theirs: State) -> list[Conflict]:
    """What was found, with what is left of a conflict of before."""
    if old.kind == "area":
        patch = old.patch & theirs.layer.mask(old.theirs_class)
        patch = patch - mine.layer.mask(old.theirs_class)
        return [*fresh, replace(old, patch=patch)] if patch else list(fresh)
    here, there = _every(mine).get(old.annotation), _every(theirs).get(_number(old))
    if here is None or there is None or old.theirs is None:
        return list(fresh)  # taken away on a side: the merge itself found what there is to say
    if old.kind == "twice":
        rest = [each for each in fresh if each.annotation != there.id]
        patch = here.mask ^ there.mask
        return rest if _alike(here, there) else [*rest, _with(old, here, there, patch)]
    about = (old.kind, old.annotation)
    rest = [each for each in fresh if (each.kind, each.annotation) != about]
    if old.kind == "class":
        differ = here.class_id != there.class_id
        return [*rest, _with(old, here, there, Mask.EMPTY)] if differ else rest
    patch = old.patch
    for each in fresh:
        if (each.kind, each.annotation) == about:
            patch = patch | each.patch
    patch = patch & (here.mask ^ there.mask)
    return [*rest, _with(old, here, there, patch)] if patch else rest


def _with(old: Conflict, mine: Annotation, theirs: Annotation, patch: Mask) -> Conflict:
    return replace(
        old,
        theirs=theirs,
        patch=patch,
        mine_class=mine.class_id,
        theirs_class=theirs.class_id,
    )
