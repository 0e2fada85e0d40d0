import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masks import reduce
from engine.masks.flatten import MOST, slots
from engine.masks.mask import Mask
from engine.masks.raster import disc
from tests.engine.masks.pictures import pictures, sizes

steps = st.sampled_from([1, 2, 4, 8, 16, 64, 256])


def coarse(bits, step):
    """Any pixel set, block by block, counted from the corner."""
    padded = np.pad(bits, [(0, -side % step) for side in bits.shape])
    rows, columns = padded.shape[0] // step, padded.shape[1] // step
    return padded.reshape(rows, step, columns, step).any((1, 3))


@st.composite
def boxes(draw, size):
    left, right = sorted(draw(st.tuples(*[st.integers(0, size[1] + 50)] * 2)))
    top, bottom = sorted(draw(st.tuples(*[st.integers(0, size[0] + 50)] * 2)))
    return left, top, right + 1, bottom + 1


@given(sizes, steps, st.data())
def test_the_last_mask_is_on_top_in_every_drawn_pixel(size, step, data):
    drawn = [data.draw(pictures(size)) for _ in range(data.draw(st.integers(0, 3)))]
    numbers = data.draw(st.permutations([1, 7, 400]))
    items = [(slot, Mask.from_bits(bits)) for slot, bits in zip(numbers, drawn, strict=False)]
    box = data.draw(boxes(size))
    left, top, right, bottom = (
        box[0] // step,
        box[1] // step,
        -(-box[2] // step),
        -(-box[3] // step),
    )
    expected = np.zeros((bottom, right), np.uint16)
    for slot, bits in zip(numbers, drawn, strict=False):
        level = coarse(bits, step)[:bottom, :right]
        expected[: level.shape[0], : level.shape[1]][level] = slot
    for _ in range(2):  # drawn, and drawn from what is remembered
        got = slots(items, box, step)
        assert got.dtype == np.uint16
        assert np.array_equal(got, expected[top:, left:])


@given(sizes.flatmap(pictures), steps, st.integers(-300, 300), st.integers(-300, 300))
def test_reduced_masks_are_those_of_arrays_wherever_they_lie(bits, step, dx, dy):
    mask = Mask.from_bits(bits).moved(dx, dy)
    left, top = dx - dx % step, dy - dy % step
    padded = np.pad(bits, ((dy - top, 0), (dx - left, 0)))
    expected = coarse(padded, step)
    box = left, top, left + padded.shape[1], top + padded.shape[0]
    got, column, row = reduce.read(mask, box, step)
    assert (column, row) == (left // step, top // step)
    assert np.array_equal(got, expected)


def test_thin_objects_stay_visible():
    line = Mask.rectangle((0, 777, 4000, 778))
    dot = Mask.rectangle((3001, 9, 3002, 10))
    got = slots([(1, line), (2, dot)], (0, 0, 4096, 4096), 64)
    assert (got[777 // 64, : -(-4000 // 64)] == 1).all()
    assert got[0, 3001 // 64] == 2


@given(steps, boxes((3000, 3000)))
def test_large_masks_with_full_tiles(step, box):
    under = Mask.rectangle((100, 90, 2900, 2500))
    over = Mask.rectangle((700, 0, 2000, 3000)) - Mask.rectangle((1100, 1100, 1700, 1700))
    left, top, right, bottom = (
        box[0] // step,
        box[1] // step,
        -(-box[2] // step),
        -(-box[3] // step),
    )
    expected = np.zeros((bottom, right), np.uint16)
    for slot, mask in ((3, under), (9, over)):
        level = coarse(mask.read((0, 0, 3100, 3100)), step)[:bottom, :right]
        expected[: level.shape[0], : level.shape[1]][level] = slot
    assert np.array_equal(slots([(3, under), (9, over)], box, step), expected[top:, left:])


@pytest.mark.parametrize("step", [0, -1, 3, 512, 100])
def test_steps_are_powers_of_two(step):
    with pytest.raises(ValueError, match="power of two"):
        slots([], (0, 0, 9, 9), step)


@pytest.mark.parametrize("slot", [0, -1, MOST + 1])
def test_slots_are_numbers_that_fit(slot):
    with pytest.raises(ValueError, match="slots are"):
        slots([(slot, Mask.rectangle((0, 0, 2, 2)))], (0, 0, 9, 9))


def test_reduced_tiles_are_remembered_with_the_tile_and_forgotten_with_it():
    mask = disc((1000, 1000), 900, (2000, 2000))
    tile = next(t for t in mask.tiles().values() if not t.all())
    assert reduce.tile(tile, 8) is reduce.tile(tile, 8)
    changed = mask | Mask.rectangle((1990, 1990, 1999, 1999))
    assert any(tile is other for other in changed.tiles().values())
    key = id(tile)
    assert key in reduce._tiles
    del tile, mask, changed
    gc.collect()
    assert key not in reduce._tiles
