import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as reference

from engine.errors import EngineError
from engine.masks import rle
from engine.masks.mask import FULL, Mask
from tests.engine.masks.pictures import pictures, several, sizes

small = st.tuples(st.integers(1, 12), st.integers(1, 12))


def check(bits):
    """Everything against pycocotools."""
    mask = Mask.from_bits(bits)
    theirs = reference.encode(np.asfortranarray(bits, dtype=np.uint8))
    ours = rle.encode(mask, bits.shape)
    assert ours == {"size": list(bits.shape), "counts": theirs["counts"].decode()}
    lengths = rle.from_string(theirs["counts"], bits.shape)
    assert np.array_equal(lengths, rle.counts(mask, bits.shape))
    assert rle.to_string(lengths) == theirs["counts"]
    for form in (ours["counts"], theirs["counts"], lengths.tolist(), lengths):
        assert rle.decode(form, bits.shape).same(mask)
    assert rle.decode_entry(dict(ours)).same(mask)
    back = rle.decode(lengths, bits.shape)
    assert back.area == mask.area == rle.area(lengths) == reference.area(theirs)
    assert back.box == mask.box == rle.bbox(lengths, bits.shape)
    if bits.any():
        left, top, width, height = reference.toBbox(theirs).tolist()
        assert back.box == (left, top, left + width, top + height)


@given(several(1))
def test_parity_with_pycocotools(drawn):
    check(drawn[0])


@given(small.flatmap(pictures))
def test_parity_on_small_images_where_runs_spill_into_the_next_column(bits):
    check(bits)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (512, 512), (513, 600), (1024, 300)])
def test_parity_at_the_edges(size):
    for value in (False, True):
        check(np.full(size, value))
    for row in {0, size[0] // 2, size[0] - 1}:
        for column in {0, size[1] // 2, size[1] - 1}:
            bits = np.zeros(size, bool)
            bits[row, column] = True
            check(bits)
            check(~bits)
    bits = np.zeros(size, bool)
    bits[:, size[1] // 3 : size[1] // 2 + 1] = True  # one run through many columns
    check(bits)
    bits[-1] = True
    check(bits)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=30))
def test_texts_of_any_lengths_are_those_of_pycocotools(lengths):
    lengths = (np.array(lengths, np.int64) // len(lengths)).tolist()
    total = sum(lengths)
    theirs = reference.frPyObjects({"size": [total or 1, 1], "counts": lengths}, total or 1, 1)
    assert rle.to_string(np.array(lengths)) == theirs["counts"]
    if total:
        assert rle.from_string(theirs["counts"], (total, 1)).tolist() == lengths


def test_runs_of_no_length_are_read_as_what_they_mean():
    mask = rle.decode([0, 2, 0, 2, 1, 0, 4], (3, 3))
    assert mask.area == 4
    assert rle.encode(mask, (3, 3)) == rle.encode(rle.decode([0, 4, 5], (3, 3)), (3, 3))


def test_a_huge_even_mask_is_read_without_its_pixels():
    size = 60_000, 60_000
    mask = rle.decode([0, 60_000 * 60_000], size)
    assert mask.nbytes < 60_000 * 256 * 3
    assert mask.area == 60_000 * 60_000
    assert any(tile is FULL for tile in mask.tiles().values())


def test_a_small_object_in_a_huge_image_costs_itself():
    size = 60_000, 60_000
    mask = Mask.rectangle((59_000, 59_000, 59_100, 59_100))
    back = rle.decode(rle.encode(mask, size)["counts"], size)
    assert back.same(mask)
    assert back.nbytes == 10_000


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there are none"),
        ("9 ", "character"),
        ("9ü", "character"),
        ("9\x00", "character"),
        ("9\ud800", "character"),
        ("9p", "character"),
        ("P", "break off"),
        ("oooooooo0", "too long"),
        ("O", "negative"),
        ("54O", "negative"),
        ("8", "add up"),
        ("99", "add up"),
        ("PPPPPP1", "add up"),
    ],
)
def test_broken_texts_are_refused(text, why):
    for form in (text, text.encode("utf-8", "surrogatepass")):
        with pytest.raises(EngineError, match=why):
            rle.decode(form, (3, 3))


@pytest.mark.parametrize(
    ("lengths", "why"),
    [
        ([], "add up"),
        ([8], "add up"),
        ([9, 9], "add up"),
        ([10, -1], "negative"),
        ([-1, 10], "negative"),
        ([9.0], "whole number"),
        ([True, 8], "whole number"),
        (["9"], "whole number"),
        ([None], "whole number"),
        ([10**30, 9], "add up"),
        ([10**30, 9 - 10**30], "negative"),
        ([2**63, 2**63, 9], "add up"),
    ],
)
def test_broken_lists_are_refused(lengths, why):
    with pytest.raises(EngineError, match=why):
        rle.decode(lengths, (3, 3))


@given(st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=40), small)
def test_any_text_is_read_or_refused(text, size):
    try:
        mask = rle.decode(text, size)
    except EngineError:
        return
    left, top, right, bottom = mask.box
    assert 0 <= left <= right <= size[1]
    assert 0 <= top <= bottom <= size[0]


@given(st.text(st.characters(min_codepoint=48, max_codepoint=111), max_size=4000))
def test_long_texts_of_the_right_characters_do_no_harm(text):
    with pytest.raises(EngineError):
        rle.decode(text, (65_536, 65_535 - 1 - len(text) % 2))


@pytest.mark.parametrize(
    "size", [(0, 5), (5, -1), (2**31, 2**31), (5.0, 5), ("5", 5), (True, 9), (10**40, 1)]
)
def test_impossible_sizes_are_refused(size):
    for lengths in ("9", [9]):
        with pytest.raises(EngineError, match="which cannot be"):
            rle.decode(lengths, size)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"size": [3], "counts": "9"},
        {"size": [3, 3]},
        {"size": "33", "counts": "9"},
        {"size": [3, 3], "counts": 9},
    ],
)
def test_entries_without_their_parts_are_refused(entry):
    with pytest.raises(EngineError, match="Export the file again"):
        rle.decode_entry(entry)


@pytest.mark.parametrize("box", [(0, 0, 4, 3), (-1, 0, 2, 2), (0, 0, 3, 700)])
def test_a_mask_that_leaves_its_image_is_refused(box):
    with pytest.raises(EngineError, match="outside its image"):
        rle.encode(Mask.rectangle(box), (3, 3))


@given(sizes.flatmap(pictures), st.integers(0, 300))
def test_place_in_a_larger_image(bits, left):
    size = bits.shape[0] + 40, bits.shape[1] + 300
    placed = np.zeros(size, bool)
    placed[7 : 7 + bits.shape[0], left : left + bits.shape[1]] = bits
    check(placed)
