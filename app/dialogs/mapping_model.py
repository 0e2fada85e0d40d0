"""A model's classes and what each becomes in the project: rows, words, choices. No widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.places.rows import RowsModel
from engine.document.taxonomy import Taxonomy
from engine.models.card import Card, CardClass
from engine.models.mapping import Target, is_background, propose


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One class of the model.

    Attributes:
        target: a project class id, "new" or "ignore".
        words: what the target is called.
        note: how it was found: "same name", "close name", "new class" or "".
    """

    index: int
    name: str
    target: Target
    words: str
    note: str


class MappingModel(RowsModel):
    """Rows of a card's classes; those in use first."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._card: Card | None = None
        self._taxonomy = Taxonomy()
        self._targets: dict[int, Target] = {}
        self._proposed: dict[int, Target] = {}

    def show(
        self, card: Card, taxonomy: Taxonomy, kept: Mapping[int, Target] | None = None
    ) -> None:
        """Take a card; what is not kept is proposed by name.

        Args:
            card: the model's.
            taxonomy: the project's classes.
            kept: targets chosen before.
        """
        proposed = self._proposed = propose(card, taxonomy)
        self._card, self._taxonomy = card, taxonomy
        self._targets = {**proposed, **{k: v for k, v in (kept or {}).items() if k in proposed}}
        self._sort()

    def _sort(self) -> None:
        self.beginResetModel()
        classes = [each for each in self._card.classes if not each.background] if self._card else []
        rows = [self._row(each) for each in classes]
        order = {"ignore": 2, "new": 1}
        self.rows = sorted(rows, key=lambda row: (order.get(str(row.target), 0), row.index))
        self.endResetModel()
        self.changed.emit()

    def _row(self, found: CardClass) -> MappingRow:
        target = self._targets.get(found.index, "ignore")
        return MappingRow(
            found.index, found.name, target, self.words(found, target), self._note(found, target)
        )

    def words(self, found: CardClass, target: Target) -> str:
        """What a target is called."""
        if target == "ignore":
            return "leave out"
        if target == "new":
            return f"new class “{found.name}”"
        return self._taxonomy.name(int(target))

    def _note(self, found: CardClass, target: Target) -> str:
        if target == "new":
            return "new class"
        if target == "ignore":
            return "background" if is_background(found.name) else ""
        name = self._taxonomy.name(int(target))
        if name.casefold() == found.name.casefold():
            return "same name"
        return "close name" if target == self._proposed.get(found.index) else ""

    @property
    def taxonomy(self) -> Taxonomy:
        """The project's classes."""
        return self._taxonomy

    def targets(self) -> dict[int, Target]:
        """Model class → what it becomes, for the project to keep."""
        return dict(self._targets)

    def choose(self, index: int, target: Target) -> None:
        """Give a class of the model another target; its row stays where it is."""
        self._targets[index] = target
        for place, row in enumerate(self.rows):
            found = self._card.class_named(index) if self._card else None
            if row.index == index and found is not None:
                self.rows[place] = self._row(found)
                here = self.index(place)
                self.dataChanged.emit(here, here)
        self.changed.emit()

    def set_all(self, target: Target) -> None:
        """Give every class without a project class of its own the same target."""
        for row in self.rows:
            if not isinstance(row.target, int):
                self._targets[row.index] = target
        self._sort()

    def summary(self) -> str:
        """How many are used, in words."""
        used = sum(row.target != "ignore" for row in self.rows)
        return f"{used} of {len(self.rows)} used"

    def tip(self, row: MappingRow) -> str:
        """See RowsModel."""
        note = f" ({row.note})" if row.note else ""
        return f"{row.index}: {row.name} becomes {row.words}{note}"
