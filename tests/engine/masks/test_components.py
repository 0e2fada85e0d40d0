import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masks.bitmap import Bitmap
from engine.masks.components import components, drop_specks, fill_holes
from engine.masks.mask import FULL, SIDE, Mask
from engine.masks.parts import parts
from tests.engine.masks.pictures import lines, pictures, pixels, sizes


def labelled(bits, connectivity):
    """OpenCV on the whole picture at once."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        bits.astype(np.uint8), connectivity=connectivity
    )
    return labels, stats


@given(sizes.flatmap(pictures), st.sampled_from([1, 2, 50]), st.sampled_from([0, 200]))
def test_components_are_those_of_the_whole_picture(bits, least, left):
    labels, stats = labelled(bits, 8)
    found = components(Mask.from_bits(bits, left), least)
    areas = stats[1:, 4][stats[1:, 4] >= least]
    assert [mask.area for mask in found] == sorted(areas.tolist(), reverse=True)
    together = Bitmap((bits.shape[0], bits.shape[1] + left))
    for mask in found[-2000:]:
        together.add(mask)
    assert together.to_mask().area == sum(mask.area for mask in found[-2000:])
    kept = np.isin(labels, np.flatnonzero(stats[:, 4] >= least)) & bits
    if len(found) <= 2000:
        assert together.to_mask().same(Mask.from_bits(kept, left))
    for mask in [*found[:20], *found[-20:]]:
        here = pixels(mask, bits.shape, left)
        assert mask.same(Mask.from_bits(here, left))
        assert here.sum() == mask.area
        assert np.unique(labels[here]).size == 1


@given(sizes.flatmap(pictures), st.sampled_from([1, 2, 9, 10_000]))
def test_specks_are_dropped(bits, least):
    labels, stats = labelled(bits, 8)
    kept = np.isin(labels, np.flatnonzero(stats[:, 4] >= least)) & bits
    assert drop_specks(Mask.from_bits(bits), least).same(Mask.from_bits(kept))


@given(sizes.flatmap(pictures), st.sampled_from([None, 1, 30]))
def test_gaps_are_filled(bits, most):
    labels, stats = labelled(np.pad(~bits, 1, constant_values=True), 4)
    gaps = [
        k
        for k in range(1, len(stats))
        if k != labels[0, 0] and (most is None or stats[k, 4] <= most)
    ]
    filled = bits | np.isin(labels, gaps)[1:-1, 1:-1]
    assert fill_holes(Mask.from_bits(bits), most).same(Mask.from_bits(filled))


def test_parts_that_touch_at_a_corner_are_one_and_gaps_there_are_two():
    assert len(components(Mask.from_bits(lines("#. .#")))) == 1
    ring = Mask.from_bits(lines("##### #.### ##.## #####"))
    assert fill_holes(ring).area == 20
    assert fill_holes(Mask.from_bits(lines("#### #.## ##.. ####"))).area == 14


@pytest.mark.parametrize(("x", "y"), [(256, 256), (256, 700), (700, 256), (512, 512)])
def test_parts_meet_across_the_corners_of_tiles(x, y):
    far = Mask.rectangle((1500, 1500, 1510, 1510))
    falling = Mask.rectangle((x - 1, y - 1, x, y)) | Mask.rectangle((x, y, x + 1, y + 1))
    rising = Mask.rectangle((x, y - 1, x + 1, y)) | Mask.rectangle((x - 1, y, x, y + 1))
    for pair in (falling, rising):
        assert [mask.area for mask in components(far | pair)] == [100, 2]


def test_a_whole_mask_is_its_own_only_component():
    mask = Mask.rectangle((0, 0, 2000, 2000))
    assert components(mask) == [mask]
    assert components(mask, 4_000_001) == []
    assert components(Mask.EMPTY) == []
    assert components(np.ones((4, 5), bool))[0].box == (0, 0, 5, 4)
    assert drop_specks(mask, 5) is mask
    assert fill_holes(mask).same(mask)
    assert fill_holes(Mask.EMPTY) is Mask.EMPTY


def test_memory_follows_the_pixels_and_full_tiles_are_shared():
    one = Mask.rectangle((0, 0, 3000, 1000))
    other = Mask.rectangle((60_000, 60_000, 60_100, 60_100))
    first, second = components(one | other)
    assert (first.area, second.area) == (3_000_000, 10_000)
    assert sum(tile is FULL for tile in first.tiles().values()) == (3000 // SIDE) * (1000 // SIDE)
    assert second.crop is not None


def test_more_parts_than_sixteen_bits_can_count():
    bits = np.zeros((512, 512), bool)
    bits[::2, ::2] = True
    bits[0, 0] = False
    checkers = (np.indices((512, 512)).sum(0) % 2).astype(bool)
    assert len(parts(Mask.from_bits(bits))) == 65_535
    hollow = np.ones((512, 512), bool)
    hollow[1:-1, 1:-1] = checkers[1:-1, 1:-1]
    assert fill_holes(Mask.from_bits(hollow)).area == 512 * 512
