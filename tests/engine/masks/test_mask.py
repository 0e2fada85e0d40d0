import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masks.mask import FULL, SIDE, SMALL, Mask
from tests.engine.masks.pictures import pictures, pixels, several, sizes, whole

OPERATIONS = {
    operator.or_: np.logical_or,
    operator.and_: np.logical_and,
    operator.sub: np.greater,
    operator.xor: np.logical_xor,
}


def check(mask, bits, left=0, top=0):
    """Everything a mask says about itself against the plain array it stands for."""
    assert np.array_equal(pixels(mask, bits.shape, left, top), bits)
    assert mask.area == bits.sum()
    assert bool(mask) == bool(bits.any())
    if bits.any():
        rows, columns = np.nonzero(bits.any(1))[0], np.nonzero(bits.any(0))[0]
        assert mask.box == (
            left + columns[0],
            top + rows[0],
            left + columns[-1] + 1,
            top + rows[-1] + 1,
        )
    else:
        assert mask.box == (0, 0, 0, 0)
    check_form(mask)


def check_form(mask):
    left, top, right, bottom = mask.box
    small = right - left <= SMALL and bottom - top <= SMALL
    assert mask.is_tiled == (bool(mask) and not small)
    assert (mask.crop is not None) == (bool(mask) and small)
    if mask.crop:
        assert mask.crop.box == mask.box
        assert mask.pieces == (mask.crop,)
        assert mask.crop.bits.flags.c_contiguous
    for (row, column), tile in mask.tiles().items():
        assert tile.shape == (SIDE, SIDE)
        assert tile.any()
        assert tile is FULL or not tile.all()
        assert np.array_equal(
            tile, mask.read((column * SIDE, row * SIDE, (column + 1) * SIDE, (row + 1) * SIDE))
        )
    assert sum(int(piece.bits.sum()) for piece in mask.pieces) == mask.area
    assert not any(piece.bits.flags.writeable for piece in mask.pieces)


@given(several(1), st.integers(-600, 600), st.integers(-600, 600))
def test_a_mask_is_its_pixels(drawn, left, top):
    bits = drawn[0]
    mask = Mask.from_bits(bits, left, top)
    check(mask, bits, left, top)
    check(Mask.from_tiles(mask.tiles()), bits, left, top)


@given(several(2), st.sampled_from(list(OPERATIONS)))
def test_operations_are_those_of_arrays(drawn, operation):
    a, b = drawn
    one, two = Mask.from_bits(a), Mask.from_bits(b)
    check(operation(one, two), OPERATIONS[operation](a, b))  # areas are counted
    check(one, a)
    check(two, b)
    check(operation(one, two), OPERATIONS[operation](a, b))  # areas follow from those known


@given(several(2))
def test_comparisons(drawn):
    a, b = drawn
    one, two = Mask.from_bits(a), Mask.from_bits(b)
    either = (a | b).sum()
    assert one.iou(two) == (pytest.approx((a & b).sum() / either) if either else 0.0)
    assert one.same(two) == np.array_equal(a, b)
    assert one.same(Mask.from_bits(a))


@given(several(2))
def test_the_same_pixels_have_the_same_form_however_they_came_about(drawn):
    a, b = (Mask.from_bits(bits) for bits in drawn)
    roundabout = ((a ^ b) - b) | (a & b)
    assert roundabout.same(a)
    assert roundabout.is_tiled == a.is_tiled
    assert roundabout.tiles().keys() == a.tiles().keys()


@given(several(1), st.data())
def test_reading_clipping_and_moving(drawn, data):
    bits = drawn[0]
    mask = Mask.from_bits(bits)
    edges = [data.draw(st.integers(-30, side + 30)) for side in (*bits.shape[::-1],) * 2]
    left, right = sorted(edges[0::2])
    top, bottom = sorted(edges[1::2])
    padded = np.pad(bits, 40)
    part = padded[top + 40 : bottom + 40, left + 40 : right + 40]
    got = mask.read((left, top, right, bottom))
    assert np.array_equal(got, part)
    assert got.flags.writeable
    check(mask.clip((left, top, right, bottom)), part, left, top)
    dx, dy = (data.draw(st.sampled_from([-SIDE, -1, 0, 3, SIDE, 300])) for _ in "xy")
    check(mask.moved(dx, dy), bits, dx, dy)


