import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.camera import Camera
from app.canvas.figure_layer import FigureLayer, near
from app.tools.figure import Figure

WHOLE = QRect(0, 0, 400, 300)
BLUE, CLEAR = QColor(32, 112, 239), QColor(0, 0, 0, 0)
SQUARE = np.array([(50, 50), (150, 50), (150, 150), (50, 150)], float)
HOLE = np.array([(80, 80), (120, 80), (120, 120), (80, 120)], float)


@pytest.fixture
def layer(qapp):
    made = FigureLayer()
    made.set_camera(Camera((300, 400), 400, 300, 1.0))
    return made


def painted(layer, rect=WHOLE, fill=CLEAR):
    """Which pixels are drawn on, bool (300, 400)."""
    image = QImage(400, 300, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setClipRect(rect)
    layer.paint(painter, rect, 1.0, BLUE, fill)
    painter.end()
    return np.frombuffer(image.bits(), np.uint32).reshape(300, 400) != 0


def inside(drawn, rect):
    """Whether all that is drawn lies in a rectangle."""
    rows, columns = np.nonzero(drawn)
    return (
        rect.left() <= columns.min()
        and columns.max() <= rect.right()
        and rect.top() <= rows.min()
        and rows.max() <= rect.bottom()
    )


def test_nothing_is_drawn_at_first(layer):
    assert not painted(layer).any()


def test_rings_are_filled_together(layer):
    dirty = layer.show(Figure(rings=(SQUARE, HOLE)))
    drawn = painted(layer, fill=QColor(255, 0, 0, 90))
    assert inside(drawn, dirty)
    assert drawn[65, 65]
    assert not drawn[100, 100], "the inner one is a hole"
    assert not painted(layer)[65, 65]


def test_what_changed_covers_all_that_was_and_will_be_drawn(layer):
    layer.show(Figure(lines=(SQUARE,), handles=SQUARE, spot=(300, 200)))
    before = painted(layer)
    dirty = layer.show(Figure(lines=(HOLE,), handles=HOLE))
    after = painted(layer)
    assert inside(before ^ after, dirty)
    assert inside(after, layer.clear())
    assert not painted(layer).any()


def test_moving_along_handles_repaints_the_one_that_is_pointed_at(layer):
    layer.show(Figure(handles=SQUARE, hot=0))
    before = painted(layer)
    dirty = layer.show(Figure(handles=SQUARE, spot=(60, 60)))
    assert dirty.width() < 60
    assert inside(before ^ painted(layer), dirty)


def test_a_trail_grows_and_only_its_end_is_new(layer):
    layer.extend([(20, 20), (200, 20)])
    before = painted(layer)
    dirty = layer.extend([(200, 60)])
    assert dirty.width() < 60
    assert inside(before ^ painted(layer), dirty)
    assert np.array_equal(painted(layer, dirty)[30:50, 190:210], painted(layer)[30:50, 190:210])
    layer.clear()
    assert not painted(layer).any()


def test_stretches_near_a_rectangle():
    line = np.array([(0, 0), (100, 0), (100, 100), (0, 100), (0, 20)], float)
    found = near(line, QRect(90, 40, 20, 20))
    assert [each.tolist() for each in found] == [[[100, 0], [100, 100]]]
    assert near(line, QRect(300, 300, 5, 5)) == []
    assert len(near(line[:1], QRect(300, 300, 5, 5))) == 1
