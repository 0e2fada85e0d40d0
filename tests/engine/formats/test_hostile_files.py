"""Files that mean harm or are broken: read as far as they are sound, or refused in a sentence."""

import base64
import json
import os
import random
import zlib

import numpy as np
import pytest
from PIL import Image

from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.formats import registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.find_images import safe_name, stays_inside
from engine.formats.format import ReadOptions, Work
from engine.formats.label_png import png_bytes
from engine.formats.report import Report
from engine.formats.xml_read import elements
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.shapes import SHAPES, SIZE
from tests.engine.formats.sheets import taxonomy

CLASSES = taxonomy(("cat", {}), ("sky", {"thing": False}))


# -- names that lead out


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\x.png", "x.png"),
        ("C:x.png", "x.png"),
        ("\\\\server\\share\\x.png", "x.png"),
        ("//server/share/x.png", "x.png"),
        ("a/../../x.png", "x.png"),
        ("http://a.b/c.png", "c.png"),
        ("a.png\0.jpg", "a.png.jpg"),
        ("..", ""),
        ("", ""),
        ("a/./b.png", "a/b.png"),
        ("a\\b.png", "a/b.png"),
    ],
)
def test_names_stay_in_their_folder(name, safe):
    report = Report()
    assert safe_name(name, report) == safe
    assert ("outside" in report.counts) == (safe not in ("", "a/b.png") or name == "..")


def test_links_that_lead_out_are_not_followed(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    (inside / "sub").mkdir(parents=True)
    outside.mkdir()
    (outside / "a.png").write_bytes(b"1")
    (inside / "real.png").write_bytes(b"1")
    os.symlink(outside / "a.png", inside / "file.png")
    os.symlink(outside, inside / "folder")
    os.symlink(inside / "real.png", inside / "sub/same.png")
    os.symlink(inside, tmp_path / "door")
    report = Report()
    assert not stays_inside(inside, "file.png", report)
    assert not stays_inside(inside, "folder/a.png", report)
    assert report.counts == {"linked": 2}
    assert stays_inside(inside, "sub/same.png", report)
    assert stays_inside(tmp_path / "door", "real.png", report)
    assert report.counts == {"linked": 2}


def _labelme(tmp_path, **fields):
    data = {"shapes": [], "imagePath": "a.png", "imageHeight": 10, "imageWidth": 10, **fields}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    return path


def test_a_linked_image_is_missing_and_said(tmp_path):
    away = tmp_path / "away/secret.png"
    away.parent.mkdir()
    Image.fromarray(np.zeros((10, 10), np.uint8)).save(away)
    folder = tmp_path / "set"
    folder.mkdir()
    os.symlink(away, folder / "a.png")
    reading = registry.get("labelme").read(_labelme(folder), ReadOptions())
    (image,) = reading.images()
    assert not image.present
    assert reading.report.counts["linked"] >= 1


# -- XML


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://localhost/x.dtd">',
        '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;&l;&l;&l;&l;">]>',
        "<!DOCTYPE annotations>",
    ],
)
def test_xml_with_entities_is_not_read(tmp_path, head):
    path = tmp_path / "a.xml"
    body = '<annotations><image name="a" width="1" height="1"/></annotations>'
    path.write_text(f'<?xml version="1.0"?>{head}{body}')
    with pytest.raises(EngineError, match=r"a\.xml declares a document type or entities"):
        registry.get("cvat").read(path, ReadOptions())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<annotations><image>", "not whole XML"),
        ("nothing", "not whole XML"),
        ("", "not whole XML"),
        ("<a>" * 100 + "</a>" * 100, "more than 64 deep"),
        ("<image>" + "x" * (1 << 21) + "</image>", "too much text"),
        ("<a><b/></a>", "no images and no tracks"),
        ('<?xml version="1.0" encoding="utf-99"?><a/>', "not whole XML"),
    ],
)
def test_xml_that_is_broken_is_refused(tmp_path, text, said):
    path = tmp_path / "a.xml"
    path.write_text(text)
    with pytest.raises(EngineError, match=said):
        registry.get("cvat").read(path, ReadOptions())


