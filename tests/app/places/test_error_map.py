"""Error maps against counting pixel by pixel."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.places.error_map import error_map, masks_by_class, truth_by_class
from app.places.overlay import edge, sampled, stride_for
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import BACKGROUND
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.models.answer import Answer, Found

SHAPE = (9, 11)
pixels = arrays(np.uint8, SHAPE, elements=st.integers(0, 4))


def document(layer, objects=()):
    annotations = [
        Annotation(id=n, class_id=c, mask=mask, order=n) for n, (c, mask) in enumerate(objects, 1)
    ]
    return Document(1, SHAPE, annotations=annotations, layer=ClassMap.from_array(layer))


@given(pixels, pixels)
def test_every_pixel_falls_where_counting_says(truth, guess):
    predicted = {n: Mask.from_bits(guess == n) for n in (2, 3, 4) if (guess == n).any()}
    found = error_map(document(truth), predicted)
    mine, theirs = truth >= 2, guess >= 2
    box = (0, 0, SHAPE[1], SHAPE[0])
    assert np.array_equal(found.missed.read(box), mine & ~theirs)
    assert np.array_equal(found.extra.read(box), (truth == BACKGROUND) & theirs)
    assert np.array_equal(found.wrong.read(box), mine & theirs & (truth != guess))
    for (a, b), count in found.wrong_by.items():
        assert count == ((truth == a) & (guess == b)).sum()


def test_unlabelled_pixels_count_as_nothing():
    found = error_map(document(np.zeros(SHAPE, np.uint8)), {2: Mask.rectangle((0, 0, 5, 5))})
    assert not found.extra
    assert not found.missed


def test_the_upper_object_and_objects_above_the_layer_count():
    layer = np.full(SHAPE, 4, np.uint8)
    below, above = Mask.rectangle((0, 0, 6, 6)), Mask.rectangle((3, 3, 8, 8))
    truth = truth_by_class(document(layer, [(2, below), (3, above)]))
    assert truth[3].same(above)
    assert truth[2].same(below - above)
    assert truth[4].area == SHAPE[0] * SHAPE[1] - (below | above).area


def test_the_surer_object_wins_and_ignored_classes_give_nothing():
    weak, sure = Mask.rectangle((0, 0, 6, 6)), Mask.rectangle((3, 0, 9, 6))
    objects = (Found(1, 0.4, weak), Found(2, 0.9, sure), Found(7, 0.99, weak), Found(8, None, weak))
    answer = Answer("m", SHAPE, objects, None, 0.0)
    found = masks_by_class(answer, {1: 10, 2: 20, 7: "ignore", 8: "new"})
    assert found[20].same(sure)
    assert found[10].same(weak - sure)
    assert set(found) == {10, 20}


def test_the_class_under_a_pixel():
    layer = np.full(SHAPE, BACKGROUND, np.uint8)
    mine = [(2, Mask.rectangle((0, 0, 4, 4)))]
    found = error_map(document(layer, mine), {3: Mask.rectangle((2, 2, 6, 6))})
    assert found.at(1, 1) == (2, 0)
    assert found.at(3, 3) == (2, 3)
    assert found.at(5, 5) == (0, 3)
    assert found.main_confusion == (2, 3)


@given(arrays(np.bool_, (23, 31)), st.integers(1, 7), st.integers(0, 40), st.integers(0, 40))
def test_sampling_a_mask_is_slicing_its_pixels(bits, step, left, top):
    size = (300, 290)
    whole = np.zeros(size, np.bool_)
    whole[top : top + 23, left : left + 31] = bits
    found = sampled(Mask.from_bits(bits, left, top), size, step)
    assert np.array_equal(found, whole[::step, ::step])


def test_sampling_tiles_at_the_images_edge():
    size = (700, 900)
    mask = Mask.rectangle((0, 0, 900, 700))
    assert mask.pieces
    assert sampled(mask, size, 3).all()


def test_the_edge_is_the_rim():
    bits = np.zeros((7, 7), np.bool_)
    bits[1:6, 1:6] = True
    rim = bits.copy()
    rim[2:5, 2:5] = False
    assert np.array_equal(edge(bits), rim)


def test_the_stride_brings_the_longer_side_down():
    assert [stride_for(size, 100) for size in ((100, 40), (101, 40), (40, 4000))] == [1, 2, 40]
