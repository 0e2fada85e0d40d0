"""Taking a part or a copy back: three-way, image by image, as steps that undo takes back.

Nothing is lost: what only one side did is taken, what both did at different places too, and what
disagrees stays as it is here and is kept as a conflict until somebody picks a side. What the copy
held is kept as the base of the next merge, so merging it again does nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple

from engine.document import conflict as conflicts
from engine.document.commands import Command, SetStatus, Several, classes_of
from engine.document.conflict import Conflict
from engine.document.document import Document, State
from engine.document.history import History
from engine.document.project_history import Progress
from engine.document.taxonomy import Taxonomy
from engine.document.taxonomy_commands import ChangeClasses
from engine.document.three_way import Merge, merge_states, translated
from engine.errors import EngineError
from engine.hands.bases import Bases, Parting, past, past_classes, state_of
from engine.hands.classes import merge_classes
from engine.hands.images import Pairing, kin, pairing
from engine.store import ImageRow, Project
from engine.store.kin import Base, ConflictRow
from engine.store.packed import Unpacker

Prefer = Literal["", "mine", "theirs"]

CLASSES: Final = "hands.classes/"
"""Setting: class numbers of a copy → here."""

_WAIT_EVERY: Final = 64  # images between two looks at the disk, which bound what waits in memory


@dataclass(slots=True)
class Merged:
    """What a merge did.

    Attributes:
        name: what the other copy is called.
        images: ids of images that changed here.
        objects: objects added, changed or taken away.
        conflicts: what is to be decided, by image.
        settled: conflicts that were decided by preference.
        new_images: how many images came in.
        notes: sentences about what was not taken as it is there.
    """

    name: str
    images: list[int] = field(default_factory=list)
    objects: int = 0
    conflicts: list[tuple[int, Conflict]] = field(default_factory=list)
    settled: int = 0
    new_images: int = 0
    notes: list[str] = field(default_factory=list)


def merging(
    mine: Project,
    path: Path,
    prefer: Prefer = "",
    again: bool = False,
    wait: Callable[[], None] = lambda: None,
) -> Progress[Merged]:
    """Merge a part or copy into a project, an image at a time.

    Args:
        mine: open for writing; nothing else may be changed between two images.
        path: the part or copy.
        prefer: the side that conflicts are decided for; "" keeps them to be decided.
        again: forget that it was merged before.
        wait: called in a loop while much waits for the disk; a window, which must not wait, goes
            on drawing meanwhile.

    Raises:
        EngineError: it is no copy of this project, cannot be read, or has classes that a locked
            list has not. What was merged before the trouble stays.
    """
    theirs = Project.open(path, read_only=True)
    with closing(theirs), closing(Unpacker()) as unpacker:
        kin(mine, theirs)
        yield 0.0
        work = _Work(mine, theirs, unpacker, prefer, again)
        work.classes()
        yield 0.0
        found = yield from pairing(mine, theirs)
        work.done.notes += found.notes
        total = len(found.pairs) + len(found.new)
        for count, (here, there) in enumerate(found.pairs, 1):
            for _ in work.image(here, there):
                yield (count - 1) / total
            yield count / total
            while count % _WAIT_EVERY == 0 and not mine.saved:
                wait()
                yield count / total
        for row in work.adopted(found):
            yield from work.image(row[0], row[1])
        return work.done


class _Seen(NamedTuple):
    """What is stored of an image, before it is unpacked; see ``Kept``."""

    content: bytes
    parting: Parting | None
    mark: str
    origins: list[tuple[int, int, bytes]]
    size: tuple[int, int]


class _Work:
    """One merge under way."""

    def __init__(
        self, mine: Project, theirs: Project, unpacker: Unpacker, prefer: Prefer, again: bool
    ) -> None:
        self.mine, self.theirs, self.unpacker, self.prefer = mine, theirs, unpacker, prefer
        self.done = Merged(called(mine, theirs))
        self.bases = Bases(mine, theirs, again)
        self.mapping: dict[int, int] = {}
        self.label = f"Merge from {self.done.name}"

    def classes(self) -> None:
        """Bring the class lists together."""
        mine, theirs, key = self.mine, self.theirs, CLASSES + self.bases.key
        known = {int(a): int(b) for a, b in (mine.setting(key) or {}).items()}
        base = past_classes(mine, theirs)
        found = merge_classes(base, mine.taxonomy, theirs.taxonomy, known, self.done.name)
        command = found.command(self.done.name)
        if command is not None:
            mine.project_history.do(command)
        self.mapping = found.mapping
        moved = {str(a): b for a, b in found.mapping.items() if a != b}
        mine.set_setting(key, moved or None)
        self.done.notes += found.notes

    def adopted(self, found: Pairing) -> Iterator[tuple[ImageRow, ImageRow]]:
        """Add the images that are only there and were worked on, or are new."""
        wanted = []
        for row, other in found.new:
            with self.mine.comparing(row.id) as here, self.theirs.comparing() as there:
                content = there.packed(other.id)
                parting = self.bases.find((here, row.id), (there, other.id), content)
            if parting is None or parting.content != content:
                wanted.append((row, other))
        self.mine.adopt_images([row for row, _ in wanted])
        self.done.new_images = len(wanted)
        yield from wanted

    def image(self, row: ImageRow, other: ImageRow) -> Progress[None]:
        """Merge one image, in pieces; the document is only looked at in the last."""
        seen = self._look(row, other)
        if seen is None:
            return
        yield 0.0
        parting, size = seen.parting, seen.size
        try:
            new = self.unpacker.state(seen.content, other.id, size)
            yield 0.0
            base = state_of(parting, self.unpacker, other.id, size)
        except EngineError as problem:
            self.done.notes.append(f"{row.file_name} was left out. {problem}")
            return
        renamed = dict(parting.renamed) if parting is not None else {}
        given = set(renamed.values())
        for number in (*new.annotations, *new.proposals):
            if number in given and number not in renamed:
                renamed[number] = self.mine.new_ids(1)[0]  # it stands for another of theirs here
        yield 0.0
        history = self.mine.history(self.mine.load(row.id))
        if parting is None:
            with self.mine.comparing(row.id) as here, self.theirs.comparing() as there:
                sides = (here, row.id, history.document.state), (there, other.id, new)
                base = past(*sides, size)
        if base is not None:
            base = translated(base, self.mapping, renamed)
        new = translated(new, self.mapping, renamed)
        yield 0.0
        self._take(row, seen, history, base, new, renamed)

    def _look(self, row: ImageRow, other: ImageRow) -> "_Seen | None":
        """What is stored of an image; None where they did nothing since the copies parted."""
        with self.mine.comparing(row.id) as here, self.theirs.comparing() as there:
            content = there.packed(other.id)
            parting = self.bases.find((here, row.id), (there, other.id), content)
            if content == (here.packed(row.id) if parting is None else parting.content):
                return None
            mark, origins = there.mark(other.id), there.origins(other.id)
        size = self._size(row, other)
        return None if size is None else _Seen(content, parting, mark, origins, size)

    def _take(
        self,
        row: ImageRow,
        seen: "_Seen",
        history: History,
        base: State | None,
        new: State,
        renamed: dict[int, int],
    ) -> None:
        """Merge the states, as one step, with all that is kept of it."""
        mine, document = self.mine, history.document
        merge = merge_states(
            base, document.state, new, mine.new_ids, self.label, decided=bool(self.prefer)
        )
        commands = self._decided(document, merge)
        back = {b: a for a, b in renamed.items()}
        renamed |= {back.get(a, a): b for a, b in merge.renamed.items()}
        with mine.together(), _unsigned(document):
            if commands:
                self._revive(commands)
                history.do(Several(tuple(commands), self.label))
                self.done.images.append(row.id)
                self.done.objects += merge.objects
            for each in () if self.prefer else merge.conflicts:
                mine.add_conflict(row.id, self.done.name, conflicts.encode(each))
                self.done.conflicts.append((row.id, each))
            mine.set_base(Base(self.bases.key, row.id, seen.mark, renamed, seen.content))
            mine.add_origins(
                row.id,
                [
                    (renamed.get(number, number), self.mapping.get(class_id, class_id), mask)
                    for number, class_id, mask in seen.origins
                ],
            )

    def _size(self, row: ImageRow, other: ImageRow) -> tuple[int, int] | None:
        """The size of an image; None where the copies disagree about it."""
        if row.size is None and other.size is not None:
            self.mine.set_image(row.id, size=other.size, orientation=other.orientation)
            return other.size
        size = row.size or self.mine.load(row.id).size
        if other.size is not None and other.size != size:
            self.done.notes.append(
                f"{row.file_name} is {size[1]} × {size[0]} here and {other.size[1]} × "
                f"{other.size[0]} in {self.done.name}; it was left out."
            )
            return None
        return size

    def _decided(self, document: Document, merge: Merge) -> list[Command]:
        """The steps of a merge, its conflicts decided where a side is preferred."""
        commands = list(merge.commands)
        if self.prefer:
            self.done.settled += len(merge.conflicts)
        if self.prefer != "theirs":
            return commands
        trial = _copy(document)
        for command in commands:
            command.apply(trial)
        for each in merge.conflicts:
            step = conflicts.settle(trial, each, "theirs", self.mine.taxonomy)
            for part in step.commands if isinstance(step, Several) else (step,):
                if not isinstance(part, SetStatus):
                    part.apply(trial)
                    commands.append(part)
        return commands

    def _revive(self, commands: list[Command]) -> None:
        """Bring back classes that were deleted here and are used there."""
        taxonomy = self.mine.taxonomy
        used = frozenset().union(*(classes_of(command) for command in commands))
        change = revived(taxonomy, used)
        if change is not None:
            self.mine.project_history.do(change)
            names = ", ".join(f"“{entry.name}”" for entry in change.after)
            self.done.notes.append(f"{names} had been deleted here and came back: it is used.")


def called(mine: Project, theirs: Project) -> str:
    """What to call a copy: a part of this project by its number, others by their name."""
    part = theirs.part
    if part and part.get("name") == mine.name:
        return f"part {part.get('number')} of {part.get('of')}"
    return theirs.name


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
    return ChangeClasses(tuple(gone), tuple(back), "Bring back classes")


def merged(
    mine: Project,
    path: Path,
    prefer: Prefer = "",
    again: bool = False,
    tell: Callable[[float], None] = lambda share: None,
) -> Merged:
    """As ``merging``, all at once; ``tell`` is called with the part that is done, 0..1."""
    work = merging(mine, path, prefer, again, mine.flush)
    while True:
        try:
            tell(next(work))
        except StopIteration as end:
            result: Merged = end.value
            mine.flush()
            return result


def decide(mine: Project, row: ConflictRow, side: conflicts.Side) -> None:
    """Pick a side of a conflict, as one step of its image.

    Raises:
        EngineError: the side cannot be taken.
    """
    history = mine.history(mine.load(row.image))
    document = history.document
    found = conflicts.decode(row.payload, document.size)
    step = conflicts.settle(document, found, side, mine.taxonomy)
    with mine.together(), _unsigned(document):
        history.do(step)
        mine.decide(row)


@contextmanager
def _unsigned(document: Document) -> Iterator[None]:
    """What comes from others keeps the name of who made it."""
    person, document.person = document.person, ""
    try:
        yield
    finally:
        document.person = person


def _copy(document: Document) -> Document:
    state = document.state
    every = [*state.annotations.values(), *state.proposals.values()]
    return Document(
        document.image_id, document.size, annotations=every, layer=state.layer, status=state.status
    )
