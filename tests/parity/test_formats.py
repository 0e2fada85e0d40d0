"""What other programs see in the files that are written, by rules written down here anew."""

import base64
import json
from io import BytesIO
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as reference

from engine.document.annotation import Annotation
from engine.document.taxonomy import BACKGROUND
from engine.formats import registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.format import ReadOptions, Work
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.shapes import SHAPES, SIZE
from tests.engine.formats.sheets import taxonomy

CLASSES = taxonomy(("cat", {}), ("sky", {"thing": False}), ("car", {}))
WHOLE = (0, 0, SIZE[1], SIZE[0])


def bits(mask):
    return mask.read(WHOLE)


def write(tmp_path, name, file, objects, layer=None):
    made = [
        Annotation(id=at, class_id=class_id, mask=mask, order=at)
        for at, (class_id, mask) in enumerate(objects)
    ]
    image = SheetImage(key=1, file_name="a.png", size=SIZE)
    sheet = Sheet(image=image, objects=made, layer=layer or ClassMap(SIZE))
    target = tmp_path / "out" / file
    work = Work(taxonomy=CLASSES, images=[image], sheets=lambda: iter([sheet]))
    registry.get(name).write(target, work)
    return target


def sky_and_two():
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((0, 0, 97, 40)), 3))
    layer = layer.flip(layer.change(Mask.rectangle((0, 90, 97, 123)), BACKGROUND))
    left, right = Mask.rectangle((5, 30, 30, 60)), Mask.rectangle((25, 30, 60, 60))
    return [(2, left), (4, right)], layer


def rgb2id(array):
    """As panopticapi's utils.py has it."""
    wide = array.astype(np.uint32)
    return wide[:, :, 0] + 256 * wide[:, :, 1] + 256 * 256 * wide[:, :, 2]


def check_panoptic(data, folder):
    """Everything panopticapi's evaluation demands of a file."""
    categories = {each["id"] for each in data["categories"]}
    images = {each["id"]: each for each in data["images"]}
    for annotation in data["annotations"]:
        with Image.open(folder / annotation["file_name"]) as png:
            assert png.mode == "RGB"
            ids = rgb2id(np.asarray(png))
        image = images[annotation["image_id"]]
        assert ids.shape == (image["height"], image["width"])
        there, counts = np.unique(ids, return_counts=True)
        pixels = {int(i): int(n) for i, n in zip(there, counts, strict=True) if i}
        listed = {each["id"]: each for each in annotation["segments_info"]}
        assert len(listed) == len(annotation["segments_info"])
        assert pixels == {number: each["area"] for number, each in listed.items()}
        for number, each in listed.items():
            rows, columns = np.nonzero(ids == number)
            box = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
            assert each["bbox"] == box
            assert each["category_id"] in categories


def test_panoptic_files_hold_to_panopticapi_s_rules(tmp_path):
    objects, layer = sky_and_two()
    path = write(tmp_path, "coco-panoptic", "p.json", objects, layer)
    data = json.loads(path.read_text())
    check_panoptic(data, path.with_suffix(""))
    (annotation,) = data["annotations"]
    assert len(annotation["segments_info"]) == 3
    assert {each["isthing"] for each in data["categories"]} == {0, 1}


def test_panoptic_examples_come_back_segment_by_segment(tmp_path, assets):
    folder = assets / "datasets/coco_panoptic_sample"
    source = folder / "panoptic_examples.json"
    data = json.loads(source.read_text())
    check_panoptic(data, folder / "panoptic_examples")
    options = ReadOptions(images=folder / "input_images")
    reading = registry.get("coco-panoptic").read(source, options)
    classes = taxonomy(
        *(
            (f"{at} {each.name}", {"coco_id": each.coco_id, "thing": each.thing})
            for at, each in enumerate(reading.classes)
        )
    )
    of_key = {each.coco_id: each.id for each in classes.classes}
    sheets = []
    for key, found in enumerate(reading.images()):
        layer = ClassMap(found.size)
        for each, mask in found.layer.items():
            layer = layer.flip(layer.change(mask, of_key[each]))
        made = [
            Annotation(id=at, class_id=of_key[each.class_key], mask=each.mask, crowd=each.crowd)
            for at, each in enumerate(found.objects)
        ]
        image = SheetImage(
            key=key, file_name=found.file_name, size=found.size, coco_id=found.coco_id
        )
        sheets.append(Sheet(image=image, objects=made, layer=layer))
    target = tmp_path / "p.json"
    work = Work(taxonomy=classes, images=[s.image for s in sheets], sheets=lambda: iter(sheets))
    registry.get("coco-panoptic").write(target, work)
    again = json.loads(target.read_text())
    check_panoptic(again, tmp_path / "p")

    def segments(data, folder):
        found = []
        for annotation in data["annotations"]:
            with Image.open(folder / annotation["file_name"]) as png:
                ids = rgb2id(np.asarray(png))
            for each in annotation["segments_info"]:
                inside = np.packbits(ids == each["id"]).tobytes()
                place = annotation["image_id"], each["category_id"], each["iscrowd"]
                found.append((*place, inside))
        return sorted(found)

    assert segments(again, tmp_path / "p") == segments(data, folder / "panoptic_examples")


