import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masks.contours import outlines, prepare, step_at
from engine.masks.mask import Mask
from engine.masks.raster import disc, polygons
from tests.engine.masks.pictures import lines, pictures, sizes

small = st.tuples(st.integers(1, 12), st.integers(1, 12))


def edges(rings):
    """Every pixel side the rings run along, as (x, y, x, y), each counted."""
    sides = []
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            steps = int(max(abs(x1 - x0), abs(y1 - y0)))
            along = np.linspace((x0, y0), (x1, y1), steps + 1)
            ends = zip(along[:-1].tolist(), along[1:].tolist(), strict=True)
            sides += [tuple(sorted(map(tuple, end))) for end in ends]
    return sorted(sides)


def sides_of(bits):
    """Every pixel side between set and not set, likewise."""
    padded = np.pad(bits, 1)
    across = np.argwhere(padded[1:] != padded[:-1])
    beside = np.argwhere(padded[:, 1:] != padded[:, :-1])
    level = [((float(x - 1), float(y)), (float(x), float(y))) for y, x in across]
    upright = [((float(x), float(y - 1)), (float(x), float(y))) for y, x in beside]
    return sorted(level + upright)


@given(small.flatmap(pictures))
def test_outlines_run_along_exactly_the_pixel_edges(bits):
    assert edges(outlines(Mask.from_bits(bits))) == sides_of(bits)


@settings(max_examples=25)
@given(sizes.flatmap(pictures), st.integers(0, 700))
def test_filled_outlines_are_the_mask(bits, left):
    mask = Mask.from_bits(bits, left, 5)
    size = bits.shape[0] + 5, bits.shape[1] + left
    found = outlines(mask)
    assert polygons(found, size).same(mask)
    for ring in found[:30] + found[-30:]:
        assert ring.dtype == np.float32
        moves = np.roll(ring, -1, axis=0) - ring
        assert ((moves != 0).sum(1) == 1).all()  # no corner twice, and none but corners
        assert (moves[:, 0] * np.roll(moves, 1, axis=0)[:, 0] == 0).all()


def test_a_ring_has_two_outlines_and_two_pixels_at_a_corner_one():
    ring = Mask.from_bits(lines("##### #...# #...# #####"))
    assert sorted(len(one) for one in outlines(ring)) == [4, 4]
    touching = outlines(Mask.from_bits(lines("#. .#")))
    assert [len(one) for one in touching] == [8]
    alone = outlines(Mask.rectangle((3, 4, 4, 5)))
    assert sorted(map(tuple, alone[0].tolist())) == [(3, 4), (3, 5), (4, 4), (4, 5)]


@given(sizes.flatmap(pictures), st.sampled_from([0.9, 0.5, 0.3, 0.25, 0.1]))
def test_from_afar_outlines_are_those_of_what_is_drawn(bits, scale):
    step = step_at(scale)
    found = outlines(Mask.from_bits(bits), None, scale)
    padded = np.pad(bits, [(0, -side % step) for side in bits.shape])
    level = padded.reshape(padded.shape[0] // step, step, -1, step).any((1, 3))
    expected = Mask.from_bits(np.repeat(np.repeat(level, step, axis=0), step, axis=1))
    assert polygons(found, padded.shape).same(expected)


def test_steps_of_scales():
    scales = [8, 1, 0.99, 0.51, 0.5, 0.26, 0.25, 0.125, 1 / 3, 1e-9]
    assert [step_at(scale) for scale in scales] == [1, 1, 1, 1, 2, 2, 4, 8, 2, 256]
    with pytest.raises(ValueError, match="above 0"):
        step_at(0)


def test_in_a_box_the_outline_is_right_and_its_cuts_are_outside():
    mask = disc((2000, 2000), 1900, (4000, 4000)) - disc((600, 2000), 300, (4000, 4000))
    for box, scale in [((200, 1500, 1200, 2500), 1.0), ((0, 0, 3000, 1000), 0.2)]:
        step = step_at(scale)
        left, top, right, bottom = box
        found = outlines(mask, box, scale)
        filled = polygons(found, (4000, 4000)).read(box)
        level = mask.read((0, 0, 4000, 4000)).reshape(4000 // step, step, -1, step).any((1, 3))
        drawn = np.repeat(np.repeat(level, step, axis=0), step, axis=1)
        assert np.array_equal(filled, drawn[top:bottom, left:right])
        corners = np.concatenate(found)
        assert corners[:, 0].max() <= right + 4 * step
        assert corners[:, 1].max() <= bottom + 4 * step
    assert outlines(mask, (0, 0, 5, 5)) == []
    assert outlines(Mask.EMPTY) == []


def test_outlines_are_remembered_with_the_mask():
    mask = disc((50, 50), 30, (100, 100))
    assert outlines(mask) is outlines(mask, (40, 40, 60, 60), 3)
    assert outlines(mask) is not outlines(mask, None, 0.5)


@given(st.lists(small.flatmap(pictures), max_size=5), st.sampled_from([1.0, 0.5]))
def test_many_prepared_at_once_are_as_one_by_one(drawn, scale):
    prepared = [Mask.from_bits(bits, 3, 4) for bits in drawn]
    prepare([*prepared, *prepared, Mask.rectangle((0, 0, 900, 900))], scale)
    for bits, mask in zip(drawn, prepared, strict=True):
        expected = outlines(Mask.from_bits(bits, 3, 4), None, scale)
        found = outlines(mask, None, scale)
        assert len(found) == len(expected)
        assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))
        assert not mask or found is mask.memo["outlines", step_at(scale)]
