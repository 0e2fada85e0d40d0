"""Label Studio's exports in the shapes that its tags and its users make."""

import base64
import csv
import json

import numpy as np
import pytest
from PIL import Image

from engine.formats import registry
from engine.formats.format import ReadOptions
from engine.masks.mask import Mask
from tests.engine.formats.test_format_parts import brush

SIZE = (30, 40)
POINTS = [[25, 50], [50, 50], [50, 100], [25, 100]]
SHAPE = Mask.rectangle((10, 15, 20, 30))


def result(name, value, **fields):
    sides = {"original_height": SIZE[0], "original_width": SIZE[1]}
    return {"id": name, "from_name": "tag", **sides, **fields, "value": value}


def polygon(key="polygonlabels", label="cat", **more):
    return {"points": POINTS, "closed": True, **({key: [label]} if key else {}), **more}


@pytest.fixture
def read(tmp_path):
    """Write a task, or a file as it is, and read it; answers the image, class names, report."""
    Image.new("RGB", SIZE[::-1]).save(tmp_path / "a.png")

    def go(task, name="t.json"):
        path = tmp_path / name
        path.write_text(task if isinstance(task, str) else json.dumps([task]))
        form = registry.detect(path)
        assert form.name == "label-studio"
        reading = form.read(path, ReadOptions())
        (image,) = reading.images()
        assert image.path == tmp_path / "a.png"
        names = {each.key: each.name for each in reading.classes}
        return image, [names[each.class_key] for each in image.objects], reading.report

    return go


def task(*results, image="a.png", **fields):
    return {"data": {"image": image}, "annotations": [{"result": [*results]}], **fields}


@pytest.mark.parametrize("first", [True, False])
def test_a_shape_and_its_label_by_a_tag_of_its_own_are_one(read, first):
    both = [result("r", polygon(None)), result("r", polygon("labels"))]
    image, names, report = read(task(*(both if first else reversed(both))))
    assert names == ["cat"]
    assert image.objects[0].mask.same(SHAPE)
    assert report.remarks() == []


def test_a_brush_and_its_label_are_one(read):
    rle = {"format": "rle", "rle": brush(SHAPE.read((0, 0, *SIZE[::-1])))}
    image, names, _ = read(task(result("r", rle), result("r", {**rle, "labels": ["dog"]})))
    assert names == ["dog"]
    assert image.objects[0].mask.same(SHAPE)


def test_what_was_asked_about_a_region_is_kept_with_it(read):
    told = [
        result("r", polygon()),
        result("r", {"points": POINTS, "choices": ["ripe"]}, from_name="state"),
        result("r", {"points": POINTS, "text": ["by the wall"]}, from_name="note"),
        result("q", polygon()),
    ]
    image, names, _ = read(task(*told))
    assert names == ["cat", "cat"]
    asked = {"attributes": {"state": ["ripe"], "note": ["by the wall"]}}
    assert [each.extra for each in image.objects] == [asked, {}]


def test_ids_that_stand_for_several_places_keep_all_of_them(read):
    other = {"points": [[0, 0], [25, 0], [25, 50]], "polygonlabels": ["dog"]}
    _, names, _ = read(task(result("0", polygon()), result("0", other)))
    assert names == ["cat", "dog"]


def test_all_labels_of_a_region_are_kept(read):
    image, names, _ = read(task(result("r", {"points": POINTS, "polygonlabels": ["cat", "wet"]})))
    assert names == ["cat"]
    assert image.objects[0].extra == {"labels": ["cat", "wet"]}


def test_an_answer_with_masks_goes_before_one_without(read):
    answers = [{"result": []}, {"result": [result("r", polygon())]}]
    _, names, report = read({"data": {"image": "a.png"}, "annotations": answers})
    assert names == ["cat"]
    assert report.counts == {}
    answers.append({"result": [result("r", polygon(label="dog"))]})
    _, names, report = read({"data": {"image": "a.png"}, "annotations": answers})
    assert names == ["cat"]
    assert report.counts == {"twice mask": 1}


