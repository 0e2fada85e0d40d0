"""Annotation files by which a reader or ``verify`` once stumbled, made small."""

import pytest

from engine.errors import EngineError
from engine.formats import registry
from engine.formats.coco_file import MAX_SIDE, size_of
from engine.formats.find_images import safe_name
from engine.formats.format import ReadOptions
from engine.formats.report import Report
from engine.formats.verify import verify_file


def read(path):
    return [*registry.get("coco").read(path, ReadOptions()).images()]


@pytest.mark.parametrize(
    "name", ["a" * 10_000, "d/" * 3000 + "a.png", "é" * 200, {"a": ["x" * 400]}]
)
def test_names_no_file_can_have(coco, name):
    image = {"id": 1, "file_name": name, "width": 40, "height": 30}
    path = coco(images=[image])
    reading = registry.get("coco").read(path, ReadOptions())
    (found,) = reading.images()
    assert not found.present
    assert reading.report.counts["no name"]
    assert all(len(each.text) < 300 for each in reading.report.remarks())


def test_a_name_that_is_no_text_is_not_said_as_it_is():
    report = Report()
    assert safe_name("a\udcff.png", report) == ""
    (said,) = report.remarks()
    said.text.encode()


@pytest.mark.parametrize("side", [2**63, 2**62 - 1, MAX_SIDE + 1, 1e18])
def test_sides_beyond_any_picture(coco, side):
    image = {"id": 1, "file_name": "a.png", "width": side, "height": side}
    rle = {"size": [side, side], "counts": "0"}
    path = coco({"segmentation": rle, "area": 1, "bbox": [0, 0, 1, 1]}, images=[image])
    assert size_of(side, side) is None
    assert not any(each.objects for each in read(path))
    assert verify_file(path, deep=True).problems


def test_a_mask_too_large_to_write_out_is_not_handed_to_native_code(coco, monkeypatch):
    def reached(*_):
        raise AssertionError("every pixel of it would have been written out")

    monkeypatch.setattr("hotcoco.mask.decode", reached)
    side = 1 << 20
    image = {"id": 1, "file_name": "a.png", "width": side, "height": side}
    import numpy as np

    from engine.formats.rle_batch import to_strings

    (counts,) = to_strings([np.array([5, 10, side * side - 15])])
    rle = {"size": [side, side], "counts": counts}
    path = coco({"segmentation": rle, "area": 10, "bbox": [0, 5, 1, 10]}, images=[image])
    assert verify_file(path, deep=True).decoded == 0


def test_masks_that_do_not_fit_their_size_never_reach_native_code(coco, monkeypatch):
    def reached(*_):
        raise AssertionError("a mask that does not fit its size was handed on")

    monkeypatch.setattr("hotcoco.mask.decode", reached)
    monkeypatch.setattr("pycocotools.mask.frPyObjects", reached)
    broken = ["", "0", "5000000", "~~~", "PPPPPPPP", "\x7f", "oooo", "5d0", "é"]
    entries = [
        {"segmentation": {"size": [30, 40], "counts": text}, "area": 1, "bbox": [0, 0, 1, 1]}
        for text in broken
    ]
    path = coco(*entries)
    assert not any(each.objects for each in read(path))
    assert verify_file(path, deep=True).problems


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, '{"images": [' + "[" * 9000])
def test_depth_without_end_is_refused(tmp_path, text):
    path = tmp_path / "deep.json"
    path.write_text(text)
    for use in (read, verify_file):
        with pytest.raises(EngineError, match=r"deep\.json"):
            use(path)


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**64, float("nan"), float("inf"), 1e300])
def test_numbers_of_predictions_that_native_code_cannot_reckon_with(number):
    from engine.jobs.judges import _box, _score

    assert _score({"score": number}) == 0.0
    assert _box({"bbox": [0, 0, number, 1]}) is None
    assert _score({"score": 0.5}) == 0.5
    assert _score({"score": True}) == 1.0
    assert _box({"bbox": [1, 2, 3, 4]}) == (1.0, 2.0, 3.0, 4.0)
