import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.errors import EngineError
from engine.formats import rle_decode
from engine.masks import rle
from engine.masks.mask import Mask
from tests.engine.formats.shapes import LARGE, LARGE_SIZE, SHAPES, SIZE

bitmaps = st.lists(
    st.tuples(st.integers(1, 24), st.integers(1, 24)).flatmap(lambda s: arrays.arrays(np.bool_, s)),
    max_size=12,
)
letters = st.characters(min_codepoint=46, max_codepoint=113)
texts = st.lists(st.text(letters, max_size=8) | st.text("0123@AOPQ_", max_size=20), max_size=9)


@given(bitmaps)
def test_many_masks_come_back_as_one_by_one(images):
    strings = [rle.encode(Mask.from_bits(bits), bits.shape)["counts"] for bits in images]
    sizes = [bits.shape for bits in images]
    for back, bits in zip(rle_decode.decode(strings, sizes), images, strict=True):
        wanted = Mask.from_bits(bits)
        assert back.same(wanted)
        assert (back.area, back.box) == (int(bits.sum()), wanted.box)
        assert not any(piece.bits.flags.writeable for piece in back.pieces)


@given(texts, st.sampled_from([(1, 1), (3, 4), (5, 2)]))
def test_what_one_by_one_refuses_is_none_here(strings, size):
    for text, back in zip(strings, rle_decode.decode(strings, [size] * len(strings)), strict=True):
        try:
            wanted = rle.decode(text, size)
        except EngineError:
            assert back is None
        else:
            assert back is not None
            assert back.same(wanted)


@pytest.mark.parametrize("pixels", [64, 1 << 14, 1 << 22])
def test_small_and_large_together_in_several_buffers(monkeypatch, pixels):
    monkeypatch.setattr(rle_decode, "PIXELS", pixels)
    masks = [
        (each, size)
        for pair in zip(SHAPES.values(), LARGE.values(), strict=True)
        for each, size in zip(pair, (SIZE, LARGE_SIZE), strict=True)
    ]
    strings = [rle.encode(mask, size)["counts"] for mask, size in masks]
    strings.insert(3, "oops")
    sizes = [size for _, size in masks]
    sizes.insert(3, SIZE)
    found = rle_decode.decode(strings, sizes)
    assert found.pop(3) is None
    for back, (mask, _) in zip(found, masks, strict=True):
        assert back.same(mask)
        assert back.is_tiled == mask.is_tiled
