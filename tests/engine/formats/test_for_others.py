"""What other programs need of a file beyond the pixels: names, places, one crowd of a class."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engine.document.annotation import Annotation
from engine.formats import registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.format import ReadOptions, Work
from engine.formats.kinds import count_kinds
from engine.formats.panoptic_write import _Ids
from engine.formats.png_read import Target
from engine.formats.verify_any import verify_any
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.sheets import taxonomy

SIZE = (30, 40)
LEFT, RIGHT = Mask.rectangle((2, 3, 10, 20)), Mask.rectangle((20, 3, 31, 22))
ODD = ("road: wet", "#1", "background", "Void", "road_ wet", " # 2", "ok")


@pytest.fixture
def written(tmp_path):
    """Write one image in a format; answers the target and what is read back from it."""

    def go(name, classes, objects, regions=(), file="", **fields):
        layer = ClassMap(SIZE)
        for class_id, mask in regions:
            layer = layer.flip(layer.change(mask, class_id))
        made = [
            Annotation(id=at, class_id=kind, mask=mask, order=at, **fields)
            for at, (kind, mask) in enumerate(objects, 1)
        ]
        image = SheetImage(key=1, file_name="a.png", size=SIZE)
        sheet = Sheet(image=image, objects=made, layer=layer)
        photos = tmp_path / "photos"
        photos.mkdir(exist_ok=True)
        Image.new("L", SIZE[::-1]).save(photos / "a.png")
        target = tmp_path / "out" / file
        form = registry.get(name)
        form.write(target, Work(taxonomy=classes, images=[image], sheets=lambda: iter([sheet])))
        options = ReadOptions(images=photos, known={"a.png": photos / "a.png"})
        reading = form.read(target, options)
        (found,) = reading.images()
        names = {each.key: each.name for each in reading.classes}
        assert verify_any(form, target, options).problems == []
        losses = [each.text for each in form.losses(classes, count_kinds([sheet], classes))]
        return target, found, names, losses

    return go


@pytest.mark.parametrize(("name", "file"), [("coco-panoptic", "p.json"), ("cityscapes", "")])
def test_crowds_of_a_class_are_one_segment(written, name, file):
    """Evaluation knows one crowd of a class in an image, and counts a second as wrong."""
    classes = taxonomy(("car", {}), ("person", {}))
    objects = [(2, LEFT), (3, Mask.rectangle((12, 25, 18, 29))), (2, RIGHT)]
    target, found, names, losses = written(name, classes, objects, file=file, crowd=True)
    there = {names[each.class_key]: each for each in found.objects}
    assert len(found.objects) == 2
    assert all(each.crowd for each in found.objects)
    assert there["car"].mask.same(LEFT | RIGHT)
    assert "1 crowd is written together with another of its class and image." in losses
    if file:
        (entry,) = json.loads(target.read_text())["annotations"]
        cars = [each for each in entry["segments_info"] if each["category_id"] == 1]
        assert [each["area"] for each in cars] == [(LEFT | RIGHT).area]
        assert cars[0]["bbox"] == [2, 3, 29, 19]


@pytest.mark.parametrize(("share", "polygons"), [(0.1, 40), (0.02, 10)])
def test_regions_and_groups_of_cityscapes_have_a_polygon_for_each_part(tmp_path, share, polygons):
    """One through all parts would be painted between them, too."""
    dust = Mask.from_bits(np.random.default_rng(1).random(SIZE) < share)
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(dust - LEFT, 3))
    crowd = Annotation(id=1, class_id=2, mask=dust & LEFT, crowd=True, order=1)
    image = SheetImage(key=1, file_name="a.png", size=SIZE)
    sheet = Sheet(image=image, objects=[crowd], layer=layer)
    Image.new("L", SIZE[::-1]).save(tmp_path / "a.png")
    classes = taxonomy(("car", {}), ("sky", {"thing": False}))
    work = Work(taxonomy=classes, images=[image], sheets=lambda: iter([sheet]), polygons=True)
    form = registry.get("cityscapes")
    form.write(tmp_path / "out", work)
    for each in (tmp_path / "out").rglob("*.png"):
        each.unlink()
    (file,) = (tmp_path / "out").rglob("*_polygons.json")
    drawn = {"sky": np.zeros(SIZE, np.uint8), "cargroup": np.zeros(SIZE, np.uint8)}
    entries = json.loads(file.read_text())["objects"]
    for entry in entries:
        painted = Image.fromarray(drawn[entry["label"]])
        ImageDraw.Draw(painted).polygon([tuple(point) for point in entry["polygon"]], fill=1)
        drawn[entry["label"]] = np.asarray(painted)
    assert len(entries) > polygons
    assert Mask.from_bits(drawn["sky"] > 0).same(dust - LEFT)
    assert Mask.from_bits(drawn["cargroup"] > 0).same(dust & LEFT)
    (found,) = form.read(tmp_path / "out", ReadOptions(images=tmp_path)).images()
    assert [(each.crowd, each.mask.same(dust & LEFT)) for each in found.objects] == [(True, True)]
    assert [mask.same(dust - LEFT) for mask in found.layer.values()] == [True]


def test_one_crowd_and_one_object_of_a_class_stay_two(written):
    classes = taxonomy(("car", {}))
    _, found, _, losses = written("coco-panoptic", classes, [(2, LEFT), (2, RIGHT)], file="p.json")
    assert len(found.objects) == 2
    assert not any("together" in each for each in losses)


def test_many_objects_of_a_class_get_numbers_one_by_one():
    """From the colour of their class on; two classes of one colour share no number."""
    ids = _Ids()
    given = [ids.of(color) for _ in range(20_000) for color in (5, 5 + 2_654_435, 0)]
    assert given[:2] == [5, 5 + 2_654_435]
    assert len(set(given)) == len(given)
    assert 0 < min(given) < max(given) < 1 << 24


def test_regions_have_numbers_among_the_objects_of_voc(written):
    """Programs that read objects pass over pixels without a number."""
    classes = taxonomy(("car", {}), ("Sky", {"thing": False}))
    target, found, names, _ = written("voc", classes, [(2, LEFT)], [(3, RIGHT)])
    with Image.open(target / "SegmentationObject/a.png") as png:
        owner = np.asarray(png)
    assert np.array_equal(owner == 2, RIGHT.read((0, 0, *SIZE[::-1])))
    assert [names[each.class_key] for each in found.objects] == ["car"]
    assert {names[key]: mask.same(RIGHT) for key, mask in found.layer.items()} == {"Sky": True}


def test_a_region_is_an_object_of_voc_where_nothing_says_otherwise(written):
    classes = taxonomy(("Sky", {"thing": False}))
    target, *_ = written("voc", classes, [], [(2, RIGHT)])
    (target / "classes.json").unlink()
    reading = registry.get("voc").read(target, ReadOptions(images=target.parent / "photos"))
    (found,) = reading.images()
    assert [each.mask.same(RIGHT) for each in found.objects] == [True]


def test_names_that_a_label_map_cannot_hold_are_told_beside_it(written):
    classes = taxonomy(*((name, {}) for name in ODD))
    parts = [(at, Mask.rectangle((4 * at, 1, 4 * at + 3, 9))) for at in range(2, 2 + len(ODD))]
    target, found, names, _ = written("voc", classes, parts)
    read = {names[each.class_key]: each.mask for each in found.objects}
    assert set(read) == {name.strip() for name in ODD}
    assert all(read[name.strip()].same(mask) for name, (_, mask) in zip(ODD, parts, strict=True))
    lines = (target / "labelmap.txt").read_text().splitlines()
    assert [line.count(":") for line in lines[1:]] == [3] * (len(ODD) + 2)
    called = [line.split(":")[0] for line in lines[1:]]
    assert len({each.casefold() for each in called}) == len(called)
    assert not any(each.startswith("#") for each in called)


WORDS = ("background", "Void", "ignore", "unlabeled", "no class", "cargroup", "a, b", "null", "- x")
WORDS += ("# 7", "{a}", "&amp;", "]]>", "a\tb", "two\nlines", "%s", "é\u2028z", "0", "ego vehicle")


@pytest.mark.parametrize("thing", [True, False])
@pytest.mark.parametrize(
    ("name", "file", "asked"),
    [
        ("coco", "o.json", {}),
        ("coco-panoptic", "p.json", {}),
        ("coco-stuff", "stuff.json", {}),
        ("voc", "", {}),
        ("cityscapes", "", {}),
        ("cityscapes", "", {"polygons": True}),
        ("yolo-seg", "", {}),
        ("labelme", "", {}),
        ("cvat", "a.xml", {}),
        ("png", "", {}),
        ("png", "", {"colors": True}),
    ],
)
def test_classes_keep_their_names_whatever_these_mean_elsewhere(tmp_path, name, file, asked, thing):
    classes = taxonomy(*((word, {"thing": thing}) for word in WORDS))
    size = (9, 4 * len(WORDS) + 8)
    masks = {
        each.id: Mask.rectangle((4 * each.id - 4, 1, 4 * each.id - 1, 7))
        for each in classes.classes
    }
    layer, objects = ClassMap(size), []
    for class_id, mask in masks.items():
        if thing:
            objects.append(Annotation(id=class_id, class_id=class_id, mask=mask, order=class_id))
        else:
            layer = layer.flip(layer.change(mask, class_id))
    sheet = Sheet(
        image=SheetImage(key=1, file_name="a.png", size=size), objects=objects, layer=layer
    )
    photo = tmp_path / "a.png"
    Image.new("L", size[::-1]).save(photo)
    target = tmp_path / "out" / file
    form = registry.get(name)
    work = Work(taxonomy=classes, images=[sheet.image], sheets=lambda: iter([sheet]), **asked)
    form.write(target, work)
    if "polygons" in asked:
        for each in target.rglob("*.png"):
            each.unlink()
    options = ReadOptions(images=tmp_path, known={"a.png": photo}, targets=[Target(photo, "a.png")])
    reading = form.read(target, options)
    (found,) = reading.images()
    names = {each.key: each.name for each in reading.classes}
    read = {names[each.class_key]: each.mask for each in found.objects}
    read |= {names[key]: mask for key, mask in found.layer.items()}
    assert set(read) == {*WORDS}
    assert all(read[each.name].same(masks[each.id]) for each in classes.classes)


def test_signs_that_xml_cannot_hold_are_replaced(written):
    _, found, names, _ = written("cvat", taxonomy(("be\x07ll", {})), [(2, LEFT)], file="a.xml")
    assert [names[each.class_key] for each in found.objects] == ["be�ll"]


def test_names_in_data_yaml_are_as_yaml_reads_them(written):
    yaml = pytest.importorskip("yaml")
    names = ["é\u2028z", "a\x85b\x7f", "\ufeff1", "no", "- x: {y}", "#'\"\\"]
    target, *_ = written("yolo-seg", taxonomy(*((name, {}) for name in names)), [(2, LEFT)])
    read = yaml.safe_load((target / "data.yaml").read_text())
    assert list(read["names"].values()) == names


def test_a_label_map_that_was_changed_by_hand_counts(written):
    classes = taxonomy(
        ("car", {}),
    )
    target, *_ = written("voc", classes, [(2, LEFT)])
    path = target / "labelmap.txt"
    path.write_text(path.read_text().replace("car:", "lorry:"))
    reading = registry.get("voc").read(target, ReadOptions(images=target.parent / "photos"))
    assert [each.name for each in reading.classes] == ["lorry"]


def test_labelme_finds_nothing_but_its_own_files(written):
    """Its converters open every *.json of a folder."""
    classes = taxonomy(("Sky", {"thing": False}), ("car", {}))
    target, found, names, _ = written("labelme", classes, [(3, LEFT)], [(2, RIGHT)])
    assert [each.name for each in target.glob("*.json")] == ["a.json"]
    assert [names[each.class_key] for each in found.objects] == ["car"]
    assert [names[key] for key in found.layer] == ["Sky"]  # as it was written, capital and all


def test_labelme_folders_of_before_say_what_is_a_region(written):
    classes = taxonomy(("Sky", {"thing": False}))
    target, *_ = written("labelme", classes, [], [(2, RIGHT)])
    (target / "classes.list").rename(target / "classes.json")
    reading = registry.get("labelme").read(target, ReadOptions(images=target.parent / "photos"))
    (found,) = reading.images()
    assert not found.objects
    assert [mask.same(RIGHT) for mask in found.layer.values()] == [True]


@pytest.mark.parametrize("name", ["voc", "yolo-seg"])
def test_images_that_are_named_go_before_the_copies_beside_the_export(written, name):
    target, *_ = written(name, taxonomy(("car", {})), [(2, LEFT)])
    beside = target / registry.get(name).pictures
    beside.mkdir(parents=True)
    photos = target.parent / "photos"
    shutil.copy(photos / "a.png", beside / "a.png")
    (found,) = registry.get(name).read(target, ReadOptions(images=photos)).images()
    assert (found.present, found.path) == (True, photos / "a.png")
    (found,) = registry.get(name).read(target, ReadOptions()).images()
    assert (found.present, found.path) == (True, beside / "a.png")


def test_data_yaml_counts_folders_from_itself(written):
    """A path of "." is the folder that training was started in, for Ultralytics."""
    target, *_ = written("yolo-seg", taxonomy(("car", {})), [(2, LEFT)])
    lines = (target / "data.yaml").read_text().splitlines()
    assert not [line for line in lines if line.startswith("path")]
    assert (target / "labels" / "a.txt").is_file()
    assert Path(lines[0].split(": ")[1]) == Path("images")
