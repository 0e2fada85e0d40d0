"""One place that several objects claim: who they are, and who gets it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.dialogs.hatch_sample import ColorSample
from app.services import Services
from app.theme.theme import theme
from app.theme.widgets import Button, ElidedLabel, TextBlock
from engine.document.annotation import Annotation
from engine.document.deciding import Place

MOST = 12
"""Objects of one place that are listed."""


class PlaceRows(QWidget):
    """A line for each object that claims the place, the uppermost first.

    Signals:
        awarded: id of the object that gets it, None for nobody.
        stepped: another place is wanted: -1, 0 (this one), 1.
        looked_at: id of the object whose line has the pointer or focus.
    """

    awarded = Signal(object)
    stepped = Signal(int)
    looked_at = Signal(int)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.words = TextBlock("")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(2)
        self.previous, self.here = Button("Previous"), Button("Show it", "crosshair")
        self.following = Button("Next place")
        self.void = Button("Has it")
        self.void.setAccessibleName("Nobody has it: void")
        self._void_line = QWidget()
        line = QHBoxLayout(self._void_line)
        line.setContentsMargins(theme().px(14) + 10, 0, 0, 0)
        line.setSpacing(10)
        line.addWidget(ElidedLabel("Nobody: it becomes void", role="text.secondary"), 1)
        line.addWidget(self.void)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.previous, self.here, self.following):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        column.addWidget(self.words)
        column.addLayout(self._lines)
        column.addWidget(self._void_line)
        column.addLayout(row)
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.here.clicked.connect(lambda: self.stepped.emit(0))
        self.following.clicked.connect(lambda: self.stepped.emit(1))
        self.void.clicked.connect(lambda: self.awarded.emit(None))
        self.buttons: list[Button] = []

    def show_place(self, place: Place | None, count: int) -> None:
        """Show a place, or that there is none."""
        while item := self._lines.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.buttons = []
        for part in (self.previous, self.here, self.following, self._void_line):
            part.setVisible(place is not None)
        self.previous.setEnabled(count > 1)
        self.following.setEnabled(count > 1)
        if place is None:
            self.words.set_text("Where objects overlap, you can decide here who has the pixels.")
            return
        self.words.set_text(
            f"{place.pixels.area:,} px, claimed by {len(place.objects)} objects. Choose who has "
            "them, or paint with any tool."
        )
        writes = not self._services.session.read_only
        self.void.setEnabled(writes)
        document = self._services.session.document
        for number in reversed(place.objects[-MOST:]):
            each = document.find(number) if document is not None else None
            if each is not None:
                self._lines.addWidget(self._line(each, writes))

    def _line(self, each: Annotation, writes: bool) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        kind = self._services.session.taxonomy.get(each.class_id)
        name = kind.name if kind is not None else "no class"
        if kind is not None:
            style = theme().class_style(kind)
            row.addWidget(ColorSample(style.color, style.hatch))
        row.addWidget(ElidedLabel(name, weight="medium"), 1)
        row.addWidget(ElidedLabel(f"{each.mask.area:,} px", "small", role="text.secondary"))
        show = Button("Select")
        show.clicked.connect(lambda: self.looked_at.emit(each.id))
        has = Button("Has it")
        has.setAccessibleName(f"{name}, {each.mask.area:,} pixels, has it")
        has.setEnabled(writes)
        has.clicked.connect(lambda: self.awarded.emit(each.id))
        self.buttons.append(has)
        row.addWidget(show)
        row.addWidget(has)
        return line
