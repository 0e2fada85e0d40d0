"""Three states of one image as one: what two people did since their copies parted.

What was changed on one side only is taken. Where both changed the outline of an object, changes
that share no pixel are both taken. A pixel of a mask is in or out, so two changes of the same pixel
agree; what can disagree is a place: a connected change that both touched and left different. There
the pixels that differ are a conflict, and stay as they are here until somebody picks a side.

Without a base (nothing is known of where they parted) nothing counts as taken away.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from engine.document.annotation import Annotation, is_model
from engine.document.changes import State, Status
from engine.document.commands import Command, FlipPixels, Replace, SetStatus
from engine.document.conflict import Conflict
from engine.document.painting import flip_layer
from engine.document.three_way_layer import merge_layers
from engine.masks.box import intersect
from engine.masks.class_map import ClassMap
from engine.masks.components import components
from engine.masks.mask import Mask

TWICE: Final = 0.5
"""Two new objects with at least this IoU are the same thing, drawn by both."""

_ADDED: Final = ("seconds", "added", "removed")
"""Attributes that count what was done: both sides' work is added up."""

_PLAIN: Final = (
    *("order", "score", "source", "edited", "crowd", "locked", "hidden", "doubtful"),
    *("coco_id", "extra", "person", "proposal"),
)
"""Attributes of which theirs is taken where only they changed it, else mine stays."""

_RANK: Final = {Status.NEW: 0, Status.PROPOSED: 0, Status.CORRECTED: 1, Status.DONE: 2}


class Merge(NamedTuple):
    """What a merge of one image comes to.

    Attributes:
        commands: from mine to the merged state, in order.
        conflicts: what stays as it is here until it is decided.
        renamed: objects of theirs that came in under another number: theirs → here.
        objects: how many objects were added, changed or taken away.
    """

    commands: list[Command]
    conflicts: list[Conflict]
    renamed: dict[int, int]
    objects: int


