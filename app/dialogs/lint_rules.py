"""What the linter looks for: each rule on or off, with what counts and how often it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.theme.paint import RIGHT
from app.theme.theme import theme
from app.theme.widgets import CheckBox, ElidedLabel, NumberField
from engine.document.lint import RULES, Limits, Rule
from engine.store.lint_settings import RANGES

_MOST = 9_999  # px a field takes
_FIELD, _COUNT = 168, 40  # logical pixels wide
_FIELDS: dict[Rule, tuple[str, str, str]] = {
    "hole": ("hole", "up to", "px"),
    "island": ("island", "up to", "px"),
    "duplicate": ("duplicate", "from", "% IoU"),
    "overlap": ("overlap", "from", "px"),
    "pieces": ("touch", "from", "% of edge"),
}
"""Rule → limit, the words before the figure in its field, and those after it."""

_NOTES: dict[Rule, str] = {
    "speck": "as small as islands",
    "spot": "as small as islands",
    "sliver": "thin parts and objects",
    "clash": "as alike as duplicates",
}


class RuleRows(QWidget):
    """A line for each rule.

    Signals:
        picked: ``Limits`` that a person chose.
    """

    picked = Signal(object)

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        self.boxes: dict[Rule, CheckBox] = {}
        self.fields: dict[Rule, NumberField] = {}
        self._counts: dict[Rule, ElidedLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)  # between the fields and the counts
        for row, (rule, title) in enumerate(RULES.items()):
            box = self.boxes[rule] = CheckBox(title)
            box.setToolTip(title)  # cut in a narrow sheet
            box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            box.toggled.connect(partial(self._toggle, rule))
            count = self._counts[rule] = ElidedLabel(
                "", "body", "medium", "text.primary", align=RIGHT
            )
            count.setFixedWidth(theme().px(_COUNT))
            grid.addWidget(box, row, 0)
            grid.addWidget(self._limit(rule), row, 1)
            grid.addWidget(count, row, 3)
        self.show_limits(limits)

    def _limit(self, rule: Rule) -> QWidget:
        if rule not in _FIELDS:
            return ElidedLabel(_NOTES[rule], role="text.secondary")
        name, words, unit = _FIELDS[rule]
        least, most = RANGES[name]
        scale = _scale(unit)
        ends = round(least * scale), min(_MOST, round(most * scale))
        field = NumberField(f"{RULES[rule]}: {words}", *ends, unit, _FIELD)
        field.setPrefix(f"{words} ")
        field.valueChanged.connect(lambda value: self._change(name, value / scale))
        self.fields[rule] = field
        return field

    def show_limits(self, limits: Limits) -> None:
        """Show what counts."""
        self._limits = limits
        for rule, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(rule in limits.rules)
            box.update()
        for rule, field in self.fields.items():
            name, _words, unit = _FIELDS[rule]
            with QSignalBlocker(field):
                field.setValue(round(getattr(limits, name) * _scale(unit)))
            field.setEnabled(rule in limits.rules or name in ("island", "duplicate"))

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show how often each was found in the open image."""
        for rule, label in self._counts.items():
            on = rule in self._limits.rules
            label.set_text(f"{counts.get(rule, 0):,}" if on else "off")
            label.set_role("text.primary" if counts.get(rule) and on else "text.secondary")

    def _toggle(self, rule: Rule, on: bool) -> None:
        rules = self._limits.rules | {rule} if on else self._limits.rules - {rule}
        self._take(replace(self._limits, rules=rules))

    def _change(self, name: str, value: float) -> None:
        kind = type(getattr(Limits(), name))
        changed: dict[str, Any] = {name: kind(value)}
        self._take(replace(self._limits, **changed))

    def _take(self, limits: Limits) -> None:
        self._limits = limits
        self.picked.emit(limits)


def _scale(unit: str) -> int:
    """What a limit is multiplied by to be shown in a unit."""
    return 100 if unit.startswith("%") else 1