def test_large_xml_is_gone_through_element_by_element(tmp_path):
    path = tmp_path / "a.xml"
    with path.open("w") as file:
        file.write("<annotations>")
        for at in range(20_000):
            file.write(f'<image id="{at}" name="{at}.jpg" width="9" height="9"/><noise/>')
        file.write("</annotations>")
    assert sum(1 for _ in elements(path, "image")) == 20_000


# -- shapes that are none

_PNG = base64.b64encode(png_bytes(np.ones((4, 4), np.uint8))).decode()


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ({"shape_type": "mask", "points": [[0, 0], [3, 3]], "mask": "###"}, "bad shape"),
        ({"shape_type": "mask", "points": [[0, 0], [3, 3]], "mask": _PNG[:40]}, "bad shape"),
        ({"shape_type": "mask", "points": [[1e9, 0], [3, 3]], "mask": _PNG}, "bad shape"),
        ({"shape_type": "mask", "points": [[12, 12], [15, 15]], "mask": _PNG}, "empty mask"),
        ({"shape_type": "mask", "points": [], "mask": _PNG}, "bad shape"),
        ({"shape_type": "star", "points": [[0, 0], [1, 1], [2, 0]]}, "bad shape"),
        ({"shape_type": "polygon", "points": "x"}, "bad polygon"),
        ({"shape_type": "circle", "points": [[0, 0], [1e200, 0]]}, "far polygon"),
    ],
)
def test_shapes_of_labelme_that_are_none_are_left_out(tmp_path, shape, kind):
    path = _labelme(tmp_path, shapes=[{"label": "x", **shape}, 7])
    Image.fromarray(np.zeros((10, 10), np.uint8)).save(tmp_path / "a.png")
    reading = registry.get("labelme").read(path, ReadOptions())
    (image,) = reading.images()
    assert not image.objects
    assert kind in reading.report.counts


@pytest.mark.parametrize(
    "attributes",
    [
        'rle="1, 2" left="0" top="0" width="3" height="3"',
        'rle="9999999999999999999999" left="0" top="0" width="3" height="3"',
        'rle="0, 9" left="99999999999" top="0" width="3" height="3"',
        'rle="0, 9" left="0" top="0" width="nan" height="3"',
        'rle="0, 9" left="0" top="0" width="1e999" height="3"',
        'rle="0,10000000000" left="0" top="0" width="100000" height="100000"',
        'rle="" left="0" top="0"',
        'rle="x"',
    ],
)
def test_masks_of_cvat_that_are_none_are_left_out(tmp_path, attributes):
    path = tmp_path / "a.xml"
    image = f'<image name="a.png" width="9" height="9"><mask label="x" {attributes}/></image>'
    path.write_text(f"<annotations>{image}</annotations>")
    reading = registry.get("cvat").read(path, ReadOptions())
    (found,) = reading.images()
    assert not found.objects
    assert reading.report.left_out == 1


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("0 .1 .1 .9", "odd polygon"),
        ("0 .1 .1 .9 .9", "box only"),
        ("x .1 .1 .9 .9 .5 .5", "bad entry"),
        ("-1 .1 .1 .9 .9 .5 .1", "bad entry"),
        ("1e9 .1 .1 .9 .9 .5 .1", "bad entry"),
        ("nan .1 .1 .9 .9 .5 .1", "bad entry"),
        ("0 nan .1 .9 .9 .5 .1", "bad polygon"),
        ("0 1e300 .1 .9 .9 .5 .1", "far polygon"),
        ("7 .1 .1 .9 .1 .5 .9", "unknown value"),
    ],
)
def test_lines_of_yolo_that_are_none(tmp_path, line, kind):
    Image.fromarray(np.zeros((10, 10), np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.txt").write_text(f"{line}\n")
    (tmp_path / "data.yaml").write_text("names: [a]")
    reading = registry.get("yolo-seg").read(tmp_path, ReadOptions())
    (image,) = reading.images()
    assert kind in reading.report.counts
    assert len(image.objects) == (kind == "unknown value")


def test_a_bitmap_that_unpacks_without_end_is_left_out(tmp_path):
    bomb = base64.b64encode(zlib.compress(b"\0" * (80 << 20), 9)).decode()
    ann = tmp_path / "ds/ann/a.jpg.json"
    ann.parent.mkdir(parents=True)
    each = {"classTitle": "x", "geometryType": "bitmap", "bitmap": {"data": bomb, "origin": [0, 0]}}
    ann.write_text(json.dumps({"size": {"height": 9, "width": 9}, "objects": [each]}))
    (tmp_path / "meta.json").write_text('{"classes": []}')
    reading = registry.get("supervisely").read(tmp_path, ReadOptions())
    (image,) = reading.images()
    assert not image.objects
    assert reading.report.counts["bad shape"] == 1


def test_a_label_picture_that_is_too_large_is_not_decoded(tmp_path):
    def chunk(kind, data):
        return (
            len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        )

    head = (60_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    (tmp_path / "SegmentationClass").mkdir()
    (tmp_path / "SegmentationClass/a.png").write_bytes(data)
    reading = registry.get("voc").read(tmp_path, ReadOptions())
    assert list(reading.images()) == []
    assert reading.report.counts == {"bad file": 1}


@pytest.mark.parametrize("value", [7, "x", True, {"a": 1}, None, 1.5])
def test_a_value_where_a_list_belongs(tmp_path, value):
    """Whatever stands there, the image comes in without masks."""
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "a.png")
    item = {"id": "a", "image": {"path": "a.png", "size": [9, 9]}, "annotations": value}
    files = {
        "datumaro": {"categories": {"label": {"labels": value}}, "items": [item]},
        "label-studio": [{"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": value}]}],
    }
    for name, content in files.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(content))
        (image,) = registry.get(name).read(path, ReadOptions()).images()
        assert not image.objects