@given(several(1), st.integers(-5, 900), st.integers(-5, 900))
def test_single_pixels(drawn, x, y):
    bits = drawn[0]
    inside = 0 <= y < bits.shape[0] and 0 <= x < bits.shape[1]
    assert Mask.from_bits(bits).at(x, y) == (inside and bits[y, x])


@given(st.tuples(*[st.integers(-700, 1400)] * 4))
def test_rectangles(corners):
    left, top = min(corners[0::2]), min(corners[1::2])
    right, bottom = max(corners[0::2]), max(corners[1::2])
    check(
        Mask.rectangle((left, top, right, bottom)),
        np.ones((bottom - top, right - left), bool),
        left,
        top,
    )


def test_the_inside_of_a_large_rectangle_takes_no_memory():
    mask = Mask.rectangle((0, 0, 8192, 8192))
    assert mask.nbytes == 0
    assert all(tile is FULL for tile in mask.tiles().values())
    assert not Mask.rectangle((5, 5, 5, 9))


@given(sizes.flatmap(pictures))
def test_a_small_change_to_a_large_mask_leaves_every_other_tile_the_same_object(bits):
    large = Mask.rectangle((0, 0, 4096, 4096)) ^ Mask.from_bits(bits, 700, 900)
    patch = Mask.rectangle((2000, 2000, 2100, 2010))
    touched = set(patch.tiles())
    before = large.tiles()
    for changed in (large ^ patch, large - patch, (large - patch) | patch):
        after = changed.tiles()
        assert {key for key in before if after.get(key) is not before[key]} <= touched
    assert (large | patch).tiles()[8, 8] is before[8, 8]  # touched, but nothing new
    assert (large & Mask.rectangle((0, 0, 4096, 4096))).same(large)


rectangles = st.tuples(*[st.integers(0, 5)] * 4).map(
    lambda n: (n[0] * 250, n[1] * 250, n[0] * 250 + n[2] * 128 + 9, n[1] * 250 + n[3] * 128 + 9)
)


@given(*[st.lists(rectangles, min_size=1, max_size=3)] * 2, st.sampled_from(list(OPERATIONS)))
def test_operations_on_large_masks_with_empty_and_full_tiles(ones, others, operation):
    size = 2000, 2000
    drawn = []
    for boxes in (ones, others):
        bits = np.zeros(size, bool)
        for left, top, right, bottom in boxes:
            bits[top:bottom, left:right] = True
        drawn.append((Mask.from_bits(bits), bits))
    (one, a), (two, b) = drawn
    for _ in range(2):
        check(operation(one, two), OPERATIONS[operation](a, b))
        check(one, a)
    assert one.same(two) == np.array_equal(a, b)


def test_what_comes_out_unchanged_is_the_same_tile():
    whole = Mask.rectangle((0, 0, 1024, 1024))
    hollow = whole - Mask.rectangle((300, 300, 310, 310))
    tiles = hollow.tiles()
    part = tiles[1, 1]
    assert (hollow & whole).tiles()[1, 1] is part
    assert (whole & hollow).tiles()[1, 1] is part
    assert (hollow | (hollow - Mask.rectangle((400, 400, 410, 410)))).tiles()[1, 1] is part
    assert (hollow - Mask.rectangle((301, 301, 305, 305))).tiles()[1, 1] is part
    assert (hollow & hollow).tiles()[1, 1] is part
    assert hollow - whole is Mask.EMPTY
    assert hollow ^ hollow is Mask.EMPTY


