"""Picking sides of what two copies made differently, one conflict at a time or all that wait."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, groupby

from engine.document import conflict as conflicts
from engine.document.commands import Command, Several, classes_of
from engine.document.conflict import Conflict, Side
from engine.document.document import Document
from engine.document.project_history import Progress
from engine.document.taxonomy import Taxonomy
from engine.document.taxonomy_commands import ChangeClasses
from engine.errors import EngineError
from engine.hands.bases import merged_into
from engine.store import Project
from engine.store.kin import ConflictRow


def decide(mine: Project, row: ConflictRow, side: Side) -> None:
    """Pick a side of a conflict, as one step of its image.

    A class of theirs that was merged into another since is that other; one that was deleted comes
    back.

    Raises:
        EngineError: the side cannot be taken, or the class list is locked and theirs is deleted.
    """
    document = mine.load(row.image)
    history = mine.history(document)
    found = _recast(mine, conflicts.decode(row.payload, document.size))
    step = conflicts.settle(document, found, side, mine.taxonomy)
    back = revived(mine.taxonomy, classes_of(step))
    if back is not None:
        mine.taxonomy.refuse_locked(back.label)
    with mine.together(), unsigned(document, document.person):
        if back is not None:
            mine.project_history.do(back)
        history.do(step)
        mine.decide(row)


@dataclass(slots=True)
class Decided:
    """What deciding many conflicts for one side came to.

    Attributes:
        count: how many were decided.
        images: ids of the images they are in.
        problems: sentences about those that still wait.
    """

    count: int = 0
    images: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def deciding(mine: Project, side: Side, rows: Sequence[ConflictRow]) -> Progress[Decided]:
    """Pick one side of many conflicts: one step for each image, which undo takes back.

    Args:
        mine: open for writing; nothing else may be changed between two images.
        side: "mine" or "theirs".
        rows: what waits, by image.
    """
    done = Decided()
    seen = 0
    for image, some in groupby(rows, lambda row: row.image):
        found = list(some)
        try:
            _decide_image(mine, image, side, found, done)
        except EngineError as problem:
            done.problems.append(f"{mine.image(image).file_name}: {problem}")
        seen += len(found)
        yield seen / len(rows)
    return done


def _decide_image(
    mine: Project, image: int, side: Side, rows: Sequence[ConflictRow], done: Decided
) -> None:
    document = mine.load(image)
    history, trial = mine.history(document), copied(document)
    commands: list[Command] = []
    decided = []
    for number, each in waiting_of(rows, document.size).items():
        step = conflicts.settle(trial, _recast(mine, each), side, mine.taxonomy)
        step.apply(trial)
        commands += step.commands if isinstance(step, Several) else [step]
        decided.append(number)
    back = revived(mine.taxonomy, frozenset(chain.from_iterable(map(classes_of, commands))))
    if back is not None:
        mine.taxonomy.refuse_locked(back.label)
    with mine.together(), unsigned(document, document.person):
        if back is not None:
            mine.project_history.do(back)
        history.do(Several(tuple(commands), conflicts.LABELS[side]))
        for row in rows:
            if row.id in decided:
                mine.decide(row)
    done.count += len(decided)
    done.images.append(image)
    if len(decided) < len(rows):
        raise EngineError("A conflict cannot be read. Merge the part again.")


def copied(document: Document) -> Document:
    """A document of the same state that belongs to nobody, for trying steps."""
    state = document.state
    every = [*state.annotations.values(), *state.proposals.values()]
    return Document(
        document.image_id, document.size, annotations=every, layer=state.layer, status=state.status
    )


def waiting_of(rows: Sequence[ConflictRow], size: tuple[int, int]) -> dict[int, Conflict]:
    """Conflicts of one image by their ids; those that cannot be read are left out."""
    found = {}
    for row in rows:
        with suppress(EngineError):
            found[row.id] = conflicts.decode(row.payload, size)
    return found


def _recast(mine: Project, found: Conflict) -> Conflict:
    """A conflict in the classes as they are now."""
    entry = mine.taxonomy.get(found.theirs_class)
    if entry is None or not entry.deleted:
        return found
    into = mine.taxonomy.get(merged_into(mine).get(entry.id, 0))
    if into is None or into.deleted or into.thing != entry.thing:
        return found
    theirs = None if found.theirs is None else replace(found.theirs, class_id=into.id)
    return replace(found, theirs=theirs, theirs_class=into.id)


def revived(taxonomy: Taxonomy, used: frozenset[int]) -> ChangeClasses | None:
    """The step that brings back those of the ``used`` classes that were deleted."""
    gone = [entry for entry in taxonomy.everything if entry.deleted and entry.id in used]
    if not gone:
        return None
    back, now = [], taxonomy
    for entry in gone:
        name, more = entry.name, 2
        while now.by_name(name) is not None:
            name, more = f"{entry.name} ({more})", more + 1
        back.append(replace(entry, deleted=False, name=name))
        now = now.with_(back[-1])
    listed = ", ".join(entry.name for entry in back)
    return ChangeClasses(tuple(gone), tuple(back), f"Bring back {listed}")


@contextmanager
def unsigned(document: Document, credit: str = "") -> Iterator[None]:
    """What comes from others keeps the name of who made it.

    Args:
        document: of an image.
        credit: whose the changed pixels are, for the journal; who decides, where that is a choice.
    """
    person, document.person, document.credit = document.person, "", credit
    try:
        yield
    finally:
        document.person, document.credit = person, ""
