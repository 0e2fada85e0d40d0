"""The parts that formats share, each by itself."""

import base64
import json
import zlib
from importlib.metadata import EntryPoint

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.formats import registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.cvat_shapes import bits_of, runs_of
from engine.formats.format import Format, Kinds, ReadOptions, Work
from engine.formats.label_masks import value_masks
from engine.formats.label_png import png_bytes, voc_palette
from engine.formats.label_studio_rle import decode
from engine.formats.polygons import INSET, draw, one_ring
from engine.formats.report import Report
from engine.formats.resolve import Resolver, claims, flatten
from engine.formats.simple_yaml import parse, quoted
from engine.masks.class_map import ClassMap
from engine.masks.components import components, fill_holes
from engine.masks.mask import Mask
from tests.engine.formats.shapes import LARGE, LARGE_SIZE, SHAPES, SIZE
from tests.engine.formats.sheets import taxonomy

CLASSES = taxonomy(("cat", {}), ("dog", {}), ("sky", {"thing": False}))


# -- who gets a pixel

LOW, HIGH = Mask.rectangle((0, 0, 20, 20)), Mask.rectangle((10, 0, 40, 20))


def overlapping():
    objects = [
        Annotation(id=1, class_id=2, mask=LOW, order=1),
        Annotation(id=2, class_id=3, mask=HIGH, order=2),
    ]
    image = SheetImage(key=1, file_name="a.png", size=(30, 40))
    return Sheet(image=image, objects=objects, layer=ClassMap((30, 40)))


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ("order", LOW - HIGH, HIGH),
        ("smaller", LOW, HIGH - LOW),
        ("void", LOW - HIGH, HIGH - LOW),
    ],
)
def test_pixels_claimed_twice_go_by_the_rule(rule, first, second):
    flat = flatten(overlapping(), {2, 3}, Resolver(rule))
    masks = value_masks(flat.owner)
    assert masks[1].same(first)
    assert masks[2].same(second)
    assert np.count_nonzero(flat.void) == (200 if rule == "void" else 0)


def test_what_a_person_has_to_decide_is_found():
    found = claims(overlapping(), {2, 3})
    assert found.twice.same(Mask.rectangle((10, 0, 20, 20)))
    assert found.nobody.same(Mask.rectangle((0, 20, 40, 30)))


def test_pixels_of_nobody_may_be_refused():
    with pytest.raises(EngineError, match=r"400 pixels of a\.png belong to nothing"):
        flatten(overlapping(), {2, 3}, Resolver(refuse=True))


# -- outlines


@pytest.mark.parametrize("name", SHAPES)
def test_one_ring_is_the_mask(name):
    for masks, size in ((SHAPES, SIZE), (LARGE, LARGE_SIZE)):
        back = draw([one_ring(masks[name]).tolist()], size, Report(), "")
        assert back.same(masks[name])


@given(st.integers(0, 2**32 - 1), st.floats(0.02, 0.98))
def test_one_ring_of_anything_is_the_mask(seed, share):
    bits = np.random.default_rng(seed).random((17, 23)) < share
    mask = Mask.from_bits(bits)
    if mask:
        assert draw([one_ring(mask).tolist()], (17, 23), Report(), "").same(mask)


@given(st.integers(0, 2**32 - 1), st.floats(0.3, 0.8))
def test_a_ring_drawn_in_is_the_mask_for_those_who_paint_the_line_too(seed, share):
    bits = np.random.default_rng(seed).random((17, 23)) < share
    parts = components(Mask.from_bits(bits))
    if not parts:
        return
    mask = fill_holes(max(parts, key=lambda part: part.area))
    ring = one_ring(mask, INSET)
    assert draw([ring.tolist()], (17, 23), Report(), "").same(mask)
    painted = np.zeros((17, 23), np.uint8)
    cv2.fillPoly(painted, [ring.astype(np.int32)], 1)
    assert Mask.from_bits(painted > 0).same(mask)


