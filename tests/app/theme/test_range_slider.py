import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.theme.range_slider import RangeSlider

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def slider(qtbot):
    made = RangeSlider("Values", lambda value: f"{value:g}")
    qtbot.addWidget(made)
    made.resize(214, made.sizeHint().height())  # 200 between the ends
    made.set_ends(0, 100, whole=True)
    made.set_range(20, 80)
    made.moves = []
    made.moved.connect(lambda low, high: made.moves.append((low, high)))
    made.show()
    qtbot.waitExposed(made)
    return made


def at(slider, value):
    return QPoint(round(7 + 2 * value), slider.height() // 2)


def test_a_press_takes_the_nearer_end(slider):
    QTest.mouseClick(slider, LEFT, pos=at(slider, 30))
    assert slider.range() == (30, 80)
    QTest.mouseClick(slider, LEFT, pos=at(slider, 95))
    assert slider.range() == (30, 95)
    assert slider.moves == [(30, 80), (30, 95)]


def test_an_end_is_dragged_up_to_the_other_and_no_further(slider):
    QTest.mousePress(slider, LEFT, pos=at(slider, 20))
    QTest.mouseMove(slider, at(slider, 60))
    QTest.mouseMove(slider, at(slider, 99))
    assert slider.range() == (80, 80)
    QTest.mouseRelease(slider, LEFT, pos=at(slider, 99))
    QTest.mouseMove(slider, at(slider, 10))
    assert slider.range() == (80, 80)
    QTest.mouseClick(slider, LEFT, pos=at(slider, 90))  # both lie there: the way out is up
    assert slider.range() == (80, 90)


def test_keys_move_the_end_that_was_moved_last(slider):
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert slider.range() == (20, 79)
    QTest.keyClick(slider, Qt.Key.Key_Down)
    QTest.keyClick(slider, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert slider.range() == (30, 79)
    assert "lower" in slider.accessibleDescription()
    QTest.keyClick(slider, Qt.Key.Key_Up)
    assert "upper" in slider.accessibleDescription()
    assert slider.accessibleName() == "Values, 30 to 79"


def test_without_whole_numbers_an_arrow_is_a_hundredth(slider):
    slider.set_ends(0, 2, whole=False)
    slider.set_range(0.5, 1.5)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.range() == (0.5, pytest.approx(1.52))


def test_what_was_set_is_not_said_and_may_lie_beyond_the_ends(slider):
    slider.set_range(-50, 400)
    assert slider.moves == []
    assert slider.range() == (-50, 400)
    assert not slider.grab().isNull()


def test_counts_show_and_none_do_not(slider):
    bare = slider.grab().toImage()
    counts = np.zeros(128, np.int64)
    counts[40:90] = 1000
    slider.set_counts(counts)
    assert slider.has_counts
    filled = slider.grab().toImage()
    assert filled != bare
    slider.set_counts(np.zeros(128, np.int64))
    assert not slider.has_counts
    assert slider.grab().toImage() == bare
