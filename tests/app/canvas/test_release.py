"""What the end of a stroke costs must not follow the length of the stroke."""

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from engine.masks import reduce
from tests.app.canvas.harness import annotation

SIZE = (2000, 3000)


@pytest.fixture
def reductions(monkeypatch):
    found, once = [], reduce._any
    monkeypatch.setattr(reduce, "_any", lambda bits, step: found.append(step) or once(bits, step))
    return found


def wander(desk, count):
    rng = np.random.default_rng(1)
    points = rng.uniform((50, 50), (2950, 1950), (count, 2))
    desk.session.set_tool("brush")
    desk.session.set_radius(40)
    desk.press(*points[0])
    for point in points[1:]:
        desk.move(*point)
    desk.move(*points[-1] + (3, 0))
    return points[-1]


def test_far_away_the_tiles_of_a_long_stroke_are_ready_at_its_end(desk, reductions):
    desk.open(SIZE)
    assert desk.canvas.scale < 0.5
    end = wander(desk, 120)
    assert len(reductions) > 60
    reductions.clear()
    desk.release(*end)
    QApplication.processEvents()
    assert len(desk.document.annotations) == 1
    assert len(reductions) <= 16  # the tiles under the tip and its last steps


def test_undo_reduces_nothing(desk, reductions):
    from engine.masks.raster import disc

    desk.open(SIZE, [annotation(1, disc((1500, 1000), 700, SIZE))])
    desk.session.set_selection([1])
    desk.release(*wander(desk, 30))
    QApplication.processEvents()
    reductions.clear()
    for step in (desk.session.history.undo, desk.session.history.redo) * 2:
        step()
        QApplication.processEvents()
    assert reductions == []


def test_a_gesture_forgets_its_steps(desk):
    desk.open(SIZE)
    end = wander(desk, 20)
    stroke = desk.canvas.picture.stroke
    assert stroke._lines
    assert stroke._covered.held
    desk.release(*end)
    assert not stroke._lines
    assert not stroke._covered.held