def test_a_hole_costs_nothing_when_the_line_is_painted():
    ring = one_ring(SHAPES["donut"], INSET)
    painted = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(painted, [ring.astype(np.int32)], 1)
    assert Mask.from_bits(painted > 0).same(SHAPES["donut"])


@pytest.mark.parametrize(
    ("points", "kind"),
    [
        ([[0, 0], [1, 1]], "short polygon"),
        ([0, 0, 5], "odd polygon"),
        ([[0, 0], [float("nan"), 1], [2, 2]], "bad polygon"),
        ([[0, 0], [1e300, 1], [2, 2]], "far polygon"),
        ("0,0", "bad polygon"),
        (None, "bad polygon"),
        ([[0, 0], ["x", 1], [2, 2]], "bad polygon"),
        ([[[0, 0]]], "bad polygon"),
        ([[-9, -9], [-8, -9], [-8, -8]], "empty mask"),
    ],
)
def test_outlines_that_are_none_are_left_out(points, kind):
    report = Report()
    assert draw([points], (30, 40), report, "a") is None
    assert kind in report.counts


# -- run lengths


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_runs_of_cvat_there_and_back(height, width, seed):
    bits = np.random.default_rng(seed).random((height, width)) < 0.5
    runs = runs_of(bits)
    plain, inside = [], False
    for run in runs:
        plain += [inside] * run
        inside = not inside
    assert plain == bits.ravel().tolist()
    assert np.array_equal(bits_of(np.array(runs), height, width), bits)


@pytest.mark.parametrize("runs", [[1], [-1, 13], [5, 5, 5]])
def test_runs_that_do_not_fit_are_none(runs):
    assert bits_of(np.array(runs), 3, 4) is None


def brush(bits, sizes=(3, 4, 8, 16)):
    """Label Studio's stream for a picture, by the description of rle-pack."""
    rgba = np.zeros((*bits.shape, 4), np.uint8)
    rgba[bits] = 255
    values = rgba.ravel().tolist()
    out = f"{len(values):032b}{7:05b}" + "".join(f"{size - 1:04b}" for size in sizes)
    at = 0
    while at < len(values):
        end = at
        while end < len(values) and values[end] == values[at] and end - at < 2 ** sizes[3]:
            end += 1
        count = end - at
        if count == 1:  # a block of two values that differ
            count = min(2, len(values) - at)
            which = 0
            out += f"0{which:02b}{count - 1:0{sizes[which]}b}"
            out += "".join(f"{value:08b}" for value in values[at : at + count])
        else:
            which = next(place for place, size in enumerate(sizes) if count <= 2**size)
            out += f"1{which:02b}{count - 1:0{sizes[which]}b}{values[at]:08b}"
        at += count
    out += "0" * (-len(out) % 8)
    return [int(out[place : place + 8], 2) for place in range(0, len(out), 8)]


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_brushes_of_label_studio_are_read_bit_by_bit(height, width, seed):
    bits = np.random.default_rng(seed).random((height, width)) < 0.5
    assert np.array_equal(decode(brush(bits), (height, width)), bits)


def test_brushes_that_are_damaged_are_none():
    good = brush(np.eye(6, dtype=bool))
    assert decode(good, (6, 6)) is not None
    assert decode(good, (6, 7)) is None
    assert decode([*good[:3], 300, *good[4:]], (6, 6)) is None
    assert decode("text", (6, 6)) is None
    for length in range(len(good) - 1):
        assert decode(good[:length], (6, 6)) is None


# -- tables and small files


def test_the_palette_of_voc():
    colors = voc_palette()
    assert colors[[0, 1, 2, 15, 255]].tolist() == [
        [0, 0, 0],
        [128, 0, 0],
        [0, 128, 0],
        [192, 128, 128],
        [224, 224, 192],
    ]
    assert len({tuple(color) for color in colors.tolist()}) == 256


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names: [a, 'b, c', \"d # e\"]  # three\nnc: 3", ["a", "b, c", "d # e"]),
        ("names:\n  0: a\n  1: 'b: c'\n  10: d\ntrain: x", {"0": "a", "1": "b: c", "10": "d"}),
        ('names:\n- a\n- "b"\n', ["a", "b"]),
        ("names: {0: a, 1: b}", {"0": "a", "1": "b"}),
        ("nc: 2\nnames: ['a',\n  'b']\n", ["a", "b"]),
        ("path: C:\\data\nnames:\n  - a # one\n  - b", ["a", "b"]),
    ],
)
def test_names_in_data_yaml(text, names):
    assert parse(text)["names"] == names


