"""Which parts were looked at: cells by their middle, counted once, and the way to the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masks.seen import MOST, SMALLEST, Seen

sides = st.integers(1, 3000)


@pytest.mark.parametrize(
    ("size", "side"),
    [
        ((1, 1), 32),
        ((3000, 4000), 32),
        ((16384, 16384), 32),
        ((16385, 10), 64),
        ((60_000, 100_000), 256),
    ],
)
def test_cells_are_fine_and_never_too_many(size, side):
    seen = Seen(size)
    assert seen.side == side
    assert max(seen.cells.shape) <= MOST


@given(sides, sides)
def test_looking_at_all_of_it_sees_all_of_it(height, width):
    seen = Seen((height, width))
    assert seen.see((0, 0, width, height))
    assert seen.is_whole
    assert seen.share == 1.0
    assert not seen.see((0, 0, width, height)), "nothing new"


@st.composite
def views(draw):
    size = draw(sides), draw(sides)
    boxes = []
    for _ in range(draw(st.integers(0, 6))):
        left, top = draw(st.integers(0, size[1])), draw(st.integers(0, size[0]))
        right, bottom = draw(st.integers(left, size[1])), draw(st.integers(top, size[0]))
        boxes.append((left, top, right, bottom))
    return size, boxes


@given(views())
def test_the_count_is_what_a_plain_look_at_every_cell_finds(made):
    size, boxes = made
    seen = Seen(size)
    expected = np.zeros(seen.cells.shape, bool)
    for box in boxes:
        before = expected.copy()
        for row, column in np.ndindex(expected.shape):
            y = middle(row, seen.side, size[0])
            x = middle(column, seen.side, size[1])
            inside = box[0] <= x < box[2] and box[1] <= y < box[3]
            expected[row, column] |= inside
        assert seen.see(box) == (expected != before).any()
    assert np.array_equal(seen.cells, expected)
    assert seen.count == np.count_nonzero(expected)


def middle(cell, side, length):
    """Of the part of a cell that lies in the image."""
    return (cell * side + min(length, (cell + 1) * side)) / 2


@given(views(), st.integers(9, 900), st.integers(9, 900))
def test_every_jump_shows_something_new_until_all_is_seen(made, height, width):
    size, boxes = made
    seen = Seen(size)
    for box in boxes:
        seen.see(box)
    here = (0, 0, width, height)
    while (there := seen.next_unseen(here, (height, width))) is not None:
        assert 0 <= there[0] < there[2] <= size[1]
        assert 0 <= there[1] < there[3] <= size[0]
        assert there[2] - there[0] == min(width, size[1])
        assert there[3] - there[1] == min(height, size[0])
        assert seen.see(there)
        here = there
    assert seen.is_whole


def test_a_grid_of_other_cells_is_taken_over_by_what_it_covers():
    old = np.zeros((2, 2), bool)
    old[0, 1] = True
    seen = Seen((128, 128))
    seen.take(old, 64)
    assert seen.cells.shape == (4, 4)
    assert seen.count == 4
    assert seen.cells[:2, 2:].all()


def test_forgetting():
    seen = Seen((100, 100))
    seen.see((0, 0, 100, 100))
    seen.forget()
    assert seen.count == 0
    assert not seen.cells.any()
    assert seen.side == SMALLEST
