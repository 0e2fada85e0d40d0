"""The right column of Inspect: mean IoU, IoU per class, and who is taken for whom."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.places.comparison import trend_of
from app.places.confusion import ConfusionMatrix
from app.places.evaluation import Evaluation
from app.places.figures import change, count, share, short_names, when
from app.places.iou_list import IouList
from app.services import Services
from app.theme.theme import theme
from app.theme.widgets import Button, ElidedLabel, Hairline, SectionHeader, Surface


class InspectAnalysis(Surface):
    """Shows one evaluation, with the one before it to compare."""

    pair_asked = Signal(int, int)  # your class, the model's: show only such images
    measure_asked = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "l", parent)
        self._services = services
        self._figures = _Figures()
        self._classes = SectionHeader("IoU per class")
        self.list = IouList()
        self._confusion = SectionHeader("Confusion")
        self.matrix = ConfusionMatrix()
        self._words = ElidedLabel("", "body", "medium")
        self._show = Button("Show these", key="Enter")
        self.measure = Button("Measure again", "arrow-clockwise")
        self._measured = ElidedLabel("", "small", role="text.secondary")
        self.matrix.cell_changed.connect(self._on_cell)
        self.matrix.images_asked.connect(self._ask)
        self._show.clicked.connect(self._ask_current)
        self.measure.clicked.connect(self.measure_asked)
        self._evaluation: Evaluation | None = None
        self._build()

    def _build(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(1, 8, 0, 8)
        column.setSpacing(4)
        column.addWidget(self._figures)
        column.addWidget(Hairline())
        column.addWidget(self._classes)
        column.addWidget(self.list)
        column.addWidget(Hairline())
        column.addWidget(self._confusion)
        column.addWidget(self.matrix)
        pair = QHBoxLayout()
        pair.setContentsMargins(14, 6, 12, 6)
        pair.addWidget(self._words, 1)
        pair.addWidget(self._show)
        column.addLayout(pair)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 8, 12, 10)
        foot.addWidget(self._measured, 1)
        foot.addWidget(self.measure)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addWidget(Hairline())
        outer.addLayout(foot)

    def show_evaluation(
        self, this: Evaluation, this_name: str, before: Evaluation | None, before_name: str
    ) -> None:
        """Show figures.

        Args:
            this: of the model that is inspected.
            this_name: how that model is called.
            before: of another model, to compare with; None where there is none.
            before_name: how that model is called.
        """
        self._evaluation = this
        short = short_names(before_name, this_name)[0]
        self._figures.show_figures(this, before, short)
        self._classes.set_count(f"line = {short}" if before else "pixels at the right")
        self.list.show_evaluation(this, before, self._services.session.taxonomy)
        self.matrix.show_evaluation(this)
        hidden = self.matrix.left_out
        note = f"{hidden} small classes not shown · " if hidden else ""
        self._confusion.set_count(f"{note}rows: your masks · columns: model")
        self._measured.set_text(f"Measured {when(this.started)}" if this.started else "")

    def _on_cell(self) -> None:
        self._words.set_text(self.matrix.words())
        pair = self.matrix.pair
        known = bool(
            pair
            and self._evaluation
            and any(error[:2] == pair for each in self._evaluation.images for error in each.errors)
        )
        self._show.setVisible(known)

    def _ask(self, yours: int, theirs: int) -> None:
        if self._show.isVisibleTo(self):
            self.pair_asked.emit(yours, theirs)

    def _ask_current(self) -> None:
        pair = self.matrix.pair
        if pair is not None:
            self.pair_asked.emit(*pair)


class _Figures(QWidget):
    """Four large figures with what they are above them."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(14, 2, 12, 6)
        self._grid.setHorizontalSpacing(theme().px(24))
        self._grid.setVerticalSpacing(0)
        self._names = [ElidedLabel("", "small", role="text.secondary") for _ in range(4)]
        self._values = [ElidedLabel("", "figure", "semibold") for _ in range(4)]
        for column, (name, value) in enumerate(zip(self._names, self._values, strict=True)):
            value.set_least(20)
            name.set_least(9)
            self._grid.addWidget(name, 0, column)
            self._grid.addWidget(value, 1, column)
        self._grid.setColumnStretch(4, 1)

    def show_figures(self, this: Evaluation, before: Evaluation | None, before_name: str) -> None:
        """Show what there is; a figure that is not known is left out."""
        shown = [("Mean IoU", share(this.miou), "text.primary")]
        if before is not None and before.miou is not None and this.miou is not None:
            moved = this.miou - before.miou
            roles = {"better": "state.ok", "worse": "state.error"}
            role = roles.get(trend_of(moved), "text.primary")
            shown.append((f"Against {before_name}", change(moved), role))
        if this.accuracy is not None:
            shown.append(("Pixels right", f"{this.accuracy * 100:.1f} %", "text.primary"))
        kind = "Held-back images" if this.held_out else "Images"
        shown.append((kind, count(len(this.images)), "text.primary"))
        for place, (name, value) in enumerate(zip(self._names, self._values, strict=True)):
            there = place < len(shown)
            name.setVisible(there)
            value.setVisible(there)
            if there:
                name.set_text(shown[place][0])
                value.set_text(shown[place][1])
                value.set_role(shown[place][2])
