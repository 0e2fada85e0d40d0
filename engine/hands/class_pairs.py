"""The classes of two copies beside each other, for comparing what people drew."""

from typing import Final

from engine.document.taxonomy import BACKGROUND, LAST_CLASS, LabelClass, Taxonomy
from engine.hands.bases import past_classes
from engine.store import Project

NOBODY: Final = LAST_CLASS
"""Stands for a class that a side has not; projects hardly ever have as many."""


class ClassPairs:
    """Numbers of the classes on both sides, the background first.

    A class is the same if both had it when they parted, whatever it is called now, else if it has
    the same name. One that a single side has is a class like the others, so that figures are the
    same from both sides.

    Attributes:
        first, second: its number on either side; ``NOBODY`` where that side has it not.
        names: what it is called.
        notes: a sentence for each side that has classes of its own.
    """

    def __init__(self, first: Project, second: Project) -> None:
        """Read the class lists of two copies."""
        here, there, past = first.taxonomy, second.taxonomy, past_classes(first, second)
        self.first, self.second, self.names = [BACKGROUND], [BACKGROUND], ["background"]
        self.notes: list[str] = []
        only: list[str] = []
        for entry in here.classes:
            same = _counterpart(entry, there, past)
            if same is None or same.id in self.second:
                self._add(entry.id, NOBODY, entry.name)
                only.append(entry.name)
            else:
                self._add(entry.id, same.id, entry.name)
        rest = [entry for entry in there.classes if entry.id not in self.second]
        for entry in rest:
            self._add(NOBODY, entry.id, entry.name)
        self._note(first, only)
        self._note(second, [entry.name for entry in rest])

    def _add(self, here: int, there: int, name: str) -> None:
        self.first.append(here)
        self.second.append(there)
        self.names.append(name)

    def _note(self, side: Project, names: list[str]) -> None:
        if names:
            listed = ", ".join(f"“{name}”" for name in names)
            self.notes.append(f"Only {side.name} has these classes: {listed}.")


def _counterpart(entry: LabelClass, there: Taxonomy, past: Taxonomy | None) -> LabelClass | None:
    """The class there that is ``entry`` here; None where there is none."""
    same = there.get(entry.id)
    if same is not None and not same.deleted:
        parted = past is not None and past.get(entry.id) is not None
        if parted or same.name.casefold() == entry.name.casefold():
            return same
    return there.by_name(entry.name)
