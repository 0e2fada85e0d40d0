"""A scripted user with a mouse, a pen and a keyboard, who counts what was done."""

import os
import time
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from harness import wait
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

PLAIN = Qt.KeyboardModifier.NoModifier
LEFT, RIGHT, NONE = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.RightButton,
    Qt.MouseButton.NoButton,
)
_DEVICE = QPointingDevice.PointerType


class User:
    """Works in the real window; places are image pixels.

    Attributes:
        strokes, clicks, keys: gestures so far.
        log: one line for each gesture that changed something.
    """

    def __init__(self, program, pictures):
        self.program, self.pictures = program, Path(pictures)
        self.window, self.canvas = program.window, program.canvas
        self.session, self.trigger = program.session, program.trigger
        self.strokes = self.clicks = self.keys = 0
        self.began, self.log, self._shots = time.perf_counter(), [], 0
        self.window.activateWindow()

    @property
    def gestures(self):
        """Strokes, clicks and keys together."""
        return self.strokes + self.clicks + self.keys

    def tell(self, words):
        """Note and print what happened."""
        line = f"{time.perf_counter() - self.began:6.1f} s  {self.gestures:4d}  {words}"
        self.log.append(line)
        print(line, flush=True)

    # -- keyboard ----------------------------------------------------------------------------

    def key(self, key, modifiers=PLAIN):
        """One key, where the focus is."""
        self.keys += 1
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)
        QApplication.processEvents()

    def type(self, text):
        """Words into the field with the focus; counted as its keys."""
        self.keys += len(text)
        QTest.keyClicks(QApplication.focusWidget(), text)
        QApplication.processEvents()

    # -- mouse -------------------------------------------------------------------------------

    def drag(self, places, button=LEFT, keys=PLAIN):
        """Press at the first place, through the others, release at the last: one stroke."""
        self.strokes += 1
        self._mouse(QEvent.Type.MouseMove, places[0], NONE, NONE)
        self._mouse(QEvent.Type.MouseButtonPress, places[0], button, button, keys)
        for place in places[1:]:
            self._mouse(QEvent.Type.MouseMove, place, NONE, button, keys)
        self._mouse(QEvent.Type.MouseButtonRelease, places[-1], button, NONE, keys)

    def click(self, place, button=LEFT, keys=PLAIN):
        """Press and release."""
        self.clicks += 1
        self._mouse(QEvent.Type.MouseMove, place, NONE, NONE)
        self._mouse(QEvent.Type.MouseButtonPress, place, button, button, keys)
        self._mouse(QEvent.Type.MouseButtonRelease, place, button, NONE, keys)

    def _mouse(self, kind, place, button, held, keys=PLAIN):
        at = self.canvas.to_widget(*place)
        where = QPointF(self.canvas.mapToGlobal(at))
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, at, where, button, held, keys))
        QApplication.processEvents()

    # -- pen ---------------------------------------------------------------------------------

    def pen(self, places, eraser=False, pressure=1.0):
        """One stroke of the pen's tip or of its other end."""
        self.strokes += 1
        end = _DEVICE.Eraser if eraser else _DEVICE.Pen
        self._pen(QEvent.Type.TabletPress, places[0], end, pressure, LEFT)
        for place in places[1:]:
            self._pen(QEvent.Type.TabletMove, place, end, pressure, LEFT)
        self._pen(QEvent.Type.TabletRelease, places[-1], end, 0.0, NONE)

    def _pen(self, kind, place, end, pressure, held):
        tablet = QPointingDevice(
            "pen",
            1,
            QInputDevice.DeviceType.Stylus,
            end,
            QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
            1,
            2,
        )
        at = self.canvas.to_widget(*place)
        where = QPointF(self.canvas.mapToGlobal(at))
        event = QTabletEvent(kind, tablet, at, where, pressure, 0, 0, 0, 0, 0, PLAIN, LEFT, held)
        QApplication.sendEvent(self.canvas, event)
        QApplication.processEvents()

    # -- eyes --------------------------------------------------------------------------------

    def settle(self):
        """Until the picture is complete."""
        self.canvas.settle()
        QApplication.processEvents()

    def until(self, holds, seconds=60):
        """Run the event loop until it holds."""
        wait(holds, seconds)

    def picture(self, name):
        """Keep the window as the next numbered PNG."""
        self.settle()
        self._shots += 1
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.window.grab().save(str(self.pictures / f"{self._shots:02d}_{name}.png"))


def along(points, step):
    """Points at most ``step`` apart along a line through points (n, 2)."""
    out = [tuple(points[0])]
    for (x0, y0), (x1, y1) in pairwise(points):
        count = max(1, int(np.ceil(np.hypot(x1 - x0, y1 - y0) / step)))
        out += [
            (x0 + (x1 - x0) * k / count, y0 + (y1 - y0) * k / count) for k in range(1, count + 1)
        ]
    return out


def outlines(bits):
    """Outer outlines of a bool image, largest first, each (n, 2) of x, y at pixel edges."""
    import cv2

    doubled = cv2.resize(bits.astype(np.uint8), None, fx=2, fy=2, interpolation=0)
    found, _ = cv2.findContours(doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = sorted(found, key=cv2.contourArea, reverse=True)
    return [(each.reshape(-1, 2) + 0.5) / 2 for each in found if len(each) > 2]
