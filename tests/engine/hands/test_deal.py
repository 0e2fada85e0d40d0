from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.document import Status
from engine.errors import EngineError
from engine.hands.deal import BYS, deal
from engine.store import ImageRow

PROJECT = Path("/p/p.maskwright")


def rows(count, folders=3):
    states = list(Status)
    return [
        ImageRow(n, f"d{n % folders}/{n}.png", PROJECT, f"{n}.png", None, states[n % 4], n)
        for n in range(1, count + 1)
    ]


@given(
    count=st.integers(1, 60),
    parts=st.integers(1, 9),
    by=st.sampled_from(BYS),
    overlap=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    seed=st.integers(0, 5),
)
def test_every_image_goes_out_and_shared_ones_to_two(count, parts, by, overlap, seed):
    if count < parts or (overlap and parts < 2):
        return
    found = deal(rows(count), parts, by=by, overlap=overlap, seed=seed)
    times = Counter(number for part in found for number in part)
    assert sorted(times) == list(range(1, count + 1))
    assert sum(n == 2 for n in times.values()) == round(overlap * count)
    assert max(times.values()) <= 2
    assert min(len(part) for part in found) >= 1
    assert all(part == sorted(part) for part in found)
    assert found == deal(rows(count), parts, by=by, overlap=overlap, seed=seed)


def test_shared_images_are_spread_over_the_parts_and_follow_the_seed():
    found = deal(rows(100), 5, overlap=0.2, times=3)
    sizes = [len(part) for part in found]
    assert sum(sizes) == 140
    assert max(sizes) - min(sizes) <= 2
    assert found != deal(rows(100), 5, overlap=0.2, times=3, seed=1)


def test_folders_stay_whole_and_one_that_is_too_large_is_cut():
    some = [row._replace(stored_path=f"{'big' if row.id < 9 else 'small'}/x") for row in rows(12)]
    assert deal(some, 2, by="folder") == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]
    dealt = deal(rows(9), 3, by="folder")
    assert sorted(map(tuple, dealt)) == [(1, 4, 7), (2, 5, 8), (3, 6, 9)]


def test_each_part_has_its_share_of_each_status():
    found = deal(rows(40), 4, by="status")
    states = {row.id: row.status for row in rows(40)}
    for part in found:
        counts = Counter(states[number] for number in part)
        assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"parts": 0}, "split into 1 to 1,000 parts, not 0"),
        ({"parts": 9}, "8 images, too few for 9 parts"),
        ({"parts": 2, "overlap": 1.5}, "share of the images"),
        ({"parts": 2, "overlap": 0.5, "times": 3}, "go to 2 parts, not 3"),
    ],
)
def test_what_cannot_be_dealt_is_said(how, words):
    with pytest.raises(EngineError, match=words):
        deal(rows(8), **how)