# -- sound files with bytes changed


FILES = {"coco": "o.json", "coco-panoptic": "o.json", "coco-stuff": "stuff_o.json", "cvat": "o.xml"}
NAMES = (
    "coco",
    "coco-stuff",
    "coco-panoptic",
    "voc",
    "cityscapes",
    "yolo-seg",
    "labelme",
    "cvat",
    "png-instances",
)


@pytest.mark.parametrize("name", NAMES)
def test_changed_bytes_never_crash_a_reader(tmp_path, name):
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((0, 0, 97, 9)), 3))
    objects = [
        Annotation(id=at, class_id=2, mask=SHAPES[shape], order=at)
        for at, shape in enumerate(("donut", "6 x 6", "border"))
    ]
    image = SheetImage(key=1, file_name="a.png", size=SIZE)
    sheet = Sheet(image=image, objects=objects, layer=layer)
    target = tmp_path / "out" / FILES.get(name, "")
    work = Work(taxonomy=CLASSES, images=[image], sheets=lambda: iter([sheet]))
    registry.get(name).write(target, work)
    Image.fromarray(np.zeros(SIZE, np.uint8)).save(tmp_path / "out/a.png.jpg")
    files = [each for each in (tmp_path / "out").rglob("*") if each.is_file()]
    sound = {each: each.read_bytes() for each in files}
    chance = random.Random(name)
    refused, read = [], 0
    for _ in range(120):
        path = chance.choice(files)
        data = bytearray(sound[path])
        for _ in range(chance.choice((1, 1, 4, 30))):
            at = chance.randrange(len(data))
            if chance.random() < 0.3:
                del data[at : at + chance.randrange(1, 9)]
            else:
                data[at] = chance.randrange(256)
            if not data:
                break
        path.write_bytes(data)
        try:
            for found in registry.get(name).read(target, ReadOptions()).images():
                for each in found.objects:
                    left, top, right, bottom = each.mask.box
                    assert min(left, top) >= 0
                    assert right <= found.size[1]
                    assert bottom <= found.size[0]
            read += 1
        except EngineError as error:
            refused.append(str(error))
        path.write_bytes(sound[path])
    assert read + len(refused) == 120
    assert read
    assert all(10 < len(text) < 600 for text in refused)
