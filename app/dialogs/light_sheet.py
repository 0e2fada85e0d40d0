"""Brightness, contrast and gamma of the view; the photo itself is never changed."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.dialogs.sheet import Sheet
from app.services import Services
from app.theme.widgets import Button, SmallSlider, TextBlock


def _factor(position: int) -> float:
    """A slider position of -100..100 as a factor of 0.2..5, 0 is 1."""
    return float(round(math.exp(position / 100 * math.log(5)), 3))


def _position(factor: float) -> int:
    return round(math.log(max(0.2, min(5.0, factor))) / math.log(5) * 100)


class LightSheet(Sheet):
    """Three sliders that act live, and one button that takes all back."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Light", "", "", parent)
        self._services = services
        self.add(TextBlock("How the photo is shown. The file, masks and exports stay as they are."))
        self.body.addSpacing(8)
        self.brightness = SmallSlider("Brightness", -100, 100, lambda v: f"{v:+d} %", 300)
        self.contrast = SmallSlider("Contrast", -100, 100, lambda v: f"× {_factor(v):.2f}", 300)
        self.gamma = SmallSlider("Gamma", -100, 100, lambda v: f"{_factor(v):.2f}", 300)
        for name, slider in (
            ("Brightness", self.brightness),
            ("Contrast", self.contrast),
            ("Gamma", self.gamma),
        ):
            self.add_row(name, slider)
        row = QHBoxLayout()
        back = Button("As in the file", "arrow-counter-clockwise")
        back.clicked.connect(
            lambda: services.session.set_view(brightness=0.0, contrast=1.0, gamma=1.0)
        )
        row.addWidget(back)
        row.addStretch(1)
        self.body.addSpacing(8)
        self.add(row)
        self.body.addStretch(1)
        self._show()
        self.brightness.valueChanged.connect(
            lambda value: services.session.set_view(brightness=value / 100)
        )
        self.contrast.valueChanged.connect(
            lambda value: services.session.set_view(contrast=_factor(value))
        )
        self.gamma.valueChanged.connect(
            lambda value: services.session.set_view(gamma=_factor(value))
        )
        services.session.view_changed.connect(self._show)

    def _show(self) -> None:
        view = self._services.session.view
        for slider, position in (
            (self.brightness, round(view.brightness * 100)),
            (self.contrast, _position(view.contrast)),
            (self.gamma, _position(view.gamma)),
        ):
            blocked = slider.blockSignals(True)
            slider.setValue(position)
            slider.blockSignals(blocked)
            slider.update()
