from hypothesis import given
from hypothesis import strategies as st

from engine.masks import box

numbers = st.integers(-9, 9)
boxes = st.tuples(numbers, numbers, numbers, numbers)


def cells(b):
    return {(x, y) for x in range(b[0], b[2]) for y in range(b[1], b[3])}


@given(boxes, boxes)
def test_boxes_are_sets_of_pixels(a, b):
    assert box.area(a) == len(cells(a))
    assert cells(box.intersect(a, b) or box.NOTHING) == cells(a) & cells(b)
    assert (box.intersect(a, b) is None) == (not cells(a) & cells(b))
    assert box.contains(a, b) == (cells(b) <= cells(a))
    around = box.union(a, b)
    assert cells(a) | cells(b) <= cells(around)


@given(boxes, boxes)
def test_the_union_is_the_smallest_box_around_both(a, b):
    both = cells(a) | cells(b)
    expected = box.NOTHING
    if both:
        columns, rows = zip(*both, strict=True)
        expected = min(columns), min(rows), max(columns) + 1, max(rows) + 1
    assert box.union(a, b) == expected


def test_clip_and_grow():
    assert box.clip((-5, 2, 4, 90), (10, 20)) == (0, 2, 4, 10)
    assert box.clip((20, 0, 25, 5), (10, 20)) is None
    assert box.grow((1, 2, 3, 4), 2) == (-1, 0, 5, 6)
