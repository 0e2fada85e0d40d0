import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.heights import Heights
from engine.masks.box import intersect

boxes = st.tuples(
    st.integers(0, 300), st.integers(0, 300), st.integers(1, 120), st.integers(1, 120)
).map(lambda each: (each[0], each[1], each[0] + each[2], each[1] + each[3]))


@given(st.data())
def test_what_meets_a_box_is_found_from_the_bottom_up(data):
    heights, there = Heights(), {}
    for _ in range(data.draw(st.integers(0, 30))):
        slot = data.draw(st.sampled_from([0, 1, 2, 3, 63, 64, 65, 500]))
        if slot in there and data.draw(st.booleans()):
            heights.remove(slot)
            del there[slot]
        else:
            there[slot] = data.draw(boxes)
            heights.put(slot, there[slot])
    order = data.draw(st.permutations(sorted(there)))
    heights.order(order)
    box = data.draw(boxes)
    expected = [slot for slot in order if intersect(there[slot], box) is not None]
    assert heights.touching(box) == expected
    assert heights.count(box) == len(expected)


def test_an_empty_mask_is_nowhere():
    heights = Heights()
    heights.put(1, (0, 0, 0, 0))
    heights.put(2, (0, 0, 5, 5))
    heights.order([1, 2])
    assert heights.touching((0, 0, 99, 99)) == [2]
    assert heights.touching((5, 0, 99, 99)) == []


def test_many_objects_are_asked_at_once():
    heights = Heights()
    for slot in range(1, 3001):
        heights.put(slot, (slot, slot, slot + 1, slot + 1))
    heights.order(reversed(range(1, 3001)))
    assert heights.touching((10, 0, 14, 3000)) == [13, 12, 11, 10]
    assert heights.count((0, 0, 4000, 4000)) == 3000
    assert np.array_equal(heights.touching((0, 0, 4000, 4000)), np.arange(3000, 0, -1))
