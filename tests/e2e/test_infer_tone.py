"""A real model is asked about a deep image as it shows, from the real window."""

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.model_process import ModelProcess
from engine.images.picture import picture_from
from engine.images.source import read_rgb

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def folder(tmp_path):
    """A 16-bit image that rises from left to right, and another."""
    made = tmp_path / "deep"
    made.mkdir()
    ramp = np.tile(np.linspace(1000, 5000, 320).astype(np.uint16), (240, 1))
    cv2.imwrite(str(made / "a_ramp.png"), ramp)
    cv2.imwrite(str(made / "b_ramp.png"), ramp.T)
    return made


def test_a_model_is_asked_about_what_is_seen(drive, folder, monkeypatch):
    questions = []
    real = ModelProcess.ask
    monkeypatch.setattr(
        ModelProcess, "ask", lambda self, asked: questions.append(asked) or real(self, asked)
    )
    d = drive()
    d.open(folder)
    d.model_ready()
    d.canvas.setFocus()
    d.shift(Key.Key_B)
    histogram = d.window.sheet.histogram
    y = histogram.height() // 2
    start, stop = (round(histogram.x_of(value)) for value in (5000, 3000))
    QTest.mousePress(histogram, LEFT, pos=QPoint(start, y))
    QTest.mouseMove(histogram, QPoint(stop, y))
    QTest.mouseRelease(histogram, LEFT, pos=QPoint(stop, y))
    d.window.close_sheet()
    d.canvas.setFocus()
    with d.qtbot.waitSignal(d.services.inference.answered, timeout=60_000):
        d.key(Key.Key_R)
    asked = [each for each in questions if each["op"] == "predict"][-1]
    given = picture_from(asked).read()
    photo = d.canvas.picture.photo
    assert np.array_equal(given, photo.source.read(0, (0, 0, 320, 240), photo.tone))
    assert not np.array_equal(given, read_rgb(folder / "a_ramp.png"))
    d.canvas.one_to_one()
    d.canvas.settle()
    screen = d.canvas.grab().toImage()
    for x, y in ((40, 100), (100, 100), (200, 30)):
        at = d.canvas.to_widget(x + 0.5, y + 0.5) * screen.devicePixelRatio()
        seen = screen.pixelColor(round(at.x()), round(at.y())).red()
        assert abs(seen - int(given[y, x, 0])) <= 2  # the ramp rises by one a pixel