@given(
    st.text(min_size=1, max_size=20).filter(
        lambda text: text.strip() == text and text.isprintable()
    )
)
def test_any_name_comes_back_from_yaml(name):
    assert parse(f"names:\n  0: {quoted(name)}\n")["names"] == {"0": name}


def test_value_masks_of_scattered_values():
    values = np.random.default_rng(0).integers(0, 50, (40, 60)).astype(np.uint16)
    found = value_masks(values)
    assert sorted(found) == sorted(set(values.ravel().tolist()) - {0})
    for value, mask in found.items():
        assert np.array_equal(mask.read((0, 0, 60, 40)), values == value)
    assert value_masks(np.zeros((3, 3), np.uint8)) == {}


# -- other programs' forms that no real file here has


def photo(path, size=SIZE):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((*size, 3), np.uint8)).save(path)


def read_all(path, name, **options):
    form = registry.detect(path)
    assert form.name == name
    reading = form.read(path, ReadOptions(**options))
    images = list(reading.images())
    return images, {each.key: each.name for each in reading.classes}, reading.report


def test_supervisely_bitmaps_and_polygons_with_holes(tmp_path):
    photo(tmp_path / "ds/img/a.jpg")
    shape = SHAPES["donut"]
    left, top = shape.box[:2]
    bits = (shape.read(shape.box) * 255).astype(np.uint8)
    data = base64.b64encode(zlib.compress(png_bytes(bits))).decode()
    hole = [[20, 20], [30, 20], [30, 30], [20, 30]]
    outer = [[10, 10], [40, 10], [40, 40], [10, 40]]
    objects = [
        {
            "classTitle": "ring",
            "geometryType": "bitmap",
            "bitmap": {"data": data, "origin": [left, top]},
        },
        {
            "classTitle": "frame",
            "geometryType": "polygon",
            "points": {"exterior": outer, "interior": [hole]},
        },
        {"classTitle": "frame", "geometryType": "line", "points": {"exterior": outer}},
    ]
    ann = tmp_path / "ds/ann/a.jpg.json"
    ann.parent.mkdir()
    size = {"height": SIZE[0], "width": SIZE[1]}
    ann.write_text(json.dumps({"size": size, "objects": objects}))
    meta = {"classes": [{"title": "ring", "shape": "bitmap", "color": "#ff0080"}]}
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    (image,), names, report = read_all(tmp_path, "supervisely")
    assert image.present
    assert [names[each.class_key] for each in image.objects] == ["ring", "frame"]
    assert image.objects[0].mask.same(shape)
    want = Mask.rectangle((10, 10, 40, 40)) - Mask.rectangle((20, 20, 30, 30))
    assert image.objects[1].mask.same(want)
    assert report.counts == {"no area": 1}


def test_label_studio_brushes_ellipses_and_uploaded_names(tmp_path):
    photo(tmp_path / "images/my photo.jpg")
    size = {"original_height": SIZE[0], "original_width": SIZE[1]}
    results = [
        {
            "id": "b",
            "type": "brushlabels",
            **size,
            "value": {
                "format": "rle",
                "rle": brush(SHAPES["donut"].read((0, 0, SIZE[1], SIZE[0]))),
                "brushlabels": ["ring"],
            },
        },
        {
            "id": "e",
            "type": "ellipselabels",
            **size,
            "value": {
                "x": 50,
                "y": 50,
                "radiusX": 20,
                "radiusY": 10,
                "rotation": 0,
                "ellipselabels": ["egg"],
            },
        },
    ]
    task = {
        "id": 1,
        "annotations": [{"result": [], "was_cancelled": True}, {"result": results}],
        "data": {"image": "/data/upload/7/0a1b2c3d-my%20photo.jpg"},
    }
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]))
    (image,), names, report = read_all(path, "label-studio")
    assert (image.present, image.path.name) == (True, "my photo.jpg")
    assert [names[each.class_key] for each in image.objects] == ["ring", "egg"]
    assert image.objects[0].mask.same(SHAPES["donut"])
    across, down = SIZE[1] * 0.2, SIZE[0] * 0.1
    assert image.objects[1].mask.area == pytest.approx(np.pi * across * down, rel=0.02)
    assert report.remarks() == []


