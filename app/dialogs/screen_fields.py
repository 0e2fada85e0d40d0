"""Fields of the light sheet that change the screen alone."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject

from app.dialogs.sheet import Sheet
from app.session import Session
from app.theme.widgets import Button, SmallSlider, TextBlock

WIDTH = 170  # of a slider's line


def factor(position: int) -> float:
    """A slider position of -100..100 as a factor of 0.2..5; 0 is 1."""
    return float(round(math.exp(position / 100 * math.log(5)), 3))


def position(value: float) -> int:
    """The slider position of a factor; what lies beyond stands at the end."""
    return round(math.log(max(0.2, min(5.0, value))) / math.log(5) * 100)


def slide(slider: SmallSlider, at: int) -> None:
    """Move a slider without saying so."""
    if slider.value() != at:
        blocked = slider.blockSignals(True)
        slider.setValue(at)
        slider.blockSignals(blocked)
        slider.update()


class ScreenFields(QObject):
    """Brightness and contrast, and one button that takes both back."""

    def __init__(self, sheet: Sheet, session: Session) -> None:
        """Make the fields, each a line of a sheet below what is there."""
        super().__init__(sheet)
        self._session = session
        self.brightness = SmallSlider("Brightness", -100, 100, lambda v: f"{v:+d} %", WIDTH)
        self.contrast = SmallSlider("Contrast", -100, 100, lambda v: f"× {factor(v):.2f}", WIDTH)
        self.neutral = Button("Neutral", "arrow-counter-clockwise")
        sheet.add_section("On this screen only")
        sheet.add(TextBlock("Models, files and other programs do not see this."))
        sheet.body.addSpacing(4)
        sheet.add_row("Brightness", self.brightness)
        sheet.add_row("Contrast", self.contrast)
        sheet.add_row("", self.neutral)
        self.brightness.valueChanged.connect(lambda value: session.set_view(brightness=value / 100))
        self.contrast.valueChanged.connect(lambda value: session.set_view(contrast=factor(value)))
        self.neutral.clicked.connect(lambda: session.set_view(brightness=0.0, contrast=1.0))
        session.view_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        view = self._session.view
        slide(self.brightness, round(view.brightness * 100))
        slide(self.contrast, position(view.contrast))
        self.neutral.setEnabled((view.brightness, view.contrast) != (0.0, 1.0))
