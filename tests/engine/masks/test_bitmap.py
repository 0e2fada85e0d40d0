import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masks import reduce
from engine.masks.bitmap import Bitmap
from engine.masks.flatten import slots
from engine.masks.mask import FULL, SIDE, Mask
from engine.masks.raster import Stroke, capsule
from tests.engine.masks.pictures import pictures, pixels, sizes, whole


@given(sizes, st.data())
def test_a_bitmap_is_an_array_that_is_painted(size, data):
    step = data.draw(st.sampled_from([1, 4, 64]))
    bitmap, model = Bitmap(size, step), np.zeros(size, bool)
    for _ in range(data.draw(st.integers(1, 5))):
        left, top = data.draw(st.integers(-300, 300)), data.draw(st.integers(-300, 300))
        bits = data.draw(sizes.flatmap(pictures))
        here = np.zeros(size, bool)
        room = np.zeros((size[0] + 2000, size[1] + 2000), bool)
        room[top + 500 : top + 500 + bits.shape[0], left + 500 : left + 500 + bits.shape[1]] = bits
        here[:] = room[500 : 500 + size[0], 500 : 500 + size[1]]
        kind = data.draw(st.sampled_from(["add", "remove", "piece", "look"]))
        if kind == "add":
            bitmap.add(Mask.from_bits(bits, left, top))
            model |= here
        elif kind == "piece":
            bitmap.add_piece(left, top, bits)
            model |= here
        elif kind == "remove":
            bitmap.remove(Mask.from_bits(bits, left, top))
            model &= ~here
        else:
            assert bitmap.to_mask().same(Mask.from_bits(model))
    assert np.array_equal(bitmap.read(whole(size)), model)
    made, plain = bitmap.to_mask(), Mask.from_bits(model)
    assert made.same(plain)
    assert (made.area, made.box) == (int(model.sum()), plain.box)
    assert bitmap.box == plain.box
    assert bool(bitmap) == bool(model.any())


def test_a_mask_taken_stays_while_painting_goes_on():
    bitmap = Bitmap((1000, 1000))
    bitmap.add(Mask.rectangle((0, 0, 700, 10)))
    taken = bitmap.to_mask()
    tiles = dict(taken.tiles())
    bitmap.add(Mask.rectangle((0, 0, 10, 700)))
    bitmap.remove(Mask.rectangle((300, 0, 310, 10)))
    assert taken.same(Mask.rectangle((0, 0, 700, 10)))
    assert all(taken.tiles()[key] is tile for key, tile in tiles.items())
    assert bitmap.to_mask().area == 7000 + 6900 - 100


def test_masks_added_are_not_painted_into():
    full = Mask.rectangle((0, 0, 1024, 1024))
    other = full - Mask.rectangle((5, 5, 9, 9))
    bitmap = Bitmap((1024, 1024))
    bitmap.add(other)
    bitmap.add(Mask.rectangle((6, 6, 7, 7)))
    bitmap.remove(Mask.rectangle((600, 600, 601, 601)))
    assert other.area == 1024 * 1024 - 16
    assert full.area == 1024 * 1024


def test_a_long_stroke_touches_only_the_tiles_it_passes():
    size = 65536, 65536
    bitmap, stroke = Bitmap(size), Stroke(20, size)
    for k in range(0, 65536, 64):
        bitmap.add(stroke.to((k, k)))
    assert len(bitmap.touched) < 3 * 65536 / SIDE
    assert bitmap.to_mask().box[2:] == (65492, 65492)


def test_full_tiles_take_no_memory():
    bitmap = Bitmap((4096, 4096))
    bitmap.add(Mask.rectangle((0, 0, 4096, 4096)))
    assert all(tile is FULL for tile in bitmap.to_mask().tiles().values())


def test_what_lies_outside_the_image_is_cut_off():
    bitmap = Bitmap((300, 300))
    bitmap.add(Mask.rectangle((-1000, -1000, 1000, 1000)))
    assert np.array_equal(pixels(bitmap.to_mask(), (300, 300)), np.ones((300, 300), bool))
    assert bitmap.to_mask().area == 90000
    bitmap.add(Mask.rectangle((400, 0, 500, 10)))
    assert bitmap.box == (0, 0, 300, 300)


def test_the_end_of_a_long_stroke_has_few_tiles_left_to_look_at():
    size = 16384, 16384
    bitmap, stroke = Bitmap(size, 16), Stroke(100, size)
    rng = np.random.default_rng(0)
    for _ in range(300):
        bitmap.add(stroke.to(tuple(rng.uniform(0, 16384, 2))))
        assert len(bitmap.unfinished) <= 300  # what one step can touch, whatever was before
    bitmap.add(stroke.to((8000, 8000)))
    bitmap.add(stroke.to((8010, 8000)))
    assert len(bitmap.unfinished) <= 6
    assert len(bitmap.touched) > 2000


def test_tiles_left_behind_are_reduced_already(monkeypatch):
    size = 8192, 8192
    bitmap, stroke = Bitmap(size, 16), Stroke(60, size)
    for x in range(200, 8000, 90):
        bitmap.add(stroke.to((x, x)))
    mask = bitmap.to_mask()
    reduced = []
    once = reduce._any
    monkeypatch.setattr(reduce, "_any", lambda bits, step: reduced.append(step) or once(bits, step))
    slots([(1, mask)], (0, 0, 8192, 8192), 16)
    assert reduced == []


def test_the_box_and_the_area_of_a_stroke_are_known_without_looking(monkeypatch):
    size = 3000, 3000
    bitmap = Bitmap(size)
    bitmap.add(capsule((500, 500), (2500, 700), 40, size))
    bitmap.add(capsule((2500, 700), (2600, 2900), 40, size))
    mask = bitmap.to_mask()
    again = Mask.from_tiles({key: tile.copy() for key, tile in mask.tiles().items()})
    assert (mask._area, mask._box) == (again.area, again.box)


@pytest.mark.parametrize("step", [0, 3, 512])
def test_a_level_is_one_there_is(step):
    with pytest.raises(ValueError, match="power of two"):
        Bitmap((10, 10), step)
