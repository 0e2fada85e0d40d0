import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as reference

from engine.errors import EngineError
from engine.formats import rle_batch
from engine.masks.mask import Mask

bitmaps = st.lists(
    st.tuples(st.integers(1, 24), st.integers(1, 24)).flatmap(lambda s: arrays.arrays(np.bool_, s)),
    min_size=1,
    max_size=12,
)


def truth(bits):
    return reference.encode(np.asfortranarray(bits.astype(np.uint8)))


@given(bitmaps)
def test_many_masks_are_encoded_as_pycocotools_does(images):
    masks = [(Mask.from_bits(bits), bits.shape) for bits in images]
    assert rle_batch.encode(masks) == [truth(bits)["counts"].decode() for bits in images]


@given(bitmaps)
def test_judging_measures_as_pycocotools_does(images):
    encoded = [truth(bits) for bits in images]
    heights = np.array([bits.shape[0] for bits in images])
    judged = rle_batch.judge([each["counts"].decode() for each in encoded], heights)
    assert judged.well_formed.all()
    assert judged.canonical.all()
    assert judged.pixels.tolist() == [bits.size for bits in images]
    assert judged.area.tolist() == [int(bits.sum()) for bits in images]
    assert judged.boxes.tolist() == [reference.toBbox(each).tolist() for each in encoded]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=8))
def test_any_text_can_be_judged(texts):
    judged = rle_batch.judge(texts, np.full(len(texts), 7))
    assert len(judged.area) == len(texts)
    assert not judged.area[~judged.well_formed].any()


def test_a_mask_beyond_the_last_row_is_refused():
    with pytest.raises(EngineError):
        rle_batch.encode([(Mask.rectangle((0, 0, 5, 11)), (10, 10))])


def test_idle_groups_and_empty_runs_are_not_canonical():
    plain = truth(np.array([[0, 1], [0, 1]], bool))["counts"].decode()
    longer = "R0" + plain[1:]  # the first run, 2, with an idle second group
    empty = "2002"  # 2 zeros, no ones, no zeros, 2 ones
    judged = rle_batch.judge([plain, longer, empty], np.array([2, 2, 2]))
    assert judged.well_formed.all()
    assert judged.pixels.tolist() == [4, 4, 4]
    assert judged.canonical.tolist() == [True, False, False]


def test_masks_in_tiles_and_of_full_height_come_out_the_same():
    size = (700, 600)
    wide = Mask.rectangle((3, 0, 597, 700))
    ring = Mask.rectangle((0, 0, 600, 700)) - Mask.rectangle((10, 10, 590, 690))
    bits = [each.read((0, 0, 600, 700)) for each in (wide, ring)]
    assert wide.is_tiled
    assert rle_batch.encode([(wide, size), (ring, size)]) == [
        truth(each)["counts"].decode() for each in bits
    ]


def test_no_masks_are_no_strings():
    assert rle_batch.encode([]) == []
    assert rle_batch.to_strings([]) == []