def test_what_only_a_model_said_is_told(read):
    guess = {"predictions": [{"score": 0.5, "result": [result("p", polygon())]}]}
    _, names, report = read({"data": {"image": "a.png"}, "annotations": [], **guess})
    assert (names, report.counts) == ([], {"no answer": 1})
    _, names, report = read(task(result("r", polygon(label="dog")), **guess))
    assert (names, report.counts) == (["dog"], {})


def test_labels_of_the_image_and_points_are_told(read):
    told = [
        result("r", polygon()),
        {"type": "choices", "value": {"choices": ["day"]}},
        {"type": "relation", "from_id": "r", "to_id": "r"},
        result("k", {"x": 5, "y": 5, "width": 0.4, "keypointlabels": ["nose"]}),
        result("b", {"x": 5, "y": 5, "width": 9, "height": 9, "rectanglelabels": ["cat"]}),
        result("v", {"vertices": [{"x": 1, "y": 1}], "vectorlabels": ["cat"]}),
    ]
    _, names, report = read(task(*told))
    assert names == ["cat"]
    assert report.counts == {"image tag": 1, "no area": 2, "box only": 1}


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_bitmasks_are_what_is_not_clear(read, tmp_path, mode):
    bits = SHAPE.read((0, 0, *SIZE[::-1]))
    pixels = np.zeros((*SIZE, len(mode)), np.uint8)
    pixels[..., 0] = 255  # of what is clear, too
    pixels[bits, 0] = 0
    pixels[bits, -1] = 255
    Image.fromarray(pixels, mode).save(tmp_path / "m.png")
    data = base64.b64encode((tmp_path / "m.png").read_bytes()).decode()
    value = {"imageDataURL": f"data:image/png;base64,{data}", "bitmasklabels": ["cat"]}
    image, names, _ = read(task(result("r", value)))
    assert names == ["cat"]
    assert image.objects[0].mask.same(SHAPE)
    for broken in ("data:image/png;base64,AAAA", "nothing", None):
        _, _, report = read(task(result("r", {**value, "imageDataURL": broken})))
        assert report.counts == {"bad shape": 1}


def packed(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "data",
    [
        {"image": f"/tasks/7/resolve/?fileuri={packed('s3://b/x/a.png')}"},
        {"image": "https://example.org/x/a.png?sig=q&d=1"},
        {"id": "77", "caption": "a cat", "img": "/data/upload/1/0a1b2c3d-a.png"},
        {"photo": "s3://b/a.png"},
    ],
)
def test_the_image_is_found_by_what_names_it(read, data):
    _, names, _ = read({**task(result("r", polygon())), "data": data})
    assert names == ["cat"]


def test_json_min_and_tables_have_the_same_in_their_cells(read, tmp_path):
    sides = {"original_height": SIZE[0], "original_width": SIZE[1]}
    row = {
        "image": "/data/upload/1/0a1b2c3d-a.png",
        "id": 1,
        "label": [{**polygon("labels"), **sides}],
        "poly": [{**polygon(None), **sides}],
    }
    image, names, _ = read(row)
    assert names == ["cat"]
    many = [
        {**polygon(label=f"n{at}"), "points": [[at % 9, 0], *POINTS], **sides} for at in range(3)
    ]
    many[0]["points"] = [[25 + at % 7 / 100, 50] for at in range(20_000)] + POINTS  # a long cell
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["image", "id", "label", "lead_time"])
        lines.writerow([row["image"], 1, json.dumps(many), 1.5])
    before = csv.field_size_limit()
    image, names, _ = read((tmp_path / "rows.csv").read_text(), name="rows.csv")
    assert names == ["n0", "n1", "n2"]
    assert image.objects[0].mask.same(SHAPE)
    assert csv.field_size_limit() == before


def test_tasks_without_sizes_take_those_of_their_images(read):
    """Labels that were made by programs often say nothing of them."""
    bare = {"from_name": "tag", "to_name": "image", "type": "polygonlabels", "value": polygon()}
    image, names, report = read(task(bare))
    assert names == ["cat"]
    assert image.objects[0].mask.same(SHAPE)
    assert report.remarks() == []
