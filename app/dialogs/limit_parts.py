"""Parts of the sheet of limits: by the photo's values, and by what the model finds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.value_view import ValueView, values_in_view
from app.dialogs.background import Background
from app.dialogs.fields import Choice
from app.limit_rules import NOT_LOOKED, channel_of
from app.limit_words import number
from app.services import Services
from app.state import LUMINANCE, SureRange, ValueRange
from app.theme.range_slider import RangeSlider
from app.theme.widgets import (
    Button,
    CheckBox,
    ElidedLabel,
    SegmentedControl,
    SmallSlider,
    TextBlock,
)
from app.tools.value_pick import ValuePick
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.canvas.widget import Canvas

_LOOK_MS = 150
"""After the picture last moved: when its values are counted again."""


class ValuesPart(QWidget):
    """A channel, a range of its values, and the ways to choose it."""

    def __init__(self, services: Services, canvas: Canvas) -> None:
        super().__init__()
        self._session, self._canvas = services.session, canvas
        self._view: ValueView | None = None
        self._limit = ValueRange(0, 255)
        self._background = Background(self)
        self._looked: tuple[Any, ...] | None = None
        self.on = CheckBox("Paint only where the photo has these values")
        self.channel = Choice()
        self.slider = RangeSlider("Values", number)
        self.low, self.high = _field("Lowest value"), _field("Highest value")
        self.pick = Button("Pick from the picture", "eyedropper")
        self.pick.setCheckable(True)
        self.under = ElidedLabel("", "small", role="text.secondary")
        self._build()
        self._soon = QTimer(self, interval=_LOOK_MS, singleShot=True)
        self._soon.timeout.connect(self._look)
        self.on.toggled.connect(self._toggle)
        self.channel.picked.connect(self._set_channel)
        self.slider.moved.connect(self._set_range)
        self.low.valueChanged.connect(lambda low: self._set_range(low, max(low, self._limit.high)))
        self.high.valueChanged.connect(
            lambda high: self._set_range(min(high, self._limit.low), high)
        )
        self.pick.clicked.connect(self._pick)
        canvas.pointer_changed.connect(self._on_pointer)
        canvas.painted.connect(self._on_painted)
        self._on_pointer(None)
        self._offer_channels()
        self._soon.start()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.on)
        column.addWidget(self.slider)
        row = QHBoxLayout()
        row.setSpacing(8)
        for part, share in (
            (self.channel, 3),
            (self.low, 2),
            (ElidedLabel("to"), 0),
            (self.high, 2),
        ):
            row.addWidget(part, share)
        column.addLayout(row)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.pick)
        row.addWidget(self.under, 1)
        column.addLayout(row)

    # -- contents ----------------------------------------------------------------------------

    def show_limit(self, limit: ValueRange | None) -> None:
        """Show what is set; the range stays to be taken again when it is switched off."""
        with QSignalBlocker(self.on):
            self.on.setChecked(limit is not None)
        self.on.update()
        if limit is not None:
            self._limit = limit
        self._offer_channels()
        self._show_range()
        self._soon.start()

    def _offer_channels(self) -> None:
        source = self._canvas.picture.photo.source
        names = tuple(source.names) if source is not None else ()
        options: list[tuple[int, str]] = [(LUMINANCE, "Brightness")]
        if len(names) > 1:
            options += list(enumerate(names))
        if [self.channel.itemText(at) for at in range(self.channel.count())] != [
            words for _, words in options
        ]:
            self.channel.set_options(options)
        self.channel.set_value(self._limit.channel)
        self.channel.setEnabled(len(options) > 1)

    def _show_range(self) -> None:
        limit, view = self._limit, self._view
        whole = view is None or view.whole
        self.slider.set_range(limit.low, limit.high)
        for field, value in ((self.low, limit.low), (self.high, limit.high)):
            with QSignalBlocker(field):
                field.setDecimals(0 if whole else 4)
                field.setValue(value)

    def _on_painted(self) -> None:
        camera, source = self._canvas.camera, self._canvas.picture.photo.source
        if (source, camera, self._limit.channel) != self._looked:
            self._soon.start()

    def _look(self) -> None:
        """Count the values in view, elsewhere: a file may have to be read for it."""
        photo = self._canvas.picture.photo
        source, camera, channel = photo.source, self._canvas.camera, self._limit.channel
        if source is None or not photo.is_ready:
            return
        self._looked = key = (source, camera, channel)

        def work() -> ValueView | None:
            try:
                return values_in_view(source, camera, channel)
            except EngineError:
                return None  # the canvas says what is wrong with the file

        self._background.run(work, lambda view: self._on_looked(key, view))

    def _on_looked(self, key: tuple[Any, ...], view: ValueView | None) -> None:
        if key != self._looked:
            return
        first = self._view is None and self._session.limits.now.values is None
        self._view = view
        if view is None:
            self.slider.set_counts(None)
            return
        if first:
            self._limit = ValueRange(view.least, view.most, self._limit.channel)
        self.slider.set_ends(view.least, view.most, view.whole)
        self.slider.set_counts(view.counts)
        self._show_range()

    def _on_pointer(self, info: Any) -> None:
        """The value under the pointer, of the channel that is chosen."""
        value = None
        samples = self._canvas.picture.photo.value(info.x, info.y) if info is not None else ()
        if samples:
            import numpy as np

            source = self._canvas.picture.photo.source
            raw = np.array(samples, source.dtype if source is not None else None)[None, None]
            found = channel_of(raw, self._limit.channel)
            value = None if found is None else float(found[0, 0])
        words = "–" if value is None else number(value)
        self.under.set_text(f"Under the pointer: {words}")

    # -- choosing ----------------------------------------------------------------------------

    def _toggle(self, on: bool) -> None:
        self._session.limits.set(values=self._limit if on else None)

    def _set_channel(self, channel: int) -> None:
        self._view = None
        self._limit = ValueRange(self._limit.low, self._limit.high, channel)
        if self._session.limits.now.values is not None:
            self._session.limits.set(values=self._limit)
        self._soon.start()

    def _set_range(self, low: float, high: float) -> None:
        self._limit = ValueRange(low, high, self._limit.channel)
        self._session.limits.set(values=self._limit)
        self._show_range()

    def _pick(self) -> None:
        """The next press on the picture takes its value, a drag all values on its way."""
        if not self.pick.isChecked():
            self._canvas.borrow(None)
            return
        least, most = self.slider.ends()
        self._canvas.borrow(ValuePick(self._limit.channel, most - least, self._on_picked))
        self._session.say("Press on the picture, or drag over the values to take them all.")

    def _on_picked(self, low: float, high: float, last: bool) -> None:
        self._set_range(low, high)
        if last:
            self.pick.setChecked(False)


class SurePart(QWidget):
    """A threshold on the model's probability."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services, self._session = services, services.session
        self._limit = SureRange()
        self.on = CheckBox("Paint only where the model gives a probability")
        self.above = SegmentedControl("Which side", [("above", "Above"), ("below", "Below")])
        self.at = SmallSlider("Probability", 0, 100, lambda at: f"{at / 100:.2f}", 140)
        self.of = SegmentedControl(
            "Probability of", [("class", "Of the class"), ("best", "Of its best guess")]
        )
        self.note = TextBlock("")
        self.ask = Button("Propose", "sparkle")
        self.ask.clicked.connect(lambda: services.actions.trigger("model.propose"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.on)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.above)
        row.addWidget(self.at)
        row.addStretch(1)
        column.addLayout(row)
        row = QHBoxLayout()
        row.addWidget(self.of)
        row.addStretch(1)
        column.addLayout(row)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.note, 1)
        row.addWidget(self.ask)
        column.addLayout(row)
        self.on.toggled.connect(self._toggle)
        self.above.chosen.connect(lambda side: self._change(above=side == "above"))
        self.at.valueChanged.connect(lambda at: self._change(at=at / 100))
        self.of.chosen.connect(lambda of: self._change(of_class=of == "class"))
        self._session.confidence_changed.connect(self._show_note)
        self._session.image_changed.connect(self._show_note)
        self._session.class_changed.connect(self._show_note)
        self._show_note()

    def show_limit(self, limit: SureRange | None) -> None:
        """Show what is set."""
        with QSignalBlocker(self.on):
            self.on.setChecked(limit is not None)
        self.on.update()
        if limit is not None:
            self._limit = limit
        self.above.set_current("above" if self._limit.above else "below")
        self.of.set_current("class" if self._limit.of_class else "best")
        with QSignalBlocker(self.at):
            self.at.setValue(round(self._limit.at * 100))
        self.at.update()
        self._show_note()

    def _show_note(self) -> None:
        session = self._session
        looked = session.confidence is not None
        self.ask.setVisible(not looked)
        self.ask.setEnabled(not self._services.actions.missing("model.propose"))
        label = session.label_class(session.current_class)
        if not looked:
            self.note.set_text(NOT_LOOKED, "state.warning" if self.on.isChecked() else None)
            return
        known = session.current_class in session.confidence_classes.values()
        if self._limit.of_class and label is not None and not known:
            words = f"The model has no class “{label.name}”: it gives it 0 everywhere."
        else:
            words = "Taken from the model's answer on this image, at the size the network has."
        self.note.set_text(words, "text.secondary")

    def _toggle(self, on: bool) -> None:
        self._session.limits.set(sure=self._limit if on else None)

    def _change(self, **fields: Any) -> None:
        self._limit = replace(self._limit, **fields)
        self._session.limits.set(sure=self._limit)


def _field(name: str) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(-1e12, 1e12)
    field.setDecimals(0)
    field.setGroupSeparatorShown(True)
    field.setAccessibleName(name)
    field.setKeyboardTracking(False)
    field.setMinimumWidth(60)
    field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    field.lineEdit().setTextMargins(6, 0, 0, 0)  # a sheet's padding does not reach it
    return field