def test_datumaro_masks_polygons_and_groups(tmp_path):
    photo(tmp_path / "images/train/a.jpg")
    from engine.masks import rle

    square = [10, 10, 20, 10, 20, 20, 10, 20]
    annotations = [
        {"id": 1, "type": "mask", "label_id": 1, "rle": dict(rle.encode(SHAPES["donut"], SIZE))},
        {"id": 2, "type": "polygon", "label_id": 0, "group": 5, "points": square},
        {
            "id": 3,
            "type": "polygon",
            "label_id": 0,
            "group": 5,
            "points": [each + 30 for each in square],
        },
        {"id": 4, "type": "bbox", "label_id": 0, "bbox": [1, 1, 5, 5]},
    ]
    item = {"id": "a", "annotations": annotations, "image": {"path": "a.jpg", "size": [*SIZE]}}
    data = {
        "info": {},
        "categories": {"label": {"labels": [{"name": "cat"}, {"name": "ring"}]}},
        "items": [item],
    }
    path = tmp_path / "annotations/train.json"
    path.parent.mkdir()
    path.write_text(json.dumps(data))
    (image,), names, report = read_all(tmp_path, "datumaro")
    assert image.present
    assert [(names[each.class_key], each.mask.area) for each in image.objects] == [
        ("ring", SHAPES["donut"].area),
        ("cat", 200),
    ]
    assert report.counts == {"box only": 1}


def test_labelme_polygons_circles_groups_and_images_beside_the_file(tmp_path):
    photo(tmp_path / "a.jpg")

    def shape(kind, points, **more):
        return {"label": "x", "shape_type": kind, "points": points, "flags": {}, **more}

    shapes = [
        shape("polygon", [[0, 0], [10, 0], [10, 10], [0, 10]], group_id=1),
        shape("rectangle", [[20, 20], [30, 30]], group_id=1),
        shape("circle", [[50, 50], [60, 50]], description="round", mine=7),
        shape("linestrip", [[0, 0], [5, 5]]),
    ]
    data = {"version": "5", "shapes": shapes, "imagePath": "..\\photos\\a.jpg", "imageData": None}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data | {"imageHeight": SIZE[0], "imageWidth": SIZE[1]}))
    (image,), _, report = read_all(path, "labelme")
    assert image.present
    first, second = image.objects
    want = Mask.rectangle((0, 0, 10, 10)) | Mask.rectangle((20, 20, 30, 30))
    assert first.mask.same(want)
    assert second.mask.area == pytest.approx(314, abs=8)
    assert second.extra == {"mine": 7, "description": "round"}
    assert report.counts == {"no area": 1}


def test_roboflow_s_yolo_folders_of_splits(tmp_path):
    photo(tmp_path / "train/images/a.jpg", (50, 100))
    photo(tmp_path / "valid/images/a.jpg", (50, 100))
    for split, line in (("train", "0 0 0 .5 0 .5 1 0 1"), ("valid", "1 .5 0 1 0 1 1 .5 1")):
        label = tmp_path / split / "labels/a.txt"
        label.parent.mkdir()
        label.write_text(line + "\n")
    (tmp_path / "data.yaml").write_text("train: ../train/images\nnc: 2\nnames: ['a', 'b']\n")
    images, names, _ = read_all(tmp_path, "yolo-seg")
    found = {image.path.parts[-3]: image.objects[0] for image in images}
    assert names[found["train"].class_key] == "a"
    assert found["train"].mask.same(Mask.rectangle((0, 0, 50, 50)))
    assert found["valid"].mask.same(Mask.rectangle((50, 0, 100, 50)))
    assert len({image.file_name for image in images}) == 2


