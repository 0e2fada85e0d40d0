"""Where two copies of a project parted, image by image.

In this order: what the copy held when it was last merged here, if it has gone on from there; what
the image held when the project was split; else what both journals still lead back to. A plain copy
of a file has no base of its own, but both files have the same first steps. Where the copy took this
project's work in after that, it is what this project held then: both sides have all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine.document.annotation import Annotation
from engine.document.commands import from_payload
from engine.document.document import Document, State
from engine.document.taxonomy import Taxonomy
from engine.document.taxonomy_commands import applied
from engine.document.taxonomy_commands import from_payload as class_change
from engine.errors import EngineError
from engine.hands.classes import taxonomy_from
from engine.hands.report import label_of
from engine.hands.split import SPLITS
from engine.masks.class_map import ClassMap
from engine.store import Project, kin
from engine.store.hands import Kept
from engine.store.journal import PROJECT
from engine.store.kin import Base
from engine.store.packed import Unpacker

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Parting:
    """Where an image of two copies parted.

    Attributes:
        content: what it held, packed; None where only ``state`` is known.
        state: what it held; None where nothing is known, or ``content`` is.
        renamed: objects of theirs that came in under another number: theirs → here.
        older: what they hold now is what they held before it was last merged.
        mark: their step that is known of; empty for none.
        merged: it is what they held when they were last merged.
        ours: ``content`` is what the image held here when they took it in, in numbers of here.
    """

    content: bytes | None = None
    state: State | None = None
    renamed: Mapping[int, int] = field(default_factory=dict)
    older: bool = False
    mark: str = ""
    merged: bool = False
    ours: bool = False


class Bases:
    """Finds partings of one copy from this project."""

    def __init__(self, mine: Project, theirs: Project, again: bool = False) -> None:
        """Compare two copies; ``again`` forgets earlier merges."""
        self.key = copy_key(theirs)
        self._again = again
        self._split = common_split(mine, theirs)
        self._own, self._taken_in = copy_key(mine), label_of(theirs, mine)

    def find(
        self, mine: tuple[Kept, int], theirs: tuple[Kept, int], content: bytes
    ) -> Parting | None:
        """What is kept of an image; None where nothing is.

        Args:
            mine: what is stored here, and the image's number.
            theirs: likewise there.
            content: what they hold now, packed.
        """
        found = self._from_theirs(mine, theirs, content)
        if self._again or (found is not None and found.older):
            return found
        return self._from_ours(mine, theirs, found) or found

    def _from_ours(
        self, mine: tuple[Kept, int], theirs: tuple[Kept, int], found: Parting | None
    ) -> Parting | None:
        """What the image held here when they took it in, if that came after what is found."""
        there, image = theirs
        own = there.base(self._own, image)
        if own is None or not own.content or not mine[0].goes_on_from(mine[1], own.mark):
            return None
        since = kin.step_of(found.mark) if found is not None else 0
        # What they have not decided yet is no answer to what was done here.
        if not there.has_step(image, self._taken_in, since) or there.conflicts(image):
            return None
        renamed = {number: of_here for of_here, number in own.renamed.items()}
        renamed |= {} if found is None else found.renamed
        return Parting(own.content, renamed=renamed, ours=True)

    def _from_theirs(
        self, mine: tuple[Kept, int], theirs: tuple[Kept, int], content: bytes
    ) -> Parting | None:
        """What they held when they were last merged, or what was handed out."""
        here, there = mine[0], theirs[0]
        merged = None if self._again else here.base(self.key, mine[1])
        if merged is not None and not merged.content and merged.mark == there.mark(theirs[1]):
            merged = merged._replace(content=content)  # given up, but it is what they hold still
        if merged is not None and merged.content != content:
            older = there.was_before(theirs[1], merged.mark)
            goes_on = bool(merged.content) and there.goes_on_from(theirs[1], merged.mark)
            if older or goes_on:
                return _last(merged, older)
        elif merged is not None:
            return _last(merged)
        if self._split:
            split = there.base(self._split, theirs[1]) or here.base(self._split, mine[1])
            if split is not None:
                return Parting(split.content, renamed={} if merged is None else merged.renamed)
        return None


def _last(base: Base, older: bool = False) -> Parting:
    """What a copy held when it was last merged."""
    return Parting(base.content, None, base.renamed, older, base.mark, merged=True)


def merged_into(project: Project) -> dict[int, int]:
    """Classes that were merged into others, as the journal tells: class → what it is now."""
    found: dict[int, int] = {}
    if not any(entry.deleted for entry in project.taxonomy.everything):
        return found
    with project.comparing() as kept:
        steps, head = kept.steps(PROJECT)
        for mark in steps:
            step = kept.step(PROJECT, mark.number) if mark.number <= head else None
            try:
                change = None if step is None else class_change(step[0], step[1], "")
            except EngineError:
                continue  # of a newer version, or damaged: as good as forgotten
            if change is not None and change.source and change.target:
                found = {a: change.target if b == change.source else b for a, b in found.items()}
                found[change.source] = change.target
    return found


def shed(project: Project) -> None:
    """Give up what parts and copies held when they were merged: all of them are back.

    Merging one again still does nothing, but one that has gone on is compared from the split on,
    so that what was decided or deleted here since may be asked or come again.

    Raises:
        EngineError: the project can only be read.
    """
    project.shed_bases(_splits(project))


def copy_key(project: Project) -> str:
    """What a copy goes by among the bases of another."""
    part = project.part
    split, number = part.get("split"), part.get("number")
    return f"{split}/{number}" if split else f"copy {project.project_id}"


def common_split(mine: Project, theirs: Project) -> str:
    """The id of the latest split that both copies come from; empty for none."""
    here, there = _splits(mine), _splits(theirs)
    both = [each for each in there if each in here or each in _made(mine)]
    both += [each for each in here if each in _made(theirs)]
    return both[0] if both else ""


def _splits(project: Project) -> dict[str, Any]:
    """The splits a project comes from, the latest first, and the classes of that time."""
    part = project.part
    outer = part.get("outer")
    every = [part, *(outer if isinstance(outer, list) else [])]
    return {
        str(each["split"]): each.get("classes")
        for each in every
        if isinstance(each, dict) and each.get("split")
    }


def _made(project: Project) -> list[str]:
    said = project.setting(SPLITS)
    splits = said if isinstance(said, list) else []
    return [str(each.get("id")) for each in splits if isinstance(each, dict)]


# -- by the journals -------------------------------------------------------------------------------


def common_steps(mine: tuple[Kept, int], theirs: tuple[Kept, int]) -> int | None:
    """The newest step that both journals have and that is in force on both sides.

    0 is before the first; None where they have no step in common and one has forgotten its first.
    """
    (ours, head), (others, other_head) = (kept.steps(number) for kept, number in (mine, theirs))
    shared = set(ours) & set(others)
    if shared:
        return min(max(each.number for each in shared), head, other_head)
    whole = all(not steps or steps[0].number == 1 for steps in (ours, others))
    return 0 if whole else None


def rewound(kept: Kept, image: int, number: int, state: State, size: Size) -> State:
    """An image as it was after a step.

    Args:
        kept: what is stored there.
        image: its number there.
        number: of the step.
        state: what it holds now.
        size: (height, width).

    Raises:
        EngineError: the journal does not lead back there.
    """
    every = [*state.annotations.values(), *state.proposals.values()]
    document = Document(image, size, annotations=every, layer=state.layer, status=state.status)
    _, head = kept.steps(image)
    for step in range(head, number, -1):
        found = kept.step(image, step)
        if found is None:
            raise EngineError("The journal does not reach back to where the copies parted.")
        from_payload(found[0], found[1], size).inverse().apply(document)
    return document.state


def agreed(first: State, second: State) -> State:
    """What two accounts of the same past have in common; the rest counts as unknown."""
    layer = first.layer if first.layer.same(second.layer) else ClassMap(first.layer.size)
    sides = ((first.annotations, second.annotations), (first.proposals, second.proposals))
    kept = [
        MappingProxyType(
            {key: a for key, a in some.items() if key in other and _same(a, other[key])}
        )
        for some, other in sides
    ]
    return State(kept[0], kept[1], layer, first.status)


def _same(first: Annotation, second: Annotation) -> bool:
    return first.class_id == second.class_id and first.mask.same(second.mask)


def past(
    mine: tuple[Kept, int, State],
    theirs: tuple[Kept, int, State],
    size: Size,
) -> State | None:
    """Where an image of two plain copies parted, by their journals; None where that is lost."""
    number = common_steps(mine[:2], theirs[:2])
    if number is None:
        return None
    try:
        sides = [rewound(kept, image, number, now, size) for kept, image, now in (mine, theirs)]
    except EngineError:
        return None
    return agreed(*sides)


def past_classes(mine: Project, theirs: Project) -> Taxonomy | None:
    """The class list where two copies parted; None where that is not known."""
    split = common_split(mine, theirs)
    for side in (theirs, mine):
        if split in _splits(side):
            return taxonomy_from(_splits(side)[split])
    with mine.comparing() as here, theirs.comparing() as there:
        number = common_steps((here, PROJECT), (there, PROJECT))
        if number is None:
            return None
        taxonomy, (_, head) = mine.taxonomy, here.steps(PROJECT)
        for step in range(head, number, -1):
            found = here.step(PROJECT, step)
            if found is None:
                return None
            change = class_change(found[0], found[1], "")
            taxonomy = taxonomy.with_(*applied(taxonomy, change, forward=False))
            gone = [c.id for c in change.after if c.id not in {b.id for b in change.before}]
            taxonomy = taxonomy.without(*gone)
    return taxonomy


def state_of(parting: Parting | None, unpacker: Unpacker, image: int, size: Size) -> State | None:
    """What an image held at a parting.

    Raises:
        EngineError: it is damaged.
    """
    if parting is None:
        return None
    if parting.content is None:
        return parting.state
    return unpacker.state(parting.content, image, size)
