"""An export that was changed in one place is found out by `verify`; as it was, it is sound."""

import json

import numpy as np
import pytest
from PIL import Image

from engine.document.document import Status
from engine.formats import registry
from engine.formats.format import ReadOptions
from engine.formats.verify import verify_file
from engine.formats.verify_any import verify_any
from engine.jobs.job import ExportSpec
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

SIZE = (30, 40)
TARGETS = {"coco": "o.json"}


@pytest.fixture
def exported(project, paint, run, blob, tmp_path):
    """Export three images with objects, a crowd and regions; answers the target."""
    for image in (1, 2, 3):
        paint(image, blob, blob.moved(18, 0))
        paint(image, Mask.rectangle((1, 18, 4, 20)), Mask.rectangle((8, 18, 9, 20)), crowd=True)
        layer = ClassMap(SIZE)
        layer = layer.flip(layer.change(Mask.rectangle((0, 21, 40, 30)), 3))
        project.add_annotations(image, layer=layer, status=Status.DONE)

    def go(name, **options):
        target = tmp_path / "out" / TARGETS.get(name, "set")
        spec = ExportSpec(project=str(project.path), target=str(target), format=name, **options)
        _, done, _ = run(spec)
        assert done.outcome == "done", done
        return target

    return go


def problems(name, target, tmp_path):
    if name == "coco":
        return verify_file(target).problems
    return verify_any(registry.get(name), target, ReadOptions(images=tmp_path)).problems


def picture(name, change):
    """Change the pixels of a picture of the first image."""

    def go(target):
        path = next(target.rglob(name))
        with Image.open(path) as image:
            array = np.array(image)
        Image.fromarray(np.ascontiguousarray(change(array))).save(path)

    return go


def cut(name):
    def go(target):
        path = next(target.rglob(name))
        path.write_bytes(path.read_bytes()[:60])

    return go


def gone(name):
    return lambda target: next(target.rglob(name)).unlink()


def data(name, change):
    """Change what a JSON file says."""

    def go(target):
        path = target if target.is_file() else next(target.rglob(name))
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value))

    return go


def words(name, old, new):
    def go(target):
        path = next(target.rglob(name))
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    return go


def shapes(change):
    return data("a_gtFine_polygons.json", lambda value: change(value["objects"]))


def off(points):
    points[0][0] += 6


LABELS, TRAIN = "a_gtFine_labelIds.png", "a_gtFine_labelTrainIds.png"
CITY = ("cityscapes", {})
OUTLINES = ("cityscapes", {"polygons": True})
CHANGES = {
    "labels are missing": (*CITY, gone(LABELS), "1 PNG is missing or cannot be read"),
    "labels are cut": (*CITY, cut(LABELS), "1 PNG is missing or cannot be read"),
    "train is missing": (*CITY, gone(TRAIN), "1 PNG is missing or cannot be read"),
    "train is cut": (*CITY, cut(TRAIN), "1 PNG is missing or cannot be read"),
    "objects are missing": (*CITY, gone("a_*instanceIds.png"), "1 PNG is missing or cannot be"),
    "train is narrower": (*CITY, picture(TRAIN, lambda a: a[:, 1:]), "1 PNG has another size"),
    "train is blank": (*CITY, picture(TRAIN, lambda a: a * 0), "1 picture gives a class another"),
    "train is shifted": (*CITY, picture(TRAIN, lambda a: a + 1), "1 picture gives a class another"),
    "a label": (*OUTLINES, shapes(lambda s: s[-1].update(label="sky")), "file of outlines holds"),
    "a point": (*OUTLINES, shapes(lambda s: off(s[-1]["polygon"])), "file of outlines holds"),
    "an outline": (*OUTLINES, shapes(lambda s: s.pop()), "file of outlines holds"),
    "no group": (*OUTLINES, shapes(lambda s: s[-1].update(label="cat")), "file of outlines holds"),
    "outlines are cut": (*OUTLINES, cut("a_*polygons.json"), "file of outlines holds"),
    "height of outlines": (
        *OUTLINES,
        data("a_gtFine_polygons.json", lambda value: value.update(imgHeight=31)),
        "file of outlines holds",
    ),
    "count of classes": (
        "yolo-seg",
        {},
        words("data.yaml", "nc: 2", "nc: 3"),
        "1 list of classes has another length than it says: data.yaml",
    ),
    "box of a mask": (
        "labelme",
        {},
        data("a.json", lambda value: off(value["shapes"][0]["points"][1:])),
        "1 mask is larger or smaller than its box says",
    ),
    "class of an object": (
        "png-instances",
        {},
        data("instances.json", lambda value: value["images"]["a.png"].update({"1": "dog"})),
        "1 annotation names a class that is not listed: a.png, object 1",
    ),
    "image by text": (
        "coco",
        {},
        data("", lambda value: value["annotations"][0].update(image_id="1")),
        "1 annotation names its image or class by a text",
    ),
    "frequency": (
        "coco",
        {"dialect": "lvis"},
        data("", lambda value: value["categories"][0].update(frequency="often")),
        "1 class has a frequency that is none of r, c and f",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_found(exported, tmp_path, change):
    name, options, alter, words = CHANGES[change]
    target = exported(name, **options)
    assert problems(name, target, tmp_path) == []
    alter(target)
    found = problems(name, target, tmp_path)
    assert [each for each in found if words in each], found


def test_lists_of_voc_may_hold_names_that_end_in_a_space(exported, project, tmp_path):
    Image.new("RGB", SIZE[::-1]).save(tmp_path / "b .png")
    project.add_images([tmp_path / "b .png"], [SIZE])
    project.flush()
    assert problems("voc", exported("voc"), tmp_path) == []