def test_a_patch_applied_twice_gives_the_mask_back():
    mask = Mask.rectangle((10, 10, 3000, 3000))
    patch = Mask.rectangle((2500, 2500, 3100, 3100))
    assert (mask ^ patch ^ patch).same(mask)
    assert (mask ^ patch).area == mask.area + patch.area - 2 * (mask & patch).area


def test_a_large_mask_cut_down_becomes_a_crop_again():
    mask = Mask.rectangle((0, 0, 2000, 2000)) - Mask.rectangle((0, 0, 1990, 2000))
    assert mask.is_tiled
    assert (mask - Mask.rectangle((0, 0, 2000, 1600))).crop is not None


def test_far_specks_cost_their_own_tiles():
    mask = Mask.rectangle((3, 3, 5, 5)) | Mask.rectangle((60000, 60000, 60002, 60002))
    assert mask.area == 8
    assert len(mask.tiles()) == 2
    assert mask.box == (3, 3, 60002, 60002)


def test_the_empty_mask():
    empty = Mask.from_bits(np.zeros((700, 3), bool))
    assert empty is Mask.EMPTY
    assert empty.pieces == ()
    assert not empty.tiles()
    assert empty.same(Mask.rectangle((0, 0, 600, 600)) ^ Mask.rectangle((0, 0, 600, 600)))
    assert not empty.same(Mask.rectangle((0, 0, 600, 600)))
    assert empty.iou(empty) == 0.0
    assert empty.moved(3, 3) is empty
    assert repr(empty) == "<Mask 0 px in (0, 0, 0, 0)>"


def test_masks_do_not_follow_the_array_they_came_from():
    bits = np.ones((4, 4), bool)
    mask = Mask.from_bits(bits)
    bits[:] = False
    assert mask.area == 16


@pytest.mark.parametrize("bits", [np.ones((3, 3), np.uint8), np.ones(3, bool)])
def test_only_flat_pictures_of_bool_are_masks(bits):
    with pytest.raises(TypeError, match="array of bool"):
        Mask.from_bits(bits)


def test_whole_pictures_of_full_tiles_share_the_one_full_tile():
    mask = Mask.from_bits(np.ones((1024, 1024), bool))
    assert {id(tile) for tile in mask.tiles().values()} == {id(FULL)}
    assert np.array_equal(pixels(mask, (1024, 1024)), np.ones((1024, 1024), bool))
    assert mask.box == whole((1024, 1024))


@given(several(2), st.sampled_from([np.logical_or, np.logical_xor]), st.booleans(), st.booleans())
def test_area_and_box_that_are_carried_over_are_right(drawn, operation, first, second):
    """They are known without looking where both sides know theirs, and must be right."""
    a, b = (Mask.from_bits(bits) for bits in drawn)
    for mask, known in ((a, first), (b, second)):
        if known:
            assert (mask.area, mask.box) is not None
    made = a | b if operation is np.logical_or else a ^ b
    plain = Mask.from_bits(operation(*drawn))
    assert (made.area, made.box) == (plain.area, plain.box)


def test_a_piece_painted_beside_a_large_mask_gives_the_box_of_both():
    large, beside = Mask.rectangle((0, 0, 900, 900)), Mask.rectangle((1000, 1000, 1700, 1600))
    for made in (large ^ beside, large | beside):
        assert (made._area, made._box) == (810_000 + 420_000, (0, 0, 1700, 1600))
    within = large ^ Mask.rectangle((0, 0, 900, 300))
    assert within.box == (0, 300, 900, 900)


def test_clipping_to_what_holds_all_of_it_is_itself():
    large = Mask.rectangle((10, 10, 2000, 1900))
    assert large.clip((0, 0, 2000, 2000)) is large
    assert large.clip((0, 0, 1999, 2000)).box == (10, 10, 1999, 1900)
    assert Mask.EMPTY.clip((0, 0, 5, 5)) is Mask.EMPTY
