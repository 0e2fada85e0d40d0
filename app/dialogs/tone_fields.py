"""Fields of the light sheet: which channels show, and numbers of a window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSizePolicy, QWidget

from app.dialogs.fields import Choice
from app.dialogs.sheet import Sheet
from app.theme.theme import theme
from app.theme.widgets import SegmentedControl
from engine.images.look import Look
from engine.images.tone import NONE, Tone

_COLOURS = ("Red", "Green", "Blue")
_FAR = 1e15


class ChannelFields(QObject):
    """As the file means them, one of them as grey, or three as red, green and blue.

    Signals:
        picked: channels of a tone, see ``Tone.channels``.

    Attributes:
        form: which of the three.
        one: the channel that is grey.
        three: the channels that are red, green and blue.
    """

    picked = Signal(object)  # tuple[int, ...]

    def __init__(self, sheet: Sheet) -> None:
        """Make the fields, each a line of a sheet below what is there."""
        super().__init__(sheet)
        self.form = SegmentedControl(
            "Channels", [("file", "As in the file"), ("one", "Grey"), ("three", "Colour")]
        )
        self.one = Choice()
        self.one.setAccessibleName("Channel shown as grey")
        self.three = [Choice() for _ in _COLOURS]
        self._shown: tuple[int, ...] = (0,)
        self._names: Sequence[str] = ()
        row = QHBoxLayout()
        row.addWidget(self.form)
        row.addStretch(1)
        self._form_row = sheet.add_row("Channels", row)
        self._one_row = sheet.add_row("Channel", self.one)
        self._three_rows: list[QWidget] = []
        for name, choice in zip(_COLOURS, self.three, strict=True):
            choice.setAccessibleName(f"Channel shown as {name.casefold()}")
            self._three_rows.append(sheet.add_row(name, choice))
            choice.picked.connect(lambda _value: self._on_three())
        self.form.chosen.connect(self._on_form)
        self.one.picked.connect(lambda value: self.picked.emit((value,)))
        self.hide()

    def hide(self) -> None:
        """There is nothing to choose."""
        for row in (self._form_row, self._one_row, *self._three_rows):
            row.setVisible(False)

    def show_tone(self, tone: Tone, look: Look, names: Sequence[str]) -> None:
        """Offer the channels of an image and show which a tone shows."""
        self._shown = look.channels
        if names != self._names:
            self._names = names
            every = list(enumerate(names))
            self.one.set_options(every)
            for choice in self.three:
                choice.set_options([*every, (NONE, "Nothing")])
        self.one.set_value(max(0, look.channels[0]))
        three = look.channels if len(look.channels) == 3 else look.channels * 3
        for choice, channel in zip(self.three, three, strict=True):
            choice.set_value(channel)
        form = {0: "file", 1: "one", 3: "three"}[len(tone.channels)]
        self._show_form("file" if tone.channels != look.channels else form)

    def _show_form(self, form: str) -> None:
        self.form.set_current(form)
        self._form_row.setVisible(True)
        self._one_row.setVisible(form == "one")
        for row in self._three_rows:
            row.setVisible(form == "three")

    def _on_form(self, form: str) -> None:
        real = [each for each in self._shown if each != NONE] or [0]
        if form == "file":
            self.picked.emit(())
        elif form == "one":
            self.picked.emit((real[0],))
        else:
            count = self.one.count()
            first = (real[0], real[0], real[0]) if count == 1 else self._first(real, count)
            self.picked.emit(first)

    def _first(self, real: list[int], count: int) -> tuple[int, ...]:
        """Three to begin with: those shown, else the first ones there are."""
        if len(self._shown) == 3:
            return self._shown
        return tuple(at if at < count else NONE for at in range(3))

    def _on_three(self) -> None:
        chosen = tuple(int(choice.value()) for choice in self.three)
        if any(each != NONE for each in chosen):
            self.picked.emit(chosen)
        else:  # nothing at all cannot be shown
            for choice, channel in zip(self.three, self._shown, strict=True):
                choice.set_value(channel)


class ValueField(QDoubleSpinBox):
    """A stored value: whole for whole numbers, else with as many digits as say something."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setKeyboardTracking(False)
        self.setRange(-_FAR, _FAR)
        self.setDecimals(0)
        self.setGroupSeparatorShown(True)
        self.setMinimumWidth(theme().px(90))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(8, 0, 0, 0)

    def set_span(self, span: float, whole: bool) -> None:
        """How far apart values are that differ to the eye."""
        digits = 0 if whole else int(np.clip(3 - np.floor(np.log10(max(span, 1e-12))), 0, 12))
        if digits != self.decimals():
            blocked = self.blockSignals(True)  # rounding the value of before is no choice
            self.setDecimals(digits)
            self.blockSignals(blocked)
        self.setSingleStep(max(1.0, round(span / 100)) if whole else span / 100)

    def show_value(self, value: float) -> None:
        """Show a value without saying ``valueChanged``."""
        blocked = self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(blocked)


class PercentField(QDoubleSpinBox):
    """A percentage from 0 to 100."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setRange(0, 100)
        self.setDecimals(2)
        self.setSingleStep(0.1)
        self.setSuffix(" %")
        self.setKeyboardTracking(False)
        self.setMinimumWidth(theme().px(90))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(8, 0, 0, 0)

    def show_value(self, value: float) -> None:
        """Show a value without saying ``valueChanged``."""
        blocked = self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(blocked)
