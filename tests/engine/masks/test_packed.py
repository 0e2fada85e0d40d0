"""Tiles that are kept packed show in what a mask takes, and in nothing else."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masks import bitmap, codec, packed, reduce
from engine.masks.bitmap import Bitmap
from engine.masks.flatten import slots
from engine.masks.mask import FULL, Mask
from engine.masks.packed import Packed, opened
from engine.masks.raster import capsule, disc
from engine.store.held import _bytes

SIZE = (1900, 2300)
WHOLE = (0, 0, SIZE[1], SIZE[0])

shapes = st.lists(
    st.tuples(st.integers(0, 2299), st.integers(0, 1899), st.integers(5, 700)),
    min_size=1,
    max_size=3,
)


def drawn(places):
    mask = Mask.EMPTY
    for x, y, radius in places:
        mask ^= disc((x, y), radius, SIZE)
    return mask


@settings(max_examples=40)
@given(shapes, shapes, st.data())
def test_all_operations_give_the_same_pixels(first, then, data):
    a, b = drawn(first), drawn(then)
    c = data.draw(st.sampled_from([a.compact(), a]))
    d = b.compact()
    for found, wanted in [(c | d, a | b), (c ^ d, a ^ b), (c & d, a & b), (c - d, a - b)]:
        assert found.same(wanted)
        assert wanted.same(found)
        assert (found.area, found.box) == (wanted.area, wanted.box)
    assert c.same(a)
    assert (c.area, c.box) == (a.area, a.box)
    box = (100, 200, 1500, 900)
    assert np.array_equal(c.read(box), a.read(box))
    assert c.clip(box).same(a.clip(box))
    assert c.moved(256, 512).same(a.moved(256, 512))
    assert c.moved(3, -5).same(a.moved(3, -5))
    assert c.iou(d) == a.iou(b)
    assert [c.at(x, 700) for x in range(0, 2300, 61)] == [a.at(x, 700) for x in range(0, 2300, 61)]
    assert codec.to_bytes(c) == codec.to_bytes(a)
    for key, tile in c.tiles().items():
        assert np.array_equal(tile, a.tiles()[key])
    assert [piece.box for piece in c.pieces] == [piece.box for piece in a.pieces]
    again = Mask.EMPTY
    for left, top, bits in c.pieces:
        again |= Mask.from_bits(bits, left, top)
    assert again.same(a)


@settings(max_examples=25)
@given(shapes, st.sampled_from([1, 2, 4, 8, 16, 64, 256]))
def test_all_levels_are_the_same(places, step):
    mask = drawn(places)
    small = mask.compact()
    for form in (reduce.read(small, WHOLE, step), reduce.read(mask, WHOLE, step)):
        assert np.array_equal(form[0], reduce.read(drawn(places), WHOLE, step)[0])
    assert np.array_equal(slots([(1, small)], WHOLE, step), slots([(1, mask)], WHOLE, step))


def test_what_is_not_touched_stays_the_same_object():
    mask = disc((1000, 900), 800, SIZE).compact()
    change = disc((400, 900), 30, SIZE)
    after = mask ^ change
    keys = change.tiles().keys()
    assert keys
    for key, tile in mask.kept().items():
        assert (after.kept()[key] is tile) == (key not in keys)
    assert (after ^ change).same(mask)
    assert mask.compact().kept()[1, 3] is mask.kept()[1, 3]


def test_it_takes_an_eighth():
    mask = disc((1000, 900), 800, SIZE)
    small = mask.compact()
    assert small.nbytes * 8 == mask.nbytes
    assert _bytes(small, set()) - FULL.nbytes == small.nbytes


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("step", [1, 8])
def test_a_stroke_over_very_many_tiles_packs_what_it_left(monkeypatch, step, seed):
    monkeypatch.setattr(bitmap, "MANY", 6)
    monkeypatch.setattr(bitmap, "LOOSE", 3)
    rng = np.random.default_rng(seed)
    stroke, wanted, last = Bitmap(SIZE, step), Mask.EMPTY, None
    for number in range(60):
        point = tuple(rng.uniform(20, 1880, 2))
        way = capsule(last or point, point, 15, SIZE)
        stroke.add(way)
        wanted |= way
        last = point
        if number % 15 == 14:
            assert stroke.to_mask().same(wanted)
        if number % 20 == 19:
            gone = disc(point, 60, SIZE)
            stroke.remove(gone)
            wanted -= gone
    mask = stroke.to_mask()
    kinds = [isinstance(tile, Packed) for tile in mask.kept().values()]
    assert sum(kinds) > len(kinds) / 2
    assert mask.same(wanted)
    assert (mask.area, mask.box) == (wanted.area, wanted.box)
    assert np.array_equal(reduce.read(mask, WHOLE, 8)[0], reduce.read(wanted, WHOLE, 8)[0])


def test_few_tiles_are_not_packed():
    stroke = Bitmap(SIZE)
    for x in range(100, 2200, 40):
        stroke.add(disc((x, 900), 90, SIZE))
    assert not any(isinstance(tile, Packed) for tile in stroke.to_mask().kept().values())


def test_only_the_tiles_looked_at_last_stay_open(monkeypatch):
    monkeypatch.setattr(packed, "OPEN", 4)
    bits = np.random.default_rng(1).random((12, 256, 256)) < 0.3
    tiles = [Packed.of(each) for each in bits]
    assert [tile.count for tile in tiles] == bits.sum((1, 2)).tolist()
    for tile, each in zip(tiles, bits, strict=True):
        assert np.array_equal(opened(tile), each)
        assert not opened(tile).flags.writeable
    assert opened(tiles[-1]) is opened(tiles[-1])
    assert len(packed._opened._found) == 4


def test_tiles_are_opened_on_any_thread():
    bits = np.random.default_rng(1).random((40, 256, 256)) < 0.3
    tiles, wrong = [Packed.of(each) for each in bits], []

    def look():
        for _ in range(3):
            for tile, each in zip(tiles, bits, strict=True):
                if not np.array_equal(opened(tile), each):
                    wrong.append(tile)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
