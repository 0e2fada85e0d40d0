"""COCO by outlines, as LVIS and as a list of results; each read by the reference too."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pycocotools import mask as reference

from engine.errors import EngineError
from engine.formats import coco_dialects, registry
from engine.formats.coco_polygons import exact_polygons
from engine.formats.format import ReadOptions, Work
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.shapes import SHAPES, SIZE
from tests.engine.formats.sheets import sheet, taxonomy

CLASSES = taxonomy(("cat", {"coco_id": 17}), ("sky", {"thing": False, "coco_id": 40}), ("dog", {}))


def written(path, *sheets, **asked):
    work = Work(
        taxonomy=CLASSES,
        images=[each.image for each in sheets],
        sheets=lambda: iter(sheets),
        **asked,
    )
    result = registry.get("coco").write(path, work)
    return result, json.loads(path.read_text()), work.report


@given(bits=arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24))))
def test_outlines_are_what_pycocotools_draws(bits):
    mask = Mask.from_bits(bits)
    if not mask:
        return
    polygons = exact_polygons(mask, bits.shape)
    assert polygons is not None
    drawn = reference.decode(reference.merge(reference.frPyObjects(polygons, *bits.shape)))
    assert np.array_equal(drawn.astype(bool), bits)


def test_each_part_is_a_polygon_and_crowds_stay_rle(tmp_path):
    four, crowd = SHAPES["four parts"], SHAPES["border"]
    pages = [
        sheet(four, size=SIZE),
        sheet(crowd, size=SIZE, key=2, name="b.png", first=2, crowd=True),
    ]
    result, data, _ = written(tmp_path / "o.json", *pages, polygons=True)
    first, second = data["annotations"]
    assert len(first["segmentation"]) == 4
    assert first["area"] == four.area
    assert isinstance(second["segmentation"]["counts"], str)
    assert second["iscrowd"] == 1
    assert result.decoded == result.masks == 2


def test_a_mask_that_cannot_be_drawn_stays_rle_and_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(coco_dialects, "exact_polygons", lambda mask, size: None)
    _, data, report = written(tmp_path / "o.json", sheet(SHAPES["6 x 6"], size=SIZE), polygons=True)
    assert isinstance(data["annotations"][0]["segmentation"], dict)
    assert any("stays RLE (a.png)" in each.text for each in report.remarks())


def test_a_file_that_came_back_different_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(coco_dialects, "drawn", lambda entry, size: Mask.EMPTY)
    with pytest.raises(EngineError, match="came back different"):
        written(tmp_path / "o.json", sheet(SHAPES["6 x 6"], size=SIZE), polygons=True)


def test_numbers_that_came_in_go_out_and_new_ones_lie_above(tmp_path):
    old = sheet(SHAPES["6 x 6"], size=SIZE, coco_id=70)
    again = sheet(SHAPES["donut"], size=SIZE, key=2, name="b.png", first=2, coco_id=70)
    new = sheet(SHAPES["dust"], size=SIZE, key=3, name="c.png", first=3)
    _, data, report = written(tmp_path / "o.json", old, again, new, polygons=True)
    assert [each["id"] for each in data["annotations"]] == [70, 71, 72]
    assert report.counts == {"no number": 1}


def test_lvis_says_what_was_looked_for(tmp_path):
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(SHAPES["border"], 3))
    pages = [
        sheet(SHAPES["donut"], size=SIZE, layer=layer),
        sheet(size=SIZE, key=2, name="b.png"),
    ]
    _, data, _ = written(tmp_path / "o.json", *pages, dialect="lvis", done={1})
    first, second = data["images"]
    dog = next(each["id"] for each in data["categories"] if each["name"] == "dog")
    assert first["neg_category_ids"] == [dog]
    assert second["neg_category_ids"] == []
    assert first["not_exhaustive_category_ids"] == []
    cat = data["categories"][0]
    assert (cat["image_count"], cat["instance_count"], cat["frequency"]) == (1, 1, "r")
    assert {"id", "image_id", "category_id", "segmentation", "area", "bbox"} == set(
        data["annotations"][0]
    )


def test_results_go_out_and_come_in(tmp_path):
    page = sheet(SHAPES["donut"], SHAPES["6 x 6"], size=SIZE, score=0.25)
    _, data, _ = written(tmp_path / "results.json", page, dialect="results")
    assert [set(each) for each in data] == [
        {"image_id", "category_id", "segmentation", "bbox", "score"}
    ] * 2
    assert data[0]["category_id"] == 17
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(tmp_path / "a.png")
    form = registry.detect(tmp_path / "results.json")
    assert form.name == "coco"
    options = ReadOptions(images=tmp_path, taxonomy=CLASSES, numbers={1: "a.png"})
    reading = form.read(tmp_path / "results.json", options)
    (image,) = reading.images()
    names = {each.key: each.name for each in reading.classes}
    assert [(names[each.class_key], each.score) for each in image.objects] == [("cat", 0.25)] * 2
    assert image.objects[0].mask.same(SHAPES["donut"])
    assert image.coco_id == 1


def test_results_of_images_that_nobody_knows_are_refused(tmp_path):
    entry = {"image_id": 9, "category_id": 1, "segmentation": {"size": [4, 4], "counts": "01"}}
    (tmp_path / "r.json").write_text(json.dumps([entry]))
    with pytest.raises(EngineError, match="none of its image numbers"):
        registry.get("coco").read(tmp_path / "r.json", ReadOptions(numbers={1: "a.png"}))


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"image_id": 7}, "dangling image"),
        ({"category_id": 99}, "dangling class"),
        ({"segmentation": {"size": [9, 9], "counts": "Q30"}}, "rle size"),
        ({"segmentation": {"size": list(SIZE), "counts": "~~~"}}, "bad rle"),
    ],
)
def test_broken_results_are_said(tmp_path, entry, kind):
    page = sheet(SHAPES["donut"], size=SIZE)
    _, data, _ = written(tmp_path / "r.json", page, dialect="results")
    (tmp_path / "r.json").write_text(json.dumps([data[0], {**data[0], **entry}]))
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(tmp_path / "a.png")
    options = ReadOptions(images=tmp_path, taxonomy=CLASSES, numbers={1: "a.png"})
    reading = registry.get("coco").read(tmp_path / "r.json", options)
    assert len(list(reading.images())) == 1
    assert reading.report.counts[kind] == 1


@pytest.mark.assets
def test_lists_of_results_of_others_are_known(assets):
    found = [
        path.name
        for path in sorted((assets / "formats" / "coco_json").rglob("*.json"))
        if registry.get("coco").detect(path) and path.read_bytes()[:64].lstrip()[:1] == b"["
    ]
    assert any("res" in name for name in found)
