"""Collecting garbage when no hand is at work.

Python looks through all objects now and then, wherever it happens to be: with some thousand objects
of an image in memory that takes 30 to 80 ms, in the middle of a stroke as well as anywhere. Here
the young generations are collected as always, which takes well under a millisecond, and the old
one only from the event loop while no button is down.
"""

import gc

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

_NEVER = 1 << 30
_EVERY_MS = 3_000
DUE = 10
"""Collections of the middle generation after which the old one is looked through (as in Python)."""


class Rubbish(QObject):
    """Takes the collecting over from ``start`` to ``stop``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before: tuple[int, int, int] | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(_EVERY_MS)
        self._clock.timeout.connect(self.tidy)

    def start(self) -> None:
        """From now on the old generation waits for a moment of rest."""
        if self._before is None:
            self._before = gc.get_threshold()
            gc.set_threshold(*self._before[:2], _NEVER)
            self._clock.start()

    def stop(self) -> None:
        """Leave it to Python again."""
        if self._before is not None:
            self._clock.stop()
            gc.set_threshold(*self._before)
            self._before = None

    def tidy(self) -> bool:
        """Collect if it is due and no button is down; answers whether it did."""
        resting = QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
        if gc.get_count()[2] < DUE or not resting:
            return False
        gc.collect()
        return True
