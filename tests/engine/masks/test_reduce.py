"""Coarser levels of masks that change: what is kept from before is what would be made anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masks import reduce
from engine.masks.bitmap import Bitmap
from engine.masks.flatten import lay, slots
from engine.masks.mask import Mask
from engine.masks.raster import disc
from engine.masks.tiles import FULL

SIZE = (4000, 5000)
WHOLE = (0, 0, SIZE[1], SIZE[0])
STEPS = [2, 4, 8, 64]

shapes = st.lists(
    st.tuples(st.integers(0, 4999), st.integers(0, 3999), st.integers(1, 1500)),
    min_size=1,
    max_size=3,
)


def again(mask):
    """The same pixels in a mask that remembers nothing."""
    tiles = {key: tile if tile is FULL else tile.copy() for key, tile in mask.tiles().items()}
    return Mask.from_tiles(tiles)


def changed(before, after):
    old, new = before.tiles(), after.tiles()
    return {key for key in {*old, *new} if old.get(key) is not new.get(key)}


@settings(max_examples=25)
@given(shapes, shapes)
def test_a_changed_mask_keeps_the_blocks_that_are_the_same(first, then):
    before = Mask.rectangle((900, 900, 3900, 3100))
    for x, y, radius in first:
        before ^= disc((x, y), radius, SIZE)
    for step in STEPS:
        slots([(1, before)], WHOLE, step)
    after = before
    for x, y, radius in then:
        after ^= disc((x, y), radius, SIZE)
    if not (before.is_tiled and after.is_tiled):
        return
    reduce.inherit(before, after, changed(before, after))
    plain = again(after)
    for step in STEPS:
        assert np.array_equal(slots([(1, after)], WHOLE, step), slots([(1, plain)], WHOLE, step))
        read, wanted = reduce.read(after, WHOLE, step), reduce.read(plain, WHOLE, step)
        assert read[1:] == wanted[1:]
        assert np.array_equal(read[0], wanted[0])


@settings(max_examples=25)
@given(shapes, st.sampled_from(STEPS), st.data())
def test_a_stroke_leaves_the_blocks_of_the_level_that_is_drawn(places, step, data):
    stroke = Bitmap(SIZE, step)
    for x, y, radius in places:
        stroke.add(disc((x, y), radius, SIZE))
        if data.draw(st.booleans()):
            stroke.to_mask()  # and painting goes on
        if data.draw(st.booleans()):
            stroke.remove(disc((x, y), radius // 2, SIZE))
    mask = stroke.to_mask()
    if mask.is_tiled:
        assert ("blocks", step) in mask.memo
        plain = again(mask)
        assert np.array_equal(slots([(1, mask)], WHOLE, step), slots([(1, plain)], WHOLE, step))
        assert np.array_equal(reduce.read(mask, WHOLE, step)[0], reduce.read(plain, WHOLE, step)[0])


def test_what_was_handed_over_stays_when_painting_goes_on():
    stroke = Bitmap(SIZE, 4)
    stroke.add(disc((2000, 2000), 900, SIZE))
    before = stroke.to_mask()
    wanted = reduce.read(before, WHOLE, 4)[0]
    stroke.add(disc((3000, 2000), 900, SIZE))
    stroke.remove(disc((2000, 2000), 300, SIZE))
    stroke.to_mask()
    assert np.array_equal(reduce.read(before, WHOLE, 4)[0], wanted)
    assert np.array_equal(reduce.read(again(before), WHOLE, 4)[0], wanted)


def test_only_blocks_that_changed_are_put_together_again():
    before = Mask.rectangle((10, 10, 4900, 3900)) - Mask.rectangle((2000, 2000, 2300, 2300))
    slots([(1, before)], WHOLE, 2)
    after = before - Mask.rectangle((600, 600, 640, 640))
    reduce.inherit(before, after, changed(before, after))
    kept, old = reduce.blocks(after, 2), reduce.blocks(before, 2)
    assert (1, 1) in old
    assert (1, 1) not in kept
    assert set(old) - set(kept) == {(1, 1)}
    assert all(kept[key] is old[key] for key in old if key != (1, 1))


def test_a_long_thin_mask_that_is_small_far_away_is_one_piece_there():
    line = Mask.rectangle((100, 200, 4100, 203))
    assert reduce.crop(line, 1) is None
    assert reduce.crop(line, 2) is None
    piece = reduce.crop(line, 8)
    assert piece is not None
    assert piece.box == (12, 25, 513, 26)
    assert piece.bits.all()
    assert reduce.crop(line, 8) is piece


def test_blocks_outlive_neither_their_mask_nor_lie_about_it():
    blocks = reduce.blocks(disc((2000, 2000), 1500, SIZE), 2)
    assert blocks[3, 3] is None  # the mask is gone


def test_laying_goes_on_top_of_what_is_there():
    out = np.full((50, 60), 9, np.uint16)
    lay([(3, Mask.rectangle((100, 100, 110, 120)))], out, (90, 95))
    assert (out[5:25, 10:20] == 3).all()
    assert (out == 9).sum() == 50 * 60 - 200


@pytest.mark.parametrize(
    ("scale", "step"), [(3.0, 1), (1.0, 1), (0.5, 2), (0.051, 16), (1e-4, 256)]
)
def test_the_step_of_a_scale(scale, step):
    assert reduce.step_at(scale) == step


@pytest.mark.parametrize("scale", [0, -1.0])
def test_a_scale_is_above_nothing(scale):
    with pytest.raises(ValueError, match="above 0"):
        reduce.step_at(scale)
