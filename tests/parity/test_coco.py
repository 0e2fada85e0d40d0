"""What is written is what pycocotools reads and writes, shape by shape and file by file."""

import json

import hotcoco.mask
import numpy as np
import pytest
from pycocotools import mask as reference

from engine.formats.coco_read import CocoReading
from engine.formats.coco_write import CocoWriter
from engine.formats.report import Report
from engine.masks.mask import Mask
from tests.engine.formats.sheets import sheet, taxonomy

SIZE = (123, 97)


def _shapes():
    def blank():
        return np.zeros(SIZE, bool)

    ys, xs = np.mgrid[: SIZE[0], : SIZE[1]]
    away = np.hypot(ys - 60, xs - 48)
    shapes = {"donut": (away < 40) & (away > 18)}
    four = blank()
    for y, x in ((5, 5), (5, 70), (90, 5), (90, 70)):
        four[y : y + 20, x : x + 15] = True
    shapes["four parts"] = four
    line = blank()
    line[40:42, 3:90] = True
    line[60:, 50:52] = True
    shapes["thin lines"] = line
    small = blank()
    small[50:56, 60:66] = True
    shapes["6 x 6"] = small
    shapes["dust"] = np.random.default_rng(7).random(SIZE) < 0.02
    shapes["noise"] = np.random.default_rng(8).random(SIZE) < 0.5
    shapes["whole image"] = ~blank()
    edge = blank()
    edge[:, -1] = True
    shapes["last column"] = edge
    row = blank()
    row[-1] = True
    shapes["last row"] = row
    for name, place in {"first": (0, 0), "last": (-1, -1), "inner": (17, 31)}.items():
        pixel = blank()
        pixel[place] = True
        shapes[f"{name} pixel"] = pixel
    shapes["all but one"] = ~shapes["inner pixel"]
    return shapes


SHAPES = _shapes()


def write(path, sheets, classes):
    writer = CocoWriter(classes, [each.image for each in sheets], {}, Report())
    writer.write(path, sheets)
    return json.loads(path.read_text())


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_comes_back_whole(tmp_path, name):
    bits = SHAPES[name]
    path = tmp_path / "o.json"
    data = write(path, [sheet(Mask.from_bits(bits), size=SIZE)], taxonomy())
    (entry,) = data["annotations"]
    counts = entry["segmentation"]
    truth = reference.encode(np.asfortranarray(bits.astype(np.uint8)))
    assert counts["counts"].encode() == truth["counts"]
    assert entry["area"] == int(reference.area(truth))
    assert entry["bbox"] == reference.toBbox(truth).tolist()
    assert np.array_equal(hotcoco.mask.decode(counts).astype(bool), bits)
    assert float(reference.iou([counts], [truth], [0])[0, 0]) == 1.0
    (image,) = CocoReading(path).images()
    assert image.objects[0].mask.iou(Mask.from_bits(bits)) == 1.0


def _truth(entry, size):
    """The mask as pycocotools has it."""
    value = entry["segmentation"]
    if isinstance(value, list):
        return reference.merge(reference.frPyObjects(value, *size))
    if isinstance(value["counts"], list):
        return reference.frPyObjects(value, *size)
    return {"size": value["size"], "counts": value["counts"].encode()}


@pytest.mark.parametrize(
    "name",
    [
        "datasets/tiny_coco/annotations/instances_train2017.json",
        "datasets/nuclei_dsb2018/instances_rle.json",
        "formats/coco_json/instances_val2014_100.json",
    ],
)
def test_files_of_others_are_read_as_pycocotools_reads_them(assets, name):
    data = json.loads((assets / name).read_text())
    sizes = {each["id"]: (each["height"], each["width"]) for each in data["images"]}
    truth = {each["id"]: _truth(each, sizes[each["image_id"]]) for each in data["annotations"]}
    reading = CocoReading(assets / name)
    found = {
        each.coco_id: (each.mask, image.size)
        for image in reading.images()
        for each in image.objects
    }
    assert found.keys() == truth.keys()
    for number, (mask, size) in found.items():
        bits = np.asfortranarray(mask.read((0, 0, size[1], size[0])).astype(np.uint8))
        assert reference.encode(bits)["counts"] == truth[number]["counts"], number