def test_voc_pictures_by_their_colours(tmp_path):
    objects, layer = sky_and_two()
    folder = write(tmp_path, "voc", "", objects, layer)
    rows = [line.split(":") for line in (folder / "labelmap.txt").read_text().splitlines()[1:]]
    colors = {tuple(map(int, row[1].split(","))): row[0] for row in rows}
    with Image.open(folder / "SegmentationClass/a.png") as png:
        assert png.mode == "P"
        picture = np.asarray(png.convert("RGB"))
    named = {colors[tuple(color)] for color in picture.reshape(-1, 3).tolist()}
    assert named == {"background", "cat", "sky", "car", "ignored"}
    car = next(color for color, name in colors.items() if name == "car")
    assert np.array_equal((picture == car).all(axis=2), bits(objects[1][1]))
    with Image.open(folder / "SegmentationObject/a.png") as png:
        owner = np.asarray(png)
    assert sorted(np.unique(owner).tolist()) == [0, 1, 2, 3, 255]


def test_cityscapes_numbers_agree_with_each_other(tmp_path):
    objects, layer = sky_and_two()
    folder = write(tmp_path, "cityscapes", "", objects, layer) / "gtFine/default"
    pictures = {}
    for kind in ("labelIds", "labelTrainIds", "instanceIds"):
        with Image.open(folder / f"a_gtFine_{kind}.png") as png:
            pictures[kind] = np.asarray(png).astype(int)
    labels, instances = pictures["labelIds"], pictures["instanceIds"]
    assert set(np.unique(labels)) == {0, 23, 26, 34}
    assert set(np.unique(instances)) == {0, 23, 26000, 34000}
    many = instances >= 1000
    assert np.array_equal(instances[many] // 1000, labels[many])
    assert np.array_equal(instances[~many], labels[~many])
    train = {int(i): int(pictures["labelTrainIds"][labels == i][0]) for i in np.unique(labels)}
    assert train == {0: 255, 23: 10, 26: 13, 34: 255}


@pytest.mark.parametrize("shape", SHAPES)
def test_labelme_s_rule_gives_the_same_mask(tmp_path, shape):
    folder = write(tmp_path, "labelme", "", [(2, SHAPES[shape])])
    data = json.loads((folder / "a.json").read_text())
    assert (data["imageHeight"], data["imageWidth"], data["imagePath"]) == (*SIZE, "a.png")
    (entry,) = data["shapes"]
    (x1, y1), (x2, y2) = entry["points"]
    with Image.open(BytesIO(base64.b64decode(entry["mask"]))) as png:
        small = np.asarray(png).astype(bool)
    assert small.shape == (y2 - y1 + 1, x2 - x1 + 1)
    drawn = np.zeros(SIZE, bool)
    drawn[y1 : y2 + 1, x1 : x2 + 1] = small
    assert np.array_equal(drawn, bits(SHAPES[shape]))


@pytest.mark.parametrize("shape", SHAPES)
def test_cvat_s_rule_gives_the_same_mask(tmp_path, shape):
    path = write(tmp_path, "cvat", "a.xml", [(2, SHAPES[shape])])
    (entry,) = ElementTree.parse(path).getroot().iter("mask")
    left, top, width, height = (int(entry.get(k)) for k in ("left", "top", "width", "height"))
    flat, inside = [], False
    for run in entry.get("rle").split(","):
        flat += [inside] * int(run)
        inside = not inside
    drawn = np.zeros(SIZE, bool)
    drawn[top : top + height, left : left + width] = np.array(flat).reshape(height, width)
    assert np.array_equal(drawn, bits(SHAPES[shape]))


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


# IoU that fillPoly at corners cut to whole numbers, Ultralytics' own rule, reaches with the lines
# written here: all, but for the ways between parts, which it draws a pixel wide.
FILLED = {"four parts": 0.87, "dust": 0.04, "checker": 0.16}


@pytest.mark.parametrize("shape", SHAPES)
def test_polygons_of_yolo_in_the_eyes_of_others(tmp_path, shape):
    folder = write(tmp_path, "yolo-seg", "", [(2, SHAPES[shape])])
    (line,) = (folder / "labels/a.txt").read_text().splitlines()
    number, *numbers = line.split()
    assert number == "0"
    values = np.array(numbers, float)
    assert ((values >= 0) & (values <= 1)).all()
    points = values.reshape(-1, 2) * (SIZE[1], SIZE[0])
    drawn = reference.decode(reference.frPyObjects([points.ravel().tolist()], *SIZE)[0])
    filled = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(
        filled,
        [(values.astype(np.float32).reshape(-1, 2) * (SIZE[1], SIZE[0])).astype(np.int32)],
        1,
    )
    want = bits(SHAPES[shape])
    assert np.array_equal(drawn.astype(bool), want)
    assert iou(filled.astype(bool), want) >= FILLED.get(shape, 1)