def test_the_polygons_of_cityscapes(tmp_path):
    photo(tmp_path / "leftImg8bit/val/x/x_1_leftImg8bit.png", (40, 60))
    sky = [[0, 0], [60, 0], [60, 40], [0, 40]]
    car = [[10, 10], [20, 10], [20, 20], [10, 20]]
    data = {
        "imgHeight": 40,
        "imgWidth": 60,
        "objects": [
            {"label": "sky", "polygon": sky},
            {"label": "car", "polygon": car},
            {"label": "cargroup", "polygon": [[x + 20, y] for x, y in car]},
        ],
    }
    path = tmp_path / "gtFine/val/x/x_1_gtFine_polygons.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(data))
    (image,), names, _ = read_all(tmp_path, "cityscapes")
    assert image.present
    assert [(names[e.class_key], e.mask.area, e.crowd) for e in image.objects] == [
        ("car", 100, False),
        ("car", 100, True),
    ]
    assert {names[key]: mask.area for key, mask in image.layer.items()} == {"sky": 2200}


# -- the registry


class _Odd(Format):
    name = "odd"
    words = "Odd"

    def detect(self, path):
        return 1.0 if path.suffix == ".odd" else 0.0


class _Thief(_Odd):
    name = "coco"


@pytest.fixture
def with_plug_ins(monkeypatch):
    points = [
        EntryPoint("odd", f"{__name__}:_Odd", registry.GROUP),
        EntryPoint("thief", f"{__name__}:_Thief", registry.GROUP),
        EntryPoint("gone", "no.such.module:X", registry.GROUP),
        EntryPoint("other", "json:JSONDecoder", registry.GROUP),
    ]
    kinds = {"odd": _Odd, "thief": _Thief, "other": dict}

    class Point:
        def __init__(self, point):
            self.name = point.name

        def load(self):
            return kinds[self.name]

    monkeypatch.setattr(registry, "entry_points", lambda group: [Point(p) for p in points])
    registry.plug_ins.cache_clear()
    yield
    registry.plug_ins.cache_clear()


def test_plug_ins_are_formats_too_but_take_no_other_s_place(with_plug_ins, tmp_path):
    assert registry.get("odd").words == "Odd"
    assert type(registry.get("coco")).__module__ == "engine.formats.coco"
    said = " ".join(registry.plug_ins()[1])
    assert all(name in said for name in ("thief", "gone", "other"))
    path = tmp_path / "x.odd"
    path.write_text("")
    assert registry.detect(path).name == "odd"
    with pytest.raises(EngineError, match="Odd can be written but not read"):
        registry.get("odd").read(path, ReadOptions())
    with pytest.raises(EngineError, match="Odd can be read but not written"):
        registry.get("odd").write(path, Work(taxonomy=CLASSES, images=[], sheets=lambda: iter(())))


def test_names_that_are_none_are_refused(tmp_path):
    with pytest.raises(EngineError, match=r"no format\. There are: coco"):
        registry.get("pdf")
    with pytest.raises(EngineError, match="There is no"):
        registry.detect(tmp_path / "nothing")
    (tmp_path / "x.bin").write_bytes(b"123")
    with pytest.raises(EngineError, match="cannot be told"):
        registry.detect(tmp_path / "x.bin")


def test_what_is_lost_is_said_with_its_count():
    kinds = Kinds(objects=3, shared=1, crowds=2, scored=5)
    texts = [each.text for each in registry.get("voc").losses(CLASSES, kinds)]
    assert texts == [
        "1 object lies partly under others and loses the pixels it shares with them.",
        "2 crowds are written as objects.",
        "5 scores are left out.",
    ]
    own = registry.get("cityscapes").losses(CLASSES, Kinds())
    assert [(each.count, each.text[:9]) for each in own] == [(2, "2 classes")]