@dataclass(slots=True)
class _Work:
    """What has been found so far; ``before`` and ``after`` are sides of one ``Replace``."""

    before: list[Annotation] = field(default_factory=list)
    after: list[Annotation] = field(default_factory=list)
    flips: list[tuple[int, Mask]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    fresh: list[Annotation] = field(default_factory=list)  # theirs, new
    renamed: dict[int, int] = field(default_factory=dict)


def merge_states(
    base: State | None,
    mine: State,
    theirs: State,
    new_ids: Callable[[int], Sequence[int]],
    label: str,
    decided: bool = False,
    taken: Collection[int] = (),
) -> Merge:
    """Work out what to do to ``mine`` so that it holds what was done in ``theirs`` too.

    Args:
        base: what both were when they parted; None where that is not known.
        mine: the image here.
        theirs: the image there, in the classes and numbers of this project.
        new_ids: answers with that many numbers nobody has had.
        label: what undo calls it.
        decided: conflicts are decided by the caller, and keep no image from being done.
        taken: numbers that objects of other images have: an object of theirs gets another.
    """
    old = {} if base is None else _every(base)
    here, there = _every(mine), _every(theirs)
    work = _Work()
    touched = _RANK[mine.status] > 0
    for number in sorted(old.keys() | there.keys()):
        _one(work, old.get(number), here.get(number), there.get(number), touched)
    own = [
        a
        for a in here.values()
        if a.id not in old and a.id not in there.keys() - work.renamed.keys()
    ]
    _bring_in(work, own, {*here, *taken}, new_ids)
    layer = ClassMap(mine.layer.size) if base is None else base.layer
    painted = merge_layers(layer, mine.layer, theirs.layer)
    for (ours, other), patch in painted.conflicts.items():
        work.conflicts.append(
            Conflict(kind="area", patch=patch, mine_class=ours, theirs_class=other)
        )
    commands: list[Command] = []
    if work.before or work.after:
        commands.append(Replace(tuple(work.before), tuple(work.after), label))
    commands += [FlipPixels(number, patch, label) for number, patch in work.flips]
    if painted.patch:
        commands.append(flip_layer(mine.layer, painted.patch, label))
    status = _status(base, mine, theirs, bool(commands), bool(work.conflicts) and not decided)
    if status is not mine.status:
        commands.append(SetStatus(mine.status, status, label))
    changed = {a.id for a in (*work.before, *work.after)} | {number for number, _ in work.flips}
    return Merge(commands, work.conflicts, work.renamed, len(changed))


def translated(state: State, classes: dict[int, int], numbers: dict[int, int]) -> State:
    """A state in other class and object numbers; those that are not named stay what they are."""
    moved = {a: b for a, b in classes.items() if a != b}

    def side(some: Iterable[Annotation]) -> MappingProxyType[int, Annotation]:
        found = [
            replace(a, id=numbers.get(a.id, a.id), class_id=moved.get(a.class_id, a.class_id))
            if a.id in numbers or a.class_id in moved
            else a
            for a in some
        ]
        return MappingProxyType({a.id: a for a in found})

    layer = state.layer
    regions = [(layer.mask(index), moved[index]) for index in layer.areas() if index in moved]
    for region, index in regions:
        layer = layer.flip(layer.change(region, index))
    return State(
        side(state.annotations.values()), side(state.proposals.values()), layer, state.status
    )


def _every(state: State) -> dict[int, Annotation]:
    return {**state.annotations, **state.proposals}


def _one(
    work: _Work,
    old: Annotation | None,
    mine: Annotation | None,
    theirs: Annotation | None,
    touched: bool,
) -> None:
    """One number on all sides. ``touched``: a person has worked on the image here."""
    if old is None:
        _new(work, mine, theirs)
    elif mine is None:
        if theirs is not None and _differs(old, theirs):
            if old.proposal and not touched:
                work.fresh.append(theirs)  # nobody rejected it here: a model's answer came between
            else:
                work.conflicts.append(_conflict("gone_here", None, theirs))
    elif theirs is None:
        if not _differs(old, mine):
            work.before.append(mine)
        elif not (old.proposal and mine.proposal):
            work.conflicts.append(_conflict("gone_there", mine, None))
    else:
        _both(work, old, mine, theirs)


def _new(work: _Work, mine: Annotation | None, theirs: Annotation | None) -> None:
    """A number that neither side had when they parted, or of which that is not known."""
    if theirs is None:
        return
    if mine is None:
        work.fresh.append(theirs)
    elif not _differs(mine, theirs):
        return
    elif _maker(mine) == _maker(theirs) and (mine.created or mine.mask.iou(theirs.mask) >= TWICE):
        _both(work, None, mine, theirs)
    else:  # two objects that were given the same number
        work.renamed[theirs.id] = 0
        work.fresh.append(theirs)


def _both(work: _Work, old: Annotation | None, mine: Annotation, theirs: Annotation) -> None:
    """An object that is on both sides."""
    fields = _fields(old, mine, theirs) if old is not None else _noted(mine, theirs)
    differ = mine.class_id != theirs.class_id
    if differ and (old is None or old.class_id not in (mine.class_id, theirs.class_id)):
        work.conflicts.append(_conflict("class", mine, theirs))
    elif differ and old is not None and mine.class_id == old.class_id:
        fields["class_id"] = theirs.class_id
    merged, patch = _pixels(None if old is None else old.mask, mine.mask, theirs.mask)
    if patch:
        work.conflicts.append(replace(_conflict("pixels", mine, theirs), patch=patch))
    if not merged and mine.mask:  # each took away a part, and nothing is left
        work.before.append(mine)
        return
    if fields:
        work.before.append(mine)
        work.after.append(replace(mine, **fields))
    flip = merged ^ mine.mask
    if flip:
        work.flips.append((mine.id, flip))


def _fields(old: Annotation, mine: Annotation, theirs: Annotation) -> dict[str, Any]:
    """Attributes that become others than they are here."""
    found: dict[str, Any] = {}
    for name in _PLAIN:
        was, here, there = (getattr(a, name) for a in (old, mine, theirs))
        if here == was != there:
            found[name] = there
    if theirs.modified not in (old.modified, mine.modified):
        found["modified"] = max(mine.modified, theirs.modified)
    for name in _ADDED:
        more = getattr(theirs, name) - getattr(old, name)
        if more and getattr(theirs, name) != getattr(mine, name):
            found[name] = max(0, getattr(mine, name) + more)
    if mine.note == old.note != theirs.note:
        found["note"] = theirs.note
    elif theirs.note != old.note:
        found |= _noted(mine, theirs)
    return found


def _noted(mine: Annotation, theirs: Annotation) -> dict[str, Any]:
    """Both notes as one, where theirs says something that mine does not."""
    if theirs.note in ("", mine.note):
        return {}
    return {"note": " / ".join(filter(None, (mine.note, theirs.note)))}


def _pixels(old: Mask | None, mine: Mask, theirs: Mask) -> tuple[Mask, Mask]:
    """The mask both come to, and the pixels in conflict, which are as in ``mine``."""
    if mine.same(theirs):
        return mine, Mask.EMPTY
    if old is None:
        return mine, mine ^ theirs
    here, there = old ^ mine, old ^ theirs
    shared = here & there
    if not shared:
        return mine ^ there, Mask.EMPTY
    differ = here ^ there
    patch = Mask.EMPTY
    for place in components(here | there):
        if shared & place:
            patch = patch | (differ & place)
    return mine ^ ((there - here) - patch), patch


def _bring_in(
    work: _Work,
    own: Sequence[Annotation],
    used: set[int],
    new_ids: Callable[[int], Sequence[int]],
) -> None:
    """Add their new objects, but for those that were drawn here too (they are among ``own``)."""
    twins = _twins(work.fresh, own)
    for place, theirs in enumerate(work.fresh):
        each, twin = theirs, twins.get(place)
        if theirs.id in work.renamed or theirs.id in used:
            work.renamed[theirs.id] = new_ids(1)[0]
            each = replace(theirs, id=work.renamed[theirs.id])
        if twin is None or not _settled(work, twin, each):
            work.after.append(each)
        elif _alike(twin, each):
            work.renamed[theirs.id] = twin.id  # one object from now on


def _settled(work: _Work, mine: Annotation, theirs: Annotation) -> bool:
    """Two that are the same thing; False where theirs is to be added all the same."""
    if theirs.proposal:  # what a model said counts less than anything that is here
        return True
    if mine.proposal:
        work.before.append(mine)
        return False
    noted = _noted(mine, theirs)
    if not _alike(mine, theirs):
        conflict = _conflict("twice", mine, theirs)
        work.conflicts.append(replace(conflict, patch=mine.mask ^ theirs.mask))
    elif noted:
        work.before.append(mine)
        work.after.append(replace(mine, **noted))
    return True


def _twins(fresh: Sequence[Annotation], own: Sequence[Annotation]) -> dict[int, Annotation]:
    """Which of mine is the same thing as one of theirs, by its place; those most alike first."""
    possible = [
        (-mine.mask.iou(theirs.mask), mine.id, place, mine)
        for place, theirs in enumerate(fresh)
        for mine in own
        if intersect(mine.mask.box, theirs.mask.box) is not None
    ]
    found: dict[int, Annotation] = {}
    taken: set[int] = set()
    for overlap, number, place, mine in sorted(possible, key=lambda each: each[:3]):
        if -overlap >= TWICE and place not in found and number not in taken:
            found[place] = mine
            taken.add(number)
    return found


def _alike(first: Annotation, second: Annotation) -> bool:
    """Whether two are the same thing in class and pixels, both accepted or both not."""
    return not _differs(first, replace(second, note=first.note))


def _differs(first: Annotation, second: Annotation) -> bool:
    """Whether what an object is, and not how it is shown, differs."""
    same = (first.class_id, first.proposal, first.note) == (
        second.class_id,
        second.proposal,
        second.note,
    )
    return not same or not first.mask.same(second.mask)


def _maker(each: Annotation) -> tuple[float, str]:
    """When and by what an object was made; older files call what was imported a person's."""
    return each.created, each.source if is_model(each.source) else ""


def _conflict(kind: Any, mine: Annotation | None, theirs: Annotation | None) -> Conflict:
    return Conflict(
        kind=kind,
        annotation=mine.id if mine is not None else theirs.id if theirs is not None else 0,
        theirs=theirs,
        patch=Mask.EMPTY,
        mine_class=0 if mine is None else mine.class_id,
        theirs_class=0 if theirs is None else theirs.class_id,
    )


def _status(
    base: State | None, mine: State, theirs: State, changes: bool, conflicts: bool
) -> Status:
    """How far the image is: as far as both sides are that did something."""
    was = _RANK[base.status] if base is not None else 0
    here, there = _RANK[mine.status], _RANK[theirs.status]
    rank = there if here == was else here if there == was else min(here, there)
    if conflicts or (rank == 2 and here == 2 and there < 2 and changes):
        rank = 1
    if rank == _RANK[mine.status]:
        return mine.status
    return {1: Status.CORRECTED, 2: Status.DONE}.get(rank, theirs.status)
