from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masks.components import components
from engine.masks.cutting import of_pixels, split, thread
from engine.masks.mask import Mask
from engine.masks.parts import EIGHT, FOUR, parts
from engine.masks.raster import disc
from tests.engine.masks.pictures import pictures, sizes

SIZE = (900, 1300)


def places(draw, size, most=6):
    coordinate = st.tuples(
        st.floats(-20, size[1] + 20, width=32), st.floats(-20, size[0] + 20, width=32)
    )
    return draw(st.lists(coordinate, min_size=1, max_size=most))


@st.composite
def cuts(draw):
    """A picture of some size and a line across it."""
    size = draw(sizes)
    return draw(pictures(size)), places(draw, size), size


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_thread_is_one_pixel_wide_and_hangs_together_by_sides(data):
    points = places(data.draw, (300, 400))
    inside = [(min(max(x, 0), 399), min(max(y, 0), 299)) for x, y in points]
    line = thread(inside, (300, 400))
    assert len(parts(line, FOUR)) == 1
    for x, y in inside:
        assert line.at(int(x), int(y))
    length = sum(
        abs(int(a[0]) - int(b[0])) + abs(int(a[1]) - int(b[1])) for a, b in pairwise(inside)
    )
    assert line.area <= length + 1


def test_a_thread_stays_beside_the_straight_line():
    line = thread([(10.5, 10.5), (210.5, 73.5)], SIZE)
    rows, columns = np.nonzero(line.read((0, 0, 300, 100)))
    aside = np.abs((columns - 10) * 63 - (rows - 10) * 200) / np.hypot(200, 63)
    assert aside.max() <= 1


def test_a_thread_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="numbers"):
        thread([(0, 0), (float("nan"), 3)], SIZE)


@given(cuts())
@settings(max_examples=30, deadline=None)
def test_the_pieces_and_the_rest_are_the_whole(case):
    bits, points, size = case
    mask = Mask.from_bits(bits)
    pieces = split(mask, thread(points, size))
    total = Mask.EMPTY
    for piece in pieces:
        assert piece
        assert not total & piece, "pieces are disjoint"
        total |= piece
    assert (mask & total).same(total)
    assert [p.area for p in pieces] == sorted((p.area for p in pieces), reverse=True)


@given(cuts())
@settings(max_examples=15, deadline=None)
def test_pieces_are_what_labelling_everything_finds(case):
    bits, points, size = case
    mask, line = Mask.from_bits(bits), thread(points, size)
    wanted = []
    for whole in components(mask):
        banks = components(whole - line)
        wanted += [bank.area for bank in banks[1:]] if whole & line else []
    found = [piece.area for piece in split(mask, line, keep_line=False)]
    assert sorted(found) == sorted(wanted)


@given(cuts())
@settings(max_examples=20, deadline=None)
def test_every_piece_hangs_together(case):
    bits, points, size = case
    mask = Mask.from_bits(bits)
    for piece in split(mask, thread(points, size)):
        assert len(parts(piece, EIGHT)) == 1


def test_the_largest_keeps_the_line():
    mask = Mask.rectangle((0, 0, 100, 40))
    (piece,) = split(mask, thread([(30, -5), (30, 45)], SIZE))
    assert piece.same(Mask.rectangle((0, 0, 30, 40)))


def test_a_line_that_stops_inside_divides_nothing():
    assert split(Mask.rectangle((0, 0, 100, 40)), thread([(30, -5), (30, 20)], SIZE)) == []
    assert split(Mask.rectangle((0, 0, 100, 40)), thread([(30, 60), (90, 60)], SIZE)) == []
    assert split(Mask.EMPTY, thread([(30, 60), (90, 60)], SIZE)) == []


def test_a_closed_line_takes_a_piece_out():
    corners = [(300, 300), (500, 300), (500, 500), (300, 500), (300, 300)]
    mask = disc((400, 400), 390, SIZE)
    (piece,) = split(mask, thread(corners, SIZE))
    assert piece.same(Mask.rectangle((301, 301, 500, 500)))


def test_parts_that_the_line_misses_stay():
    mask = Mask.rectangle((0, 0, 700, 40)) | Mask.rectangle((0, 100, 30, 800))
    pieces = split(mask, thread([(600, -5), (600, 45)], SIZE))
    assert [p.box for p in pieces] == [(601, 0, 700, 40)]


def test_a_wide_line_is_left_out_of_the_pieces():
    mask = Mask.rectangle((0, 0, 100, 40))
    band = Mask.rectangle((30, 0, 35, 40))
    (piece,) = split(mask, band, keep_line=False)
    assert piece.same(Mask.rectangle((0, 0, 30, 40)))


def test_a_scribble_that_covers_itself_loses_nothing():
    blob = Mask.rectangle((10, 10, 30, 30))
    scribble = Mask.rectangle((18, 0, 26, 50))
    (piece,) = split(blob, scribble)
    rest = blob - piece
    assert (piece | rest).same(blob)
    assert piece.area == (4 + 4) * 20, "half of the scribble goes to each side"
    assert split(blob, Mask.rectangle((0, 0, 50, 50))) == [], "nothing is left beside the line"


def test_single_pixels_make_a_mask():
    places = np.array([[3, 1], [4, 1], [3, 1], [9, 0], [-1, 0], [0, 1], [99, 99]])
    assert of_pixels(places, (3, 10)).read((0, 0, 10, 3)).nonzero()[1].tolist() == [9, 0, 3, 4]
    assert not of_pixels(places[:0], (3, 10))
