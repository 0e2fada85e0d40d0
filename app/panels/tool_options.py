"""The controls of the tools' options, made from ``app.tools.options``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from app.session import Session
from app.theme.widgets import CheckBox, ElidedLabel, SmallSlider
from app.tools.options import Choice, Number, Option, Switch, amount, chosen, is_on

_STEPS = 200
"""Positions of a number's slider."""


class OptionControl(QWidget):
    """One option: its words and what changes it; follows the session."""

    def __init__(self, session: Session, option: Option) -> None:
        super().__init__()
        self.option = option
        self._session = session
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._show: Callable[[], None]
        self.part = self._made(row)
        self.part.setToolTip(option.hint)
        self.part.setAccessibleDescription(option.hint)
        row.addWidget(self.part)

    def refresh(self) -> None:
        """Show what the session holds."""
        with QSignalBlocker(self.part):
            self._show()
        self.part.update()

    def _made(self, row: QHBoxLayout) -> QWidget:
        option = self.option
        if isinstance(option, Switch):
            return self._switch(option)
        row.addWidget(ElidedLabel(option.words, role="text.secondary"))
        return self._number(option) if isinstance(option, Number) else self._choice(option)

    def _switch(self, option: Switch) -> QWidget:
        box = CheckBox(option.words)
        box.toggled.connect(partial(self._set, option.name))
        self._show = lambda: box.setChecked(is_on(self._session.tool_options, option))
        return box

    def _number(self, option: Number) -> QWidget:
        def to_text(at: int) -> str:
            return option.text(option.at(at / _STEPS))

        def now() -> float:
            return amount(self._session.tool_options, option)

        slider = SmallSlider(option.words, 0, _STEPS, to_text, 90)
        # The wheel sets numbers between two positions of the slider: they are said as they are.
        slider.set_text_of(lambda at: option.text(now()) if at == slider.value() else to_text(at))
        slider.valueChanged.connect(lambda at: self._set(option.name, option.at(at / _STEPS)))
        self._show = lambda: slider.setValue(round(option.share(now()) * _STEPS))
        return slider

    def _choice(self, option: Choice) -> QWidget:
        box = QComboBox()
        box.setAccessibleName(option.words)
        box.setProperty("small", True)
        for value, words in option.choices:
            box.addItem(words, value)
        box.activated.connect(lambda at: self._set(option.name, box.itemData(at)))
        self._show = lambda: box.setCurrentIndex(
            box.findData(chosen(self._session.tool_options, option))
        )
        return box

    def _set(self, name: str, value: Any) -> None:
        self._session.set_tool_option(name, value)
