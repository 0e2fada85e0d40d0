"""What is written is what pycocotools reads and writes, shape by shape and file by file."""

import json

import hotcoco.mask
import numpy as np
import pytest
from pycocotools import mask as reference

from engine.cli import main
from engine.formats.coco_read import CocoReading
from engine.formats.coco_write import CocoWriter
from engine.formats.report import Report
from engine.masks.mask import Mask
from engine.store import Project
from tests.engine.formats.shapes import BITS, SIZE
from tests.engine.formats.sheets import sheet, taxonomy


def _shapes():
    def blank():
        return np.zeros(SIZE, bool)

    shapes = dict(BITS)
    line = blank()
    line[40:42, 3:90] = True
    line[60:, 50:52] = True
    shapes["thin lines"] = line
    shapes["noise"] = np.random.default_rng(8).random(SIZE) < 0.5
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


LARGE = (1400, 1100)


def _large(bits):
    """The shape ten times as large: kept as tiles, not as one crop."""
    return np.kron(bits, np.ones((10, 10), bool))[: LARGE[0], : LARGE[1]]


@pytest.mark.parametrize("enlarge", [False, True], ids=["small", "large"])
def test_shapes_go_through_a_project_unharmed(tmp_path, enlarge):
    """Import, store, export: what comes out is, byte for byte, what pycocotools wrote."""
    shapes = {name: _large(bits) if enlarge else bits for name, bits in SHAPES.items()}
    height, width = next(iter(shapes.values())).shape
    truth = [reference.encode(np.asfortranarray(b.astype(np.uint8))) for b in shapes.values()]
    entries = [
        {
            "id": number,
            "image_id": 1,
            "category_id": 1,
            "iscrowd": 0,
            "segmentation": {"size": [height, width], "counts": each["counts"].decode()},
            "area": int(reference.area(each)),
            "bbox": reference.toBbox(each).tolist(),
        }
        for number, each in enumerate(truth, 1)
    ]
    image = {"id": 1, "file_name": "a.png", "height": height, "width": width}
    classes = [{"id": 1, "name": "shape"}]
    source, target = tmp_path / "in.json", tmp_path / "out.json"
    source.write_text(
        json.dumps({"images": [image], "annotations": entries, "categories": classes})
    )
    project = tmp_path / "p.maskwright"
    Project.create(project).close()
    assert main(["import", str(project), str(source)]) == 0
    assert main(["export", str(project), str(target), "--deep"]) == 0
    assert main(["verify", str(target), "--project", str(project), "--deep"]) == 0
    after = json.loads(target.read_text())["annotations"]
    assert [each["segmentation"]["counts"].encode() for each in after] == [
        each["counts"] for each in truth
    ]
    for before, now in zip(entries, after, strict=True):
        assert now == before
    ious = reference.iou([e["segmentation"] for e in after], truth, [0] * len(truth)).diagonal()
    assert (ious == 1.0).all()


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
