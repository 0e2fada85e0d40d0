import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masks.bitmap import Bitmap
from engine.masks.class_map import FORETOLD, HIGHEST, ClassMap, IndexPatch, IndexPiece, Rule
from engine.masks.mask import SIDE, Mask
from engine.masks.raster import disc
from tests.engine.masks.pictures import pictures, sizes, whole

indices = st.sampled_from([0, 1, 2, 3, 40, 255, 256, 300, HIGHEST])


@st.composite
def maps(draw):
    """An array of class numbers: rectangles of a few classes, and perhaps noise."""
    size = draw(sizes)
    array = np.full(size, draw(st.sampled_from([0, 0, 2, 300])), np.int64)
    for _ in range(draw(st.integers(0, 3))):
        array[draw(pictures(size))] = draw(indices)
    return array


def check(layer, array):
    got = layer.to_array()
    assert np.array_equal(got, array)
    assert got.dtype == (np.uint16 if array.max() > 255 else np.uint8)
    present, pixels = np.unique(array, return_counts=True)
    assert layer.candidates() >= set(present.tolist())
    assert layer.areas() == dict(zip(present.tolist(), pixels.tolist(), strict=True))
    for index in [*present.tolist(), 77]:
        assert layer.mask(index).same(Mask.from_bits(array == index))
    assert ClassMap.from_array(array).same(layer)
    for (row, column), tile in layer.tiles().items():
        part = array[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]
        if isinstance(tile, int):
            assert tile
            assert (part == tile).all()
        else:
            assert part.min() < part.max()
            assert tile.dtype == (np.uint16 if part.max() > 255 else np.uint8)
            assert not tile.flags.writeable
            assert tile[part.shape[0] :].sum() + tile[:, part.shape[1] :].sum() == 0


@given(maps(), st.integers(-3, 900), st.integers(-3, 900))
def test_a_map_is_its_array(array, x, y):
    layer = ClassMap.from_array(array)
    check(layer, array)
    inside = 0 <= x < array.shape[1] and 0 <= y < array.shape[0]
    assert layer.at(x, y) == (array[y, x] if inside else 0)
    assert ClassMap.from_tiles(array.shape, layer.tiles()).same(layer)


@given(maps(), st.data())
def test_reading_a_box(array, data):
    edges = [data.draw(st.integers(-30, side + 30)) for side in (*array.shape[::-1],) * 2]
    left, right = sorted(edges[0::2])
    top, bottom = sorted(edges[1::2])
    part = np.pad(array, 40)[top + 40 : bottom + 40, left + 40 : right + 40]
    assert np.array_equal(ClassMap.from_array(array).read((left, top, right, bottom)), part)


@given(maps(), st.data())
def test_painting_is_a_change_that_undoes_itself(array, data):
    layer = ClassMap.from_array(array)
    if data.draw(st.booleans()):
        layer.areas()
    bits = data.draw(pictures(array.shape))
    index, kept = data.draw(indices), data.draw(st.sets(indices))
    chosen = data.draw(st.booleans())
    region = Mask.from_bits(bits) | Mask.rectangle((-9, -9, -3, 5))
    if chosen:
        patch = layer.change(region, index, keep=kept)
        reached = bits & ~np.isin(array, list(kept))
    else:
        patch = layer.change_where(region, kept, index)
        reached = bits & np.isin(array, list(kept))
    expected = np.where(reached, index, array)
    differs = expected != array
    assert bool(patch) == bool(differs.any())
    assert patch.area == differs.sum()
    assert patch.box == Mask.from_bits(differs).box
    painted = layer.flip(patch)
    check(painted, expected)
    check(layer, array)
    classes = {*array[differs].tolist(), *expected[differs].tolist()}
    assert layer.classes(patch) == painted.classes(patch) == classes
    for piece in patch.pieces:
        left, top, right, bottom = piece.box
        was, now = array[top:bottom, left:right], expected[top:bottom, left:right]
        xor = np.where(bits[top:bottom, left:right], was ^ now, 0)
        assert np.array_equal(piece.xor, xor)
        assert piece.area == np.count_nonzero(xor)
        assert piece.uniform in {None, int(xor[0, 0])}
    assert painted.flip(patch).same(layer)
    assert all(not piece.xor.flags.writeable for piece in patch.pieces)


