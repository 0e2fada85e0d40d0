import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.masks import codec
from engine.masks.class_map import ClassMap, IndexPatch
from engine.masks.mask import FULL, SIDE, Mask
from tests.engine.masks.pictures import pictures, several, sizes, whole


@given(several(1))
def test_masks_come_back(drawn):
    bits = drawn[0]
    mask = Mask.from_bits(bits)
    assert codec.from_bytes(codec.to_bytes(mask), bits.shape).same(mask)


@given(several(2), st.sampled_from([2, 300]))
def test_changes_come_back(drawn, index):
    a, b = drawn
    layer = ClassMap(a.shape)
    layer = layer.flip(layer.change(Mask.from_bits(a), 7))
    patch = layer.change(Mask.from_bits(b), index)
    back = codec.patch_from_bytes(codec.patch_to_bytes(patch), a.shape)
    assert layer.flip(back).same(layer.flip(patch))
    assert (back.area, back.box, back.nbytes) == (patch.area, patch.box, patch.nbytes)


@given(several(2), st.sampled_from([2, 300]))
def test_tiles_come_back(drawn, index):
    a, b = drawn
    for tile in Mask.from_bits(a).tiles().values():
        back = codec.tile_from_bytes(codec.tile_to_bytes(tile))
        assert back is FULL if tile is FULL else np.array_equal(back, tile)
        assert back.dtype == np.bool_
    layer = ClassMap(a.shape)
    layer = layer.flip(layer.change(Mask.from_bits(a), 7))
    layer = layer.flip(layer.change(Mask.from_bits(b), index))
    tiles = {k: codec.tile_from_bytes(codec.tile_to_bytes(t)) for k, t in layer.tiles().items()}
    assert ClassMap.from_tiles(a.shape, tiles).same(layer)


@given(several(1), st.integers(0, 3), st.integers(0, 3))
def test_a_crop_stored_loosely_becomes_the_one_form(drawn, above, before):
    """Such bytes were never written here; two forms of one mask would not be found the same."""
    bits = np.pad(drawn[0][:500, :500], ((above, 1), (before, 2)))
    head = struct.pack("<BBiiHH", codec.VERSION, 1, 7, 9, bits.shape[1], bits.shape[0])
    stored = head + zlib.compress(np.packbits(bits).tobytes())
    mask = codec.from_bytes(stored, (1000, 1000))
    assert mask.same(Mask.from_bits(bits, 7, 9))
    assert mask.box == Mask.from_bits(bits, 7, 9).box
    assert not any(piece.bits.flags.writeable for piece in mask.pieces)


def test_large_even_regions_are_small_to_store():
    size = 8192, 8192
    assert len(codec.to_bytes(Mask.rectangle(whole(size)))) < 10_000
    patch = ClassMap(size).change(Mask.rectangle((0, 0, 1024, 1024)), 3)
    assert len(codec.patch_to_bytes(patch)) < 4_000


def stored():
    """One of each form, small enough to damage in every place."""
    rng = np.random.default_rng(5)
    noise = Mask.from_bits(rng.random((40, 30)) < 0.5, 3, 4)
    wide = Mask.rectangle((0, 0, 600, 256)) | Mask.rectangle((0, 300, 600, 310))
    layer = ClassMap((700, 700)).flip(ClassMap((700, 700)).change(noise, 300))
    patch = layer.change(Mask.rectangle((0, 0, 300, 20)), 2)
    tile = next(iter(layer.tiles().values()))
    return [
        (codec.to_bytes(Mask.EMPTY), codec.from_bytes),
        (codec.to_bytes(noise), codec.from_bytes),
        (codec.to_bytes(wide), codec.from_bytes),
        (codec.patch_to_bytes(patch), codec.patch_from_bytes),
        (codec.patch_to_bytes(IndexPatch()), codec.patch_from_bytes),
        (codec.tile_to_bytes(tile), lambda data, size: codec.tile_from_bytes(data)),
        (codec.tile_to_bytes(FULL), lambda data, size: codec.tile_from_bytes(data)),
        (codec.tile_to_bytes(9), lambda data, size: codec.tile_from_bytes(data)),
    ]


