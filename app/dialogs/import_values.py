"""Values and colours of masks that nothing is known about, asked for once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QWidget

from app.dialogs.fields import Choice
from app.dialogs.hatch_sample import ColorSample
from app.places.figures import counted
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel
from engine.document.taxonomy import LabelClass
from engine.formats.png_values import COLOR, value_name

BACKGROUND, IGNORE = "background", "ignore"
MOST = 60
"""Values that are asked for; more than that are no index masks."""


class ValueTable(QWidget):
    """One row per value: the value, in how many files it is, and what it means."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(20, 2, 20, 2)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(2, 1)
        self.fields: dict[int, Choice] = {}

    def ask(self, values: Mapping[int, int], classes: Sequence[LabelClass]) -> None:
        """Ask for values (value → number of files); answers given before are kept."""
        before = self.meanings()
        self.fields = {}
        _clear(self._grid)
        for line, (value, files) in enumerate(list(values.items())[:MOST]):
            self._add(line, value, files, classes, before.get(value, ""))
        self.setVisible(bool(values))
        self.changed.emit()

    def _add(
        self, line: int, value: int, files: int, classes: Sequence[LabelClass], meaning: str
    ) -> None:
        field = Choice()
        options = [("", "choose what it means"), (BACKGROUND, "background")]
        options.append((IGNORE, "leave unlabelled"))
        options += [(each.name, each.name) for each in classes]
        known = {each.name.casefold() for each in classes}
        shown = value_name(value)
        new = f"{'colour' if value >= COLOR else 'value'} {shown}"
        if new.casefold() not in known:
            options.append((new, f"new class “{new}”"))
        field.set_options(options)
        for row, each in enumerate(classes, 3):
            style = theme().class_style(each)
            field.set_swatch(row, style.color, style.hatch)
        field.set_value(meaning)
        field.setAccessibleName(f"What {new} means")
        field.picked.connect(lambda _value: self.changed.emit())
        self.fields[value] = field
        number = ElidedLabel(new.capitalize() if value < COLOR else shown, weight="medium")
        number.set_least(9)
        name = QHBoxLayout()
        name.setSpacing(8)
        if value >= COLOR:
            name.addWidget(ColorSample(QColor(shown)))
        name.addWidget(number, 1)
        self._grid.addLayout(name, line, 0)
        self._grid.addWidget(
            ElidedLabel(f"in {counted(files, 'file')}", "small", role="text.secondary"), line, 1
        )
        self._grid.addWidget(field, line, 2)

    def meanings(self) -> dict[int, str]:
        """Value → class name, "background" or "ignore", of those that are answered."""
        said = {value: str(field.value() or "") for value, field in self.fields.items()}
        return {value: meaning for value, meaning in said.items() if meaning}

    @property
    def open(self) -> int:
        """How many values still need an answer."""
        return len(self.fields) - len(self.meanings())


def _clear(layout: QLayout) -> None:
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
        elif inner := item.layout():
            _clear(inner)
