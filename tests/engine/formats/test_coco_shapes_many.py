"""Segmentations that are read together are what they are alone, remarks included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formats import coco_shapes_many
from engine.formats.coco_shapes import read_segmentation
from engine.formats.coco_shapes_many import Asked, read_segmentations
from engine.formats.report import Report
from engine.masks import rle
from engine.masks.mask import Mask

SIZE = (30, 40)
SQUARE = [5.0, 5.0, 20.0, 5.0, 20.0, 15.0, 5.0, 15.0]
FAR = [5.0, 5.0, 400.0, 5.0, 20.0, 15.0]
RLE = {"size": [30, 40], "counts": rle.encode(Mask.rectangle((5, 5, 20, 15)), SIZE)["counts"]}
ODD = [
    [SQUARE],
    [SQUARE, [25, 1, 30, 1, 30, 9]],
    [SQUARE, SQUARE[:5]],
    [SQUARE, [1, 2]],
    [SQUARE, ["1"] * 6],
    [SQUARE, [True] * 6],
    [SQUARE, [float("nan")] * 6],
    [SQUARE, [float("inf")] * 6],
    [SQUARE, [10**400] * 6],
    [SQUARE, None],
    [[[5, 5], [20, 5], [20, 15]]],
    [FAR],
    [[3, 1e7, 3, 9, 9, 9]],
    [[-900, -900, -800, -900, -900, -800]],
    [[100, 100, 1000]],
    [[150, 10, 1040, 0, 0, 0]],
    [[5, 5, 10, 4]],
    SQUARE,
    [],
    None,
    "",
    RLE,
    {**RLE, "size": [40, 30]},
    {**RLE, "size": None},
    {**RLE, "counts": "oops"},
    {**RLE, "counts": ""},
    {"size": [30, 40], "counts": [1200]},
    {"size": [30, 40], "counts": [150, 10, 1040]},
    [RLE],
    [RLE, SQUARE],
    RLE["counts"],
]


def alone(asked):
    report = Report()
    return [read_segmentation(*each[:2], report, each[2]) for each in asked], report


def compare(asked):
    report = Report()
    found = read_segmentations(asked, report)
    wanted, told = alone(asked)
    for mine, theirs in zip(found, wanted, strict=True):
        assert mine.size == theirs.size
        assert (mine.mask is None) == (theirs.mask is None)
        assert mine.mask is None or mine.mask.same(theirs.mask)
    assert report.counts == told.counts
    return found


def test_every_odd_shape_among_the_others():
    compare(
        [Asked({"segmentation": each, "bbox": [1]}, SIZE, f"x{n}") for n, each in enumerate(ODD)]
    )


@given(st.lists(st.tuples(st.sampled_from(ODD), st.sampled_from([SIZE, SIZE[::-1], (9, 9)]))))
def test_any_of_them_together(chosen):
    compare([Asked({"segmentation": each}, size, "x") for each, size in chosen])


@given(
    st.lists(
        st.lists(
            st.lists(st.floats(-45, 45, width=32) | st.integers(-9, 50), min_size=6, max_size=12),
            min_size=1,
            max_size=3,
        ),
        max_size=9,
    )
)
def test_polygons_are_drawn_alike(shapes):
    compare([Asked({"segmentation": each}, SIZE, "x") for each in shapes])


def test_sound_ones_do_not_go_the_careful_way(monkeypatch):
    def careful(*_):
        raise AssertionError("read alone")

    monkeypatch.setattr(coco_shapes_many, "read_segmentation", careful)
    sound = [[SQUARE], [SQUARE, [25, 1, 30, 1, 30, 9]], RLE]
    found = read_segmentations([Asked({"segmentation": e}, SIZE, "") for e in sound], Report())
    assert [bool(each.mask) for each in found] == [True] * 3
    with pytest.raises(AssertionError):
        read_segmentations([Asked({"segmentation": SQUARE}, SIZE, "")], Report())