def inside(result, size):
    """Whatever was read lies in the image, so that nothing later can be led astray."""
    if isinstance(result, Mask | IndexPatch):
        left, top, right, bottom = result.box
        assert 0 <= left <= right <= size[1]
        assert 0 <= top <= bottom <= size[0]
    elif isinstance(result, int):
        assert 0 <= result <= 0xFFFF
    else:
        assert result.shape == (SIDE, SIDE)


@pytest.mark.parametrize("which", range(8))
def test_damaged_bytes_are_refused_or_read_as_something_harmless(which):
    data, read = stored()[which]
    size = 700, 700
    inside(read(data, size), size)
    for end in range(len(data)):
        with pytest.raises(EngineError):
            read(data[:end], size)
    rng = np.random.default_rng(which)
    for place in range(min(len(data), 400)):
        broken = bytearray(data)
        broken[place] ^= int(rng.integers(1, 256))
        try:
            result = read(bytes(broken), size)
        except EngineError:
            continue
        inside(result, size)


@given(st.binary(max_size=200), st.sampled_from(range(8)), st.binary(min_size=2, max_size=2))
def test_any_bytes_at_all(data, which, head):
    _, read = stored()[which]
    for candidate in (data, head + data, bytes([codec.VERSION, which]) + data):
        try:
            result = read(candidate, (700, 700))
        except EngineError:
            continue
        inside(result, (700, 700))


def test_a_mask_outside_its_image_is_refused():
    for mask in (Mask.rectangle((90, 0, 101, 9)), Mask.rectangle((0, 0, 2000, 2000))):
        with pytest.raises(EngineError, match=r"outside its image|damaged"):
            codec.from_bytes(codec.to_bytes(mask), (100, 100))
    with pytest.raises(EngineError, match="outside its image"):
        codec.from_bytes(codec.to_bytes(Mask.rectangle((-3, 0, 5, 5))), (100, 100))


def test_a_change_outside_its_image_is_refused():
    patch = ClassMap((300, 300)).change(Mask.rectangle((0, 0, 300, 300)), 2)
    with pytest.raises(EngineError, match="damaged"):
        codec.patch_from_bytes(codec.patch_to_bytes(patch), (299, 300))


def test_another_version_is_named():
    data = bytes([9]) + codec.to_bytes(Mask.EMPTY)[1:]
    with pytest.raises(EngineError, match="newer Maskwright"):
        codec.from_bytes(data, (9, 9))


def test_no_more_is_unpacked_than_the_header_says():
    good = codec.to_bytes(Mask.rectangle((0, 0, 8, 8)))
    bomb = good[:14] + zlib.compress(bytes(50_000_000))
    with pytest.raises(EngineError, match="damaged"):
        codec.from_bytes(bomb, (100, 100))


def test_a_tile_that_comes_twice_is_refused_before_anything_is_unpacked():
    mask = codec.to_bytes(Mask.rectangle((0, 0, 512, 600)) - Mask.rectangle((5, 5, 6, 6)))
    patch = codec.patch_to_bytes(ClassMap((600, 600)).change(Mask.rectangle((0, 0, 512, 5)), 3))
    for data, row, read in ((mask, 9, codec.from_bytes), (patch, 15, codec.patch_from_bytes)):
        read(data, (600, 600))
        first = data[6 : 6 + row]
        with pytest.raises(EngineError, match="damaged"):
            read(data[: 6 + row] + first + data[6 + 2 * row :], (600, 600))


@given(sizes.flatmap(pictures))
def test_the_two_kinds_of_tile_are_not_mistaken_for_each_other(bits):
    for tile in Mask.from_bits(bits).tiles().values():
        with pytest.raises(EngineError, match="damaged"):
            codec.class_tile_from_bytes(codec.tile_to_bytes(tile))
    with pytest.raises(EngineError, match="damaged"):
        codec.mask_tile_from_bytes(codec.tile_to_bytes(5))


def test_either_library_reads_what_the_other_wrote(monkeypatch):
    mask = Mask.from_bits(np.random.default_rng(2).random((90, 70)) < 0.3, 3, 4)
    fast = codec.to_bytes(mask)
    monkeypatch.setattr(codec, "library", lambda: zlib)
    plain = codec.to_bytes(mask)
    assert codec.from_bytes(fast, (200, 200)).same(mask)
    monkeypatch.undo()
    assert codec.from_bytes(plain, (200, 200)).same(mask)
