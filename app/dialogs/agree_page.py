"""How far people agree: a table by class, and the images that agree least, shown on the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.copies_dialog import choose_copies
from app.dialogs.fields import StateLine
from app.dialogs.line_list import Line, LineList
from app.dialogs.sheet import EDGE
from app.panels.common import plural
from app.theme import paint
from app.theme.theme import theme
from app.theme.widgets import CheckBox, ElidedLabel, SectionHeader, TextBlock

if TYPE_CHECKING:
    from app.services import Services
    from engine.hands.agreement import ClassRow, Comparison

HEADINGS = ("IoU", "Boundary", "Kappa", "Matched", "F1")
MOST = 40
"""Classes and images listed; the command line lists all."""


class AgreePage(QWidget):
    """See the module.

    Signals:
        asked: files that were chosen to be compared.
        opened: (comparison, image id) of a row that was chosen.
    """

    asked = Signal(list)
    opened = Signal(object, int)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._session = services.session
        self._found: list[Comparison] = []
        self.begun = CheckBox("Count images that are begun and not done too")
        self.state = StateLine("info", "text.secondary")
        self.table = _Table()
        self.list = LineList("Images that agree least")
        self._heading = SectionHeader("Agree least")
        self._heading.setContentsMargins(EDGE - 14, 6, EDGE - 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        inside = QVBoxLayout()
        inside.setContentsMargins(EDGE, 0, EDGE, 0)
        inside.setSpacing(6)
        inside.addWidget(
            TextBlock(
                "Choose a copy to compare this project with, or several parts that share images. "
                "Pixels count that both have labelled; objects are matched from an IoU of 0.5."
            )
        )
        inside.addWidget(self.begun)
        inside.addWidget(self.state)
        inside.addWidget(self.table)
        column.addLayout(inside)
        column.addWidget(self._heading)
        rows = QHBoxLayout()
        rows.setContentsMargins(EDGE - 15, 0, EDGE - 15, 0)  # their words stand below the heading
        rows.addWidget(self.list)
        column.addLayout(rows, 1)
        self.legend = TextBlock(
            "On the picture, where both differ: lines show what the second has, dots where it has "
            "background."
        )
        foot = QHBoxLayout()
        foot.setContentsMargins(EDGE, 0, EDGE, 0)
        foot.addWidget(self.legend)
        column.addLayout(foot)
        self.list.chosen.connect(self._open)
        self.state.show_state("info", "text.secondary", "")
        self.show_found([])

    def choose(self) -> None:
        """Let files be chosen beside the window."""
        choose_copies(self, self._session, "Parts or copies to compare", self.asked.emit)

    def say(self, words: str, level: str = "info") -> None:
        """Say how far the comparison is, or why there is none."""
        icon = {"warning": "warning", "info": "info"}[level]
        role = {"warning": "state.warning", "info": "text.secondary"}[level]
        self.state.show_state(icon, role, words)

    def show_found(self, found: Sequence[Comparison]) -> None:
        """Show comparisons; figures of the first, images of all."""
        self._found = list(found)
        for part in (self.table, self._heading, self.list, self.legend):
            part.setVisible(bool(found))
        if not found:
            return
        first = found[0]
        self.table.show_rows(first)
        words = f"{first.names[0]} and {first.names[1]}: {plural(len(first.images), 'image')}, "
        words += f"Cohen's kappa {figure(first.kappa)} over all classes."
        words += f" And {plural(len(found) - 1, 'further pair')} below." if len(found) > 1 else ""
        notes = [note for each in found for note in each.notes]
        self.say(" ".join([words, *notes[:3]]), "warning" if notes else "info")
        rows = [(at, row) for at, each in enumerate(found) for row in each.images]
        rows.sort(key=lambda pair: (-1 if math.isnan(pair[1].miou) else pair[1].miou, pair[1].name))
        lines = []
        for at, row in rows[:MOST]:
            only = row.objects.first + row.objects.second
            words = f"{row.differing * 100:.1f} % of pixels differ"
            words += f", {plural(only, 'object')} without a partner" if only else ""
            words += f" · {found[at].names[1]}" if len(found) > 1 else ""
            lines.append(Line((at, row.image), row.name, words, figure(row.miou)))
        self.list.show_lines(lines)
        self._heading.set_count(f"{len(lines):,} of {len(rows):,}")

    def _open(self, key: tuple[int, int]) -> None:
        at, image = key
        self.opened.emit(self._found[at], image)

    def setFocus(self, *reason: object) -> None:
        """The list where there is one."""
        (self.list if self._found else self.begun).setFocus(*reason)


class _Table(QScrollArea):
    """Figures by class, the mean first; scrolls where there are many classes."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName("Agreement by class")

    def show_rows(self, found: Comparison) -> None:
        """Show a comparison."""
        inside = QWidget()
        inside.setAutoFillBackground(False)
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for at, words in enumerate(("Class", *HEADINGS)):
            grid.addWidget(self._cell(words, at, "text.secondary", "small"), 0, at)
        rows = sorted(found.classes, key=lambda row: 2 if math.isnan(row.iou) else row.iou)
        for line, row in enumerate((found.mean, *rows[:MOST]), 1):
            name = "Mean" if line == 1 else row.name
            for at, words in enumerate((name, *cells(row))):
                grid.addWidget(self._cell(words, at, "text.primary", "body"), line, at)
        self.setWidget(inside)
        self.setFixedHeight(min(inside.sizeHint().height() + 4, theme().px(236)))

    @staticmethod
    def _cell(words: str, column: int, role: str, size: Literal["small", "body"]) -> ElidedLabel:
        if column == 0:
            return ElidedLabel(words, size, role=role)
        label = ElidedLabel(words, size, role=role, align=paint.RIGHT)
        label.setFixedWidth(theme().px(64))
        return label


def cells(row: ClassRow) -> tuple[str, ...]:
    """The figures of a class as they stand in the table."""
    things = row.objects
    every = things.matched + things.first + things.second
    matched = f"{things.matched:,} of {every:,}" if every else "–"
    return (
        figure(row.iou),
        figure(row.boundary_iou),
        figure(row.kappa),
        matched,
        figure(things.f1),
    )


def figure(value: float) -> str:
    """A figure in three places; a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.3f}"
