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


def test_a_mask_beyond_the_last_row_is_refused():
    with pytest.raises(EngineError):
        rle_batch.encode([(Mask.rectangle((0, 0, 5, 11)), (10, 10))])


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


def test_long_runs_and_masks_at_every_border_come_out_the_same():
    """Runs of more than one group, up and down, in one batch with small ones."""
    size = (90, 3000)
    boxes = [
        (0, 0, 1, 1),
        (2999, 89, 3000, 90),
        (0, 0, 511, 90),
        (17, 3, 300, 5),
        (2990, 0, 3000, 1),
    ]
    masks = [Mask.rectangle(box) for box in boxes]
    masks.append(masks[1] | Mask.rectangle((2600, 0, 2700, 90)))
    bits = [each.read((0, 0, 3000, 90)) for each in masks]
    assert rle_batch.encode([(each, size) for each in masks]) == [
        truth(each)["counts"].decode() for each in bits
    ]
