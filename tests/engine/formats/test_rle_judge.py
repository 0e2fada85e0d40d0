import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as reference

from engine.formats import rle_judge
from engine.formats.rle_judge import GROUPS

bitmaps = st.lists(
    st.tuples(st.integers(1, 24), st.integers(1, 24)).flatmap(lambda s: arrays.arrays(np.bool_, s)),
    min_size=1,
    max_size=12,
)
letters = st.characters(min_codepoint=48, max_codepoint=111)
rows = st.lists(
    st.text(letters, max_size=12) | st.text(max_size=6) | st.text("0123@AOPQ_", max_size=20),
    min_size=1,
    max_size=8,
)


def truth(bits):
    return reference.encode(np.asfortranarray(bits.astype(np.uint8)))


def plain(text):
    """The runs of a text and whether each was written short, one character at a time; or None."""
    runs, short, at = [], True, 0
    while at < len(text):
        value, groups, more = 0, 0, True
        while more:
            if at == len(text) or not 48 <= ord(text[at]) <= 111 or groups == GROUPS:
                return None
            bits = ord(text[at]) - 48
            before = value
            value |= (bits & 31) << (5 * groups)
            groups, at, more = groups + 1, at + 1, bool(bits & 32)
        if bits & 16:
            value -= 1 << (5 * groups)
            before -= (1 << (5 * (groups - 1))) if groups > 1 else 0
        if groups > 1 and value == before and fits(value, groups - 1):
            short = False
        if len(runs) > 2:
            value += runs[-2]
        runs.append(value)
    return (runs, short) if runs and min(runs) >= 0 else None


def fits(value, groups):
    return -(1 << (5 * groups - 1)) <= value < 1 << (5 * groups - 1)


def measured(runs, height):
    """Area and box of runs, one run at a time."""
    start, area, columns, lines = 0, 0, [], []
    for place, run in enumerate(runs):
        if place % 2 and run:
            area += run
            first, last = start // height, (start + run - 1) // height
            columns += [first, last]
            whole = first != last
            lines += [0, height - 1] if whole else [start % height, (start + run - 1) % height]
        start += run
    if not area:
        return 0, [0, 0, 0, 0]
    left, top = min(columns), min(lines)
    return area, [left, top, max(columns) - left + 1, max(lines) - top + 1]


@given(bitmaps)
def test_judging_measures_as_pycocotools_does(images):
    encoded = [truth(bits) for bits in images]
    heights = np.array([bits.shape[0] for bits in images])
    judged = rle_judge.judge([each["counts"].decode() for each in encoded], heights)
    assert judged.well_formed.all()
    assert judged.canonical.all()
    assert judged.pixels.tolist() == [bits.size for bits in images]
    assert judged.area.tolist() == [int(bits.sum()) for bits in images]
    assert judged.boxes.tolist() == [reference.toBbox(each).tolist() for each in encoded]


@given(rows)
@example(["\u20ac2", "2", ""])
@example(["PPPPPPP1", "PPPPPPPP1", "P0", "O"])
def test_any_text_is_judged_as_reading_it_letter_by_letter_tells(texts):
    judged = rle_judge.judge(texts, np.full(len(texts), 7))
    for at, text in enumerate(texts):
        known = plain(text)
        assert bool(judged.well_formed[at]) == (known is not None), text
        if known is None:
            assert not judged.canonical[at]
            assert (judged.pixels[at], judged.area[at]) == (0, 0)
            assert not judged.boxes[at].any()
            continue
        runs, short = known
        assert bool(judged.canonical[at]) == (short and 0 not in runs[1:]), text
        assert judged.pixels[at] == sum(runs)
        assert [judged.area[at], judged.boxes[at].tolist()] == list(measured(runs, 7))


def test_a_long_list_is_judged_in_parts():
    bits = np.random.default_rng(3).random((40, 50)) < 0.5
    encoded = truth(bits)
    texts = [encoded["counts"].decode()] * (3 * rle_judge.CHUNK // len(encoded["counts"]))
    judged = rle_judge.judge(["", *texts, "\x7f"], np.full(len(texts) + 2, 40))
    assert judged.well_formed.tolist() == [False, *[True] * len(texts), False]
    assert set(judged.area[1:-1].tolist()) == {int(bits.sum())}


def test_idle_groups_and_empty_runs_are_not_canonical():
    plain = truth(np.array([[0, 1], [0, 1]], bool))["counts"].decode()
    longer = "R0" + plain[1:]  # the first run, 2, with an idle second group
    empty = "2002"  # 2 zeros, no ones, no zeros, 2 ones
    judged = rle_judge.judge([plain, longer, empty], np.array([2, 2, 2]))
    assert judged.well_formed.all()
    assert judged.pixels.tolist() == [4, 4, 4]
    assert judged.canonical.tolist() == [True, False, False]


@pytest.mark.parametrize("texts", [[], ["", ""]])
def test_nothing_is_judged_too(texts):
    judged = rle_judge.judge(texts, np.full(len(texts), 7))
    assert judged.well_formed.tolist() == [False] * len(texts)
