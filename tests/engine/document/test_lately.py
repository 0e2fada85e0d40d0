"""Steps taken back give the very same objects, for a while."""

from hypothesis import given
from hypothesis import strategies as st

from engine.document import lately
from engine.document.commands import FlipLayer, FlipPixels
from engine.document.document import Document
from engine.document.lately import Lately
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.document.conftest import CELL, ROAD


class Patch:
    def __init__(self, number, nbytes=1):
        self.number, self.nbytes = number, nbytes


def counting():
    made = []

    def flip(value, patch):
        made.append(patch)
        return value ^ patch.number

    return made, flip


def test_a_flip_taken_back_is_the_value_before_it():
    made, flip = counting()
    known, patch = Lately(), Patch(6)
    one = 1000
    other = known.flipped(one, patch, flip)
    assert known.flipped(other, patch, flip) is one
    assert known.flipped(one, patch, flip) is other
    assert len(made) == 1


def test_another_value_or_patch_is_flipped_itself():
    made, flip = counting()
    known, patch = Lately(), Patch(6)
    known.flipped(1000, patch, flip)
    assert known.flipped(2000, patch, flip) == 2000 ^ 6
    assert known.flipped(1000, Patch(6), flip) == 1000 ^ 6
    assert len(made) == 3


def test_few_are_kept():
    made, flip = counting()
    known, patches = Lately(), [Patch(k) for k in range(lately.MOST + 5)]
    for patch in patches:
        known.flipped(5000, patch, flip)
    made.clear()
    for patch in patches[-lately.MOST :]:
        known.flipped(5000, patch, flip)
    assert made == []
    known.flipped(5000, patches[0], flip)
    assert made == [patches[0]]


def test_heavy_ones_are_let_go_sooner_but_for_the_newest():
    made, flip = counting()
    known = Lately()
    heavy = [Patch(k + 1, lately.MOST_BYTES) for k in range(3)]
    results = [known.flipped(9000, patch, flip) for patch in heavy]
    made.clear()
    assert known.flipped(results[-1], heavy[-1], flip) == 9000
    assert made == []
    known.flipped(results[0], heavy[0], flip)
    assert made == [heavy[0]]


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40))
def test_any_way_through_them_is_plain_arithmetic(walk):
    """Positive numbers flip by a patch, forth or back; a zero makes a new start."""
    _, flip = counting()
    known, patches = Lately(), {k: Patch(1 << (k + 5)) for k in range(-3, 4)}
    value = plain = 4096
    for step in walk:
        patch = patches[step]
        value, plain = known.flipped(value, patch, flip), plain ^ patch.number
        assert value == plain


def test_undo_of_a_stroke_gives_the_same_mask_and_annotation_back(document, history, add):
    number = add((10, 10, 580, 380), CELL)
    before = document.annotations[number]
    patch = Mask.rectangle((20, 20, 560, 40))
    history.do(FlipPixels(number, patch))
    after = document.annotations[number].mask
    for _ in range(3):
        history.undo()
        assert document.annotations[number].mask is before.mask
        history.redo()
        assert document.annotations[number].mask is after


def test_undo_on_the_class_map_gives_the_same_map_back():
    document = Document(1, (400, 600), layer=ClassMap((400, 600)))
    empty = document.layer
    step = FlipLayer(empty.change(Mask.rectangle((5, 5, 500, 300)), ROAD))
    step.apply(document)
    painted = document.layer
    step.inverse().apply(document)
    assert document.layer is empty
    step.apply(document)
    assert document.layer is painted
