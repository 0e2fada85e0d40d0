import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.masks import codec
from engine.masks.codec_many import check_crop, many_from_bytes
from engine.masks.mask import Mask
from tests.engine.masks.pictures import several


@given(several(4), st.booleans())
def test_many_masks_come_back(drawn, with_empty):
    masks = [Mask.from_bits(bits) for bits in drawn] + [Mask.EMPTY] * with_empty
    size = drawn[0].shape
    stored = [codec.to_bytes(mask) for mask in masks]
    for back, mask in zip(many_from_bytes(stored, [size] * len(stored)), masks, strict=True):
        assert back.same(mask)
        assert (back.area, back.box, back.is_tiled) == (mask.area, mask.box, mask.is_tiled)
        assert not any(piece.bits.flags.writeable for piece in back.pieces)


def test_none_are_none():
    assert many_from_bytes([], []) == []


def crop(left, top, bits, data=None):
    head = struct.pack("<BBiiHH", codec.VERSION, 1, left, top, bits.shape[1], bits.shape[0])
    return head + (zlib.compress(np.packbits(bits).tobytes()) if data is None else data)


def test_a_crop_stored_loosely_becomes_the_one_form():
    bits = np.zeros((9, 12), bool)
    bits[2:5, 3:7] = True
    (mask,) = many_from_bytes([crop(4, 5, bits)], [(50, 50)])
    assert mask.same(Mask.rectangle((7, 7, 11, 10)))
    assert mask.box == (7, 7, 11, 10)


ONES = np.ones((4, 6), bool)
DAMAGED = [
    crop(0, 0, ONES)[:-3],
    crop(0, 0, ONES, zlib.compress(b"\xff" * 99)),
    crop(0, 0, ONES, b"nothing"),
    crop(0, 0, ONES) + b"more",
    crop(47, 0, ONES),
    crop(0, -1, ONES),
    crop(0, 0, np.ones((4, 700), bool)),
    b"",
    b"\1",
    b"\2\1" + crop(0, 0, ONES)[2:],
]


@pytest.mark.parametrize("data", DAMAGED)
def test_what_is_damaged_is_refused_as_alone(data):
    with pytest.raises(EngineError) as alone:
        codec.from_bytes(data, (50, 50))
    with pytest.raises(EngineError) as among:
        many_from_bytes([crop(0, 0, ONES), data], [(50, 50)] * 2)
    assert str(among.value) == str(alone.value)


@pytest.mark.parametrize("data", DAMAGED)
def test_a_damaged_crop_is_never_found_sound(data):
    try:
        assert not check_crop(data, (50, 50))
    except EngineError:
        assert data


def test_small_whole_ones_are_found_sound():
    assert check_crop(crop(44, 46, ONES), (50, 50))
    assert not check_crop(crop(0, 0, ~ONES), (50, 50))
    assert not check_crop(codec.to_bytes(Mask.rectangle((0, 0, 600, 9))), (700, 700))
    assert not check_crop(codec.to_bytes(Mask.EMPTY), (50, 50))
