import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.scratch import Scratch, look_up


def test_a_room_is_used_again_while_it_is_large_enough():
    scratch = Scratch()
    first = scratch.room("a", 40, 50, np.uint32)
    assert first.shape == (40, 50)
    assert first.dtype == np.uint32
    again = scratch.room("a", 20, 60, np.uint16)
    assert np.shares_memory(first, again)
    assert not np.shares_memory(first, scratch.room("b", 40, 50, np.uint32))
    larger = scratch.room("a", 80, 50, np.uint32)
    assert larger.shape == (80, 50)
    assert larger.flags.c_contiguous


@given(st.integers(0, 90), st.integers(0, 700), st.sampled_from([np.uint8, np.uint16, np.uint32]))
def test_looking_up_is_indexing(height, width, kind):
    rng = np.random.default_rng(height * 1000 + width)
    table = rng.integers(0, 1 << 32, 256, dtype=np.uint32)
    index = rng.integers(0, 256, (height, width)).astype(kind)
    out = np.empty((height, width), np.uint32)
    assert look_up(table, index, out) is out
    assert np.array_equal(out, table[index])


@pytest.mark.parametrize("shape", [(1, 200_000), (3000, 64)])
def test_rows_longer_than_a_piece_and_many_of_them(shape):
    index = np.arange(shape[0] * shape[1], dtype=np.uint32).reshape(shape) % 1000
    table = np.arange(1000, dtype=np.uint32) * 7
    assert np.array_equal(look_up(table, index, np.empty(shape, np.uint32)), index * 7)
