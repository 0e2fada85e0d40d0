import hotcoco.mask
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as reference

from engine.formats.coco_shapes import read_segmentation
from engine.formats.report import Report
from engine.masks import rle
from engine.masks.mask import Mask

SIZE = (30, 40)
SQUARE = [5.0, 5.0, 20.0, 5.0, 20.0, 15.0, 5.0, 15.0]
BLOB = Mask.rectangle((5, 5, 20, 15))


def read(segmentation, size=SIZE, **entry):
    report = Report()
    shape = read_segmentation({"segmentation": segmentation, **entry}, size, report, "x")
    return shape.mask, report.counts


def drawn(polygons, size=SIZE):
    merged = reference.merge(reference.frPyObjects(polygons, *size))
    return hotcoco.mask.decode(merged).astype(bool)  # pycocotools' own warns under numpy 2


def same(mask, bits):
    return np.array_equal(mask.read((0, 0, bits.shape[1], bits.shape[0])), bits)


@given(
    st.lists(
        st.lists(
            st.tuples(st.floats(-20, 60, width=32), st.floats(-20, 50, width=32)),
            min_size=3,
            max_size=8,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_polygons_are_drawn_as_pycocotools_draws_them(polygons):
    flat = [[float(v) for point in polygon for v in point] for polygon in polygons]
    mask, found = read(flat)
    bits = drawn(flat)
    if bits.any():
        assert same(mask, bits)
        assert found == {}
    else:
        assert mask is None
        assert found == {"empty mask": 1}


def test_rle_in_every_sound_form():
    text = rle.encode(BLOB, SIZE)
    counts = rle.counts(BLOB, SIZE).tolist()
    for value in (text, {"size": list(SIZE), "counts": counts}):
        mask, found = read(value)
        assert mask.same(BLOB)
        assert found == {}


@pytest.mark.parametrize(
    ("segmentation", "kind"),
    [
        (SQUARE, "flat polygon"),
        ([[[5, 5], [20, 5], [20, 15], [5, 15]]], "nested points"),
        ([rle.encode(BLOB, SIZE)], "listed rle"),
        (rle.counts(BLOB, SIZE).tolist(), "counts polygon"),
        ([rle.counts(BLOB, SIZE).tolist()], "counts polygon"),
        ({"counts": rle.encode(BLOB, SIZE)["counts"]}, "bare rle"),
        (rle.encode(BLOB, SIZE)["counts"], "bare rle"),
        ([[5, 5, 15, 10]], "box polygon"),
        ([SQUARE, [5.0, 5.0, 7.0, 7.0]], "short polygon"),
        ([SQUARE, [5.0, 5.0]], "short polygon"),
        ([SQUARE, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]], "odd polygon"),
        ([SQUARE, [1.0, "a", 3.0, 4.0, 5.0, 6.0]], "bad polygon"),
        ([SQUARE, None], "bad polygon"),
        ([SQUARE, [1.0, 2.0, 1e9, 4.0, 5.0, 6.0]], "far polygon"),
        ([SQUARE, [1.0, 2.0, float("nan"), 4.0, 5.0, 6.0]], "bad polygon"),
    ],
)
def test_a_broken_shape_with_one_reading_is_repaired_and_told(segmentation, kind):
    mask, found = read(segmentation)
    assert found == {kind: 1}
    assert mask.same(BLOB)


@pytest.mark.parametrize(
    ("segmentation", "kind"),
    [
        ([], "box only"),
        (None, "box only"),
        ({}, "box only"),
        ({"size": [30, 40]}, "bad rle"),
        ({"size": [30], "counts": "0"}, "bad rle"),
        ({"size": [30, 40], "counts": [1, 2, 3]}, "bad rle"),
        ({"size": [30, 40], "counts": [-5, 1205]}, "bad rle"),
        ({"size": [30, 40], "counts": [1.5, 1198.5]}, "bad rle"),
        ({"size": [30, 40], "counts": [2**40, -(2**40), 1200]}, "bad rle"),
        ({"size": [30, 40], "counts": "~~~"}, "bad rle"),
        ({"size": [2**20, 2**20], "counts": "0"}, "rle size"),
        ({"size": [60, 80], "counts": "0"}, "rle size"),
        ({"size": [30, 40], "counts": [1200]}, "empty mask"),
        ([[100.0, 100.0, 120.0, 100.0, 120.0, 120.0]], "empty mask"),
    ],
)
def test_what_cannot_be_read_is_left_out_and_told(segmentation, kind):
    mask, found = read(segmentation, bbox=[5, 5, 15, 10])
    assert mask is None
    assert kind in found


def test_an_annotation_with_nothing_says_so():
    assert read(None) == (None, {"no mask": 1})


def test_a_zigzag_that_would_fill_the_memory_is_not_drawn():
    size = (3000, 3000)
    zigzag = [v for at in range(2000) for v in (0.0 if at % 2 else 2999.0, 1.0)]
    mask, found = read([zigzag], size)
    assert mask is None
    assert "far polygon" in found
