"""One image of a merge: looked at as stored, unpacked where it differs, merged as one step."""

from collections.abc import Collection, Mapping
from itertools import chain
from typing import Literal, NamedTuple

from engine.document import conflict as conflicts
from engine.document.commands import Command, SetStatus, Several, classes_of
from engine.document.document import Document, State
from engine.document.history import History
from engine.document.project_history import Progress
from engine.document.standing import renewed
from engine.document.taxonomy_commands import ChangeClasses
from engine.document.three_way import Merge, merge_states, translated
from engine.errors import EngineError
from engine.hands.bases import Bases, Parting, merged_into, past, state_of
from engine.hands.deciding import copied, revived, unsigned, waiting_of
from engine.hands.report import Merged, called, label_of
from engine.store import ImageRow, Project
from engine.store.kin import Base, ConflictRow
from engine.store.packed import Unpacker

Prefer = Literal["", "mine", "theirs"]


class _Seen(NamedTuple):
    """What is stored of an image, before it is unpacked; see ``Kept``."""

    content: bytes
    parting: Parting | None
    mark: str
    origins: list[tuple[int, int, bytes, str]]
    size: tuple[int, int]
    waiting: list[ConflictRow]
    people: str


class ImageMerge:
    """Merges the images of one copy, one after the other.

    Attributes:
        done: what was done so far.
        mapping: class numbers there → here.
        refused: images that were left out, by the deleted classes they need.
    """

    def __init__(
        self, mine: Project, theirs: Project, unpacker: Unpacker, prefer: Prefer, again: bool
    ) -> None:
        self.mine, self.theirs, self._unpacker = mine, theirs, unpacker
        self._prefer: Prefer = prefer
        self.done = Merged(called(mine, theirs))
        self.bases = Bases(mine, theirs, again)
        self.mapping: dict[int, int] = {}
        self.refused: dict[str, list[str]] = {}
        self._label = label_of(mine, theirs)
        with mine.comparing() as here, theirs.comparing() as there:
            # Up to which number the same one may stand for two objects; see ``_taken``.
            self._counted = mine.new_ids(0).start - 1 if here.last == there.last else 0
            mine.number_from(there.highest)  # what is new here gets none of theirs

    def run(self, row: ImageRow, other: ImageRow, came_in: bool = False) -> Progress[None]:
        """Merge one image, in pieces; the document is only looked at in the last.

        Args:
            row: the image here.
            other: the image there.
            came_in: it was not here till now, so all that it has there is taken.
        """
        seen = self._look(row, other, came_in)
        if seen is None:
            return
        yield 0.0
        parting, size = seen.parting, seen.size
        try:
            new = self._unpacker.state(seen.content, other.id, size)
            yield 0.0
            base = state_of(parting, self._unpacker, other.id, size)
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
        if parting is None and not came_in:
            with self.mine.comparing(row.id) as here, self.theirs.comparing() as there:
                sides = (here, row.id, history.document.state), (there, other.id, new)
                base = past(*sides, size)
        if base is not None and parting is not None and parting.ours:
            base = translated(base, merged_into(self.mine), {})
        elif base is not None:
            base = translated(base, self.mapping, renamed)
        new = translated(new, self.mapping, renamed)
        yield 0.0
        self._take(row, seen, history, base, new, renamed)

    def _look(self, row: ImageRow, other: ImageRow, came_in: bool) -> _Seen | None:
        """What is stored of an image; None where they did nothing since the copies parted."""
        with self.mine.comparing(row.id) as here, self.theirs.comparing() as there:
            content = there.packed(other.id)
            parting = self.bases.find((here, row.id), (there, other.id), content)
            if parting is not None and parting.older:
                self.done.older += 1
                return None
            mark = there.mark(other.id)
            if content == (here.packed(row.id) if parting is None else parting.content):
                if parting is not None and mark not in ("", parting.mark):
                    # Done and taken back: a file of before that was taken back is known by this.
                    base = Base(self.bases.key, row.id, mark, parting.renamed, content)
                    self.mine.set_base(base)
                return None
            origins = there.origins(other.id)
            people = ", ".join(there.people(other.id, here.steps(row.id)[0]))
            waiting = [each for each in here.conflicts(row.id) if each.origin == self.done.name]
        size = self._size(row, other)
        parting = None if came_in else parting
        return (
            None if size is None else _Seen(content, parting, mark, origins, size, waiting, people)
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

    def _taken(self, image_id: int, base: State | None, here: State, new: State) -> Collection[int]:
        """Numbers of new objects of theirs that other objects have here.

        Where both copies count on from one number, that is each one which was given out here too:
        undo may bring back what had it.
        """
        known = {*here.annotations, *here.proposals}
        if base is not None:
            known |= {*base.annotations, *base.proposals}
        fresh = [n for n in (*new.annotations, *new.proposals) if n not in known]
        if not fresh:
            return ()
        with self.mine.comparing(image_id) as kept:
            taken = kept.held_elsewhere(image_id, fresh)
        return {n for n in fresh if n in taken or n <= self._counted}

    def _take(
        self,
        row: ImageRow,
        seen: _Seen,
        history: History,
        base: State | None,
        new: State,
        renamed: dict[int, int],
    ) -> None:
        """Merge the states, as one step, with all that is kept of it."""
        mine, document = self.mine, history.document
        merge = merge_states(
            base,
            document.state,
            new,
            mine.new_ids,
            self._label,
            decided=bool(self._prefer),
            taken=self._taken(row.id, base, document.state, new),
        )
        back = {b: a for a, b in renamed.items()}
        renamed |= {back.get(a, a): b for a, b in merge.renamed.items()}
        gone: list[int] = []
        if seen.waiting:
            # Compared from before the last merge, whatever holds of what waits is found again.
            last = base if seen.parting is not None and seen.parting.merged else None
            merge, gone = self._with_waiting(seen.waiting, document, merge, last, new)
        commands = self._decided(document, merge)
        change = revived(mine.taxonomy, frozenset(chain.from_iterable(map(classes_of, commands))))
        if change is not None and mine.taxonomy.lock is not None:
            names = ", ".join(f"“{entry.name}”" for entry in change.before)
            self.refused.setdefault(names, []).append(row.file_name)
            return
        with mine.together(), unsigned(document, seen.people):
            if change is not None:
                self._revive(change)
            if commands:
                history.do(Several(tuple(commands), self._label))
                self.done.images.append(row.id)
                self.done.objects += merge.objects
            mine.drop_conflicts(gone)
            self._keep(row, seen, merge, renamed)

    def _keep(self, row: ImageRow, seen: _Seen, merge: Merge, renamed: Mapping[int, int]) -> None:
        """Keep what is to be decided, and what the copy holds as the base of the next merge."""
        mine = self.mine
        self.done.settled += len(merge.conflicts) if self._prefer else 0
        for each in () if self._prefer else merge.conflicts:
            mine.add_conflict(row.id, self.done.name, conflicts.encode(each))
            self.done.conflicts.append((row.id, each))
        mine.set_base(Base(self.bases.key, row.id, seen.mark, renamed, seen.content))
        mine.add_origins(
            row.id,
            [
                (renamed.get(number, number), self.mapping.get(class_id, class_id), mask, source)
                for number, class_id, mask, source in seen.origins
            ],
        )

    def _with_waiting(
        self,
        rows: list[ConflictRow],
        document: Document,
        merge: Merge,
        base: State | None,
        new: State,
    ) -> tuple[Merge, list[int]]:
        """The merge with what it leaves of earlier conflicts, and rows that are then gone."""
        known = waiting_of(rows, document.size)
        trial = copied(document)
        for command in merge.commands:
            command.apply(trial)
        found = renewed(list(known.values()), merge.conflicts, base, trial.state, new)
        numbers = list(known)
        return merge._replace(conflicts=found.fresh), [numbers[at] for at in found.gone]

    def _decided(self, document: Document, merge: Merge) -> list[Command]:
        """The steps of a merge, its conflicts decided where a side is preferred."""
        commands = list(merge.commands)
        if self._prefer != "theirs":
            return commands
        trial = copied(document)
        for command in commands:
            command.apply(trial)
        for each in merge.conflicts:
            step = conflicts.settle(trial, each, "theirs", self.mine.taxonomy)
            for part in step.commands if isinstance(step, Several) else (step,):
                if not isinstance(part, SetStatus):
                    part.apply(trial)
                    commands.append(part)
        return commands

    def _revive(self, change: ChangeClasses) -> None:
        """Bring back classes that were deleted here and are used there."""
        self.mine.project_history.do(change)
        names = ", ".join(f"“{entry.name}”" for entry in change.after)
        self.done.notes.append(f"{names} had been deleted here and came back: it is used.")
