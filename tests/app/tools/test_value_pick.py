import numpy as np
import pytest

from app.state import LUMINANCE
from app.tools.value_pick import SLACK, ValuePick
from tests.app.tools.table import SIZE, Pixels, Table, move, press, release

SPAN = 240


class Told(list):
    def __call__(self, low, high, last):
        self.append((low, high, last))


@pytest.fixture
def table():
    """Values grow by one for each column."""
    made = Table()
    ramp = np.broadcast_to(np.arange(SIZE[1], dtype=np.uint16), SIZE)
    made.photo = Pixels(ramp)
    return made


def test_a_press_takes_the_value_and_its_neighbours(table):
    told = Told()
    table.run(ValuePick(LUMINANCE, SPAN, told), press(100.5, 20), release(100.5, 20))
    room = SPAN * SLACK
    assert told[0] == (100 - room, 100 + room, False)
    assert told[-1] == (100 - room, 100 + room, True)


def test_a_drag_takes_all_it_passes_over(table):
    told = Told()
    table.run(
        ValuePick(0, SPAN, told), press(100.5, 20), move(60.5, 90), move(90.5, 60), release(90, 60)
    )
    assert told[-1] == (60, 100, True)


def test_beyond_the_image_is_nothing(table):
    told = Told()
    table.run(ValuePick(0, SPAN, told), press(-9, -9), move(5.5, 5.5), release(5.5, 5.5))
    assert told[0] == (0, 5, False)
    assert told[-1] == (0, 5, True)


def test_no_number_is_passed_over(table):
    stored = np.full(SIZE, np.nan, np.float32)
    stored[:, 50:] = 0.25
    table.photo = Pixels(stored)
    told = Told()
    table.run(ValuePick(0, 1.0, told), press(20, 20), move(80, 20), release(80, 20))
    assert told[-1] == (0.25, 0.25, True)


def test_it_changes_nothing(table):
    result = table.run(ValuePick(0, SPAN, Told()), press(100, 20), release(100, 20))
    assert result is None
    assert not table.document.annotations


def test_a_channel_that_is_not_there_gives_nothing(table):
    told = Told()
    table.run(ValuePick(7, SPAN, told), press(100, 20), release(100, 20))
    assert told == []