@given(maps(), st.data())
def test_what_is_foretold_while_painting_is_what_comes(array, data):
    layer = ClassMap.from_array(array)
    parts = [data.draw(pictures(array.shape)) for _ in range(data.draw(st.integers(1, 3)))]
    rule = Rule(data.draw(indices), frozenset(data.draw(st.sets(indices))))
    stroke = Bitmap(array.shape, foretell=layer.foretelling(rule))
    for bits in parts:
        stroke.add(Mask.from_bits(bits))
        if data.draw(st.booleans()):
            stroke.to_mask()  # and painting goes on
    region = stroke.to_mask()
    plain = Mask.from_bits(region.read(whole(array.shape)))
    patch, wanted = (layer.change(each, rule.value, keep=rule.keep) for each in (region, plain))
    assert patch.box == wanted.box
    assert patch.area == wanted.area
    painted = layer.flip(patch)
    check(painted, layer.flip(wanted).to_array())
    assert painted.flip(patch).same(layer)
    assert layer.flip(patch).same(painted)


def test_what_was_foretold_of_another_map_or_for_another_class_is_not_taken():
    size = 600, 700
    before = ClassMap(size)
    stroke = Bitmap(size, foretell=before.foretelling(Rule(3)))
    stroke.add(disc((300, 300), 290, size))
    region = stroke.to_mask()
    assert region.memo[FORETOLD]
    other = ClassMap.from_array(np.full(size, 7, np.uint8))
    for layer, index in ((other, 3), (before, 4)):
        expected = np.where(region.read(whole(size)), index, layer.to_array())
        check(layer.flip(layer.change(region, index)), expected)


def test_a_change_of_an_even_tile_shares_the_pixels_that_were_painted():
    size = 600, 700
    stroke = Bitmap(size)
    stroke.add(disc((300, 300), 290, size))
    region = stroke.to_mask()
    patch = ClassMap(size).change(region, 3)
    tiles = region.tiles()
    assert {piece.bits is tiles[0, 0] for piece in patch.pieces if piece.box[:2] == (0, 0)} == {
        True
    }
    assert patch.box == region.box


@given(maps(), st.data())
def test_tiles_that_are_not_painted_stay_the_same_object(array, data):
    layer = ClassMap.from_array(array)
    region = Mask.from_bits(data.draw(pictures(array.shape)))
    after = layer.flip(layer.change(region, 9)).tiles()
    before = layer.tiles()
    assert {key for key in before if after.get(key) is not before[key]} <= set(region.tiles())


def test_a_large_even_change_takes_no_memory():
    size = 8192, 8000
    layer = ClassMap(size)
    patch = layer.change(Mask.rectangle(whole(size)), 5)
    assert patch.area == 8192 * 8000
    assert patch.nbytes < 8192 * 256  # the tiles that the right border cuts through
    painted = layer.flip(patch)
    assert painted.nbytes == 0
    assert painted.areas() == {5: 8192 * 8000}
    assert painted.mask(5).same(Mask.rectangle(whole(size)))


def test_a_patch_that_does_not_fit_is_refused():
    layer = ClassMap((300, 300))
    for left, top in [(290, 0), (250, 0), (-3, 0), (0, 900)]:
        piece = IndexPiece(left, top, (5, 20), value=1)
        with pytest.raises(ValueError, match="does not fit"):
            layer.flip(IndexPatch((piece,)))


@pytest.mark.parametrize(
    "array", [np.full((3, 3), -1), np.full((3, 3), 65536), np.zeros(3, int), np.zeros((3, 3))]
)
def test_only_pictures_of_class_numbers_are_maps(array):
    with pytest.raises(ValueError, match=r"want a|class numbers"):
        ClassMap.from_array(array)


def test_a_class_number_out_of_range_is_refused():
    with pytest.raises(ValueError, match="class numbers"):
        ClassMap((9, 9)).change(Mask.rectangle((0, 0, 3, 3)), 65536)


def test_an_empty_map():
    layer = ClassMap((300, 20))
    assert layer.areas() == {0: 6000}
    assert not layer.tiles()
    assert not layer.change(Mask.rectangle((0, 0, 20, 20)), 0)
    assert not layer.same(ClassMap((20, 300)))
    assert repr(layer) == "<ClassMap 20 × 300, 0 tiles>"
    assert repr(IndexPatch()) == "<IndexPatch 0 px in (0, 0, 0, 0)>"
