"""Files of every format checked: sound ones are, and each fault is found."""

import json

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.formats import registry
from engine.formats.format import ReadOptions, Work
from engine.formats.verify_any import verify_any
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.sheets import BLOB, SIZE, sheet, taxonomy

CLASSES = taxonomy(("cat", {}), ("sky", {"thing": False}))
OTHERS = ("voc", "cityscapes", "yolo-seg", "labelme", "png", "png-instances", "cvat")
FILES = {"cvat": "o.xml", "coco-panoptic": "o.json"}
RIGHT = Mask.rectangle((22, 5, 36, 25))


@pytest.fixture
def made(tmp_path):
    """Write two objects and a region in a format; answers where."""

    def go(name, *masks):
        layer = ClassMap(SIZE)
        layer = layer.flip(layer.change(Mask.rectangle((0, 26, 40, 30)), 3))
        page = sheet(*(masks or (BLOB, RIGHT)), layer=layer)
        Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(tmp_path / "a.png")
        target = tmp_path / "out" / FILES.get(name, "")
        work = Work(taxonomy=CLASSES, images=[page.image], sheets=lambda: iter([page]))
        registry.get(name).write(target, work)
        return target

    return go


def verdict(name, path, **options):
    folder = path if path.is_dir() else path.parent
    return verify_any(registry.get(name), path, ReadOptions(images=folder.parent, **options))


@pytest.mark.parametrize("name", [*OTHERS, "coco-panoptic"])
def test_what_is_written_here_is_sound(made, name):
    found = verdict(name, made(name))
    assert found.sound, found.problems
    assert found.images == 1
    assert found.masks == found.decoded > 0


@pytest.mark.parametrize("name", ["yolo-seg", "labelme", "cvat"])
def test_a_mask_that_is_there_twice_is_found(made, name):
    found = verdict(name, made(name, BLOB, BLOB))
    assert found.problems == ["1 mask is there twice, with the same class: a.png, object 2."]


def test_yolo_beyond_the_image_and_of_no_class(made):
    folder = made("yolo-seg")
    label = folder / "labels" / "a.txt"
    label.write_text("0 0.5 0.5 1.5 0.5 1.5 0.9\n7 0.1 0.1 0.3 0.1 0.3 0.3\n0 0.1\nx\n")
    said = " ".join(verdict("yolo-seg", folder).problems)
    assert "reaches beyond its image" in said
    assert "class 7" in said
    assert "1 entry cannot be read" in said


def test_labelme_beyond_the_image(made):
    folder = made("labelme")
    data = json.loads((folder / "a.json").read_text())
    shape = {"label": "cat", "shape_type": "polygon", "points": [[1, 1], [90, 1], [90, 20]]}
    data["shapes"].append(shape)
    (folder / "a.json").write_text(json.dumps(data))
    assert "beyond" in verdict("labelme", folder).problems[0]


def test_voc_whose_pictures_contradict_each_other(made):
    folder = made("voc")
    objects = folder / "SegmentationObject" / "a.png"
    values = np.asarray(Image.open(objects)).copy()
    values[0:3, 0:3] = 9  # an object where there is no class, and a gap in the numbers
    Image.fromarray(values).save(objects)
    Image.fromarray(values).save(objects.with_name("b.png"))
    (folder / "ImageSets" / "Segmentation" / "default.txt").write_text("a\nc\n")
    found = verdict("voc", folder)
    assert found.problems[:3] == [
        "1 mask file lacks the one that belongs to it: SegmentationObject/b.png.",
        "1 object has pixels of several classes, or of none: a.png, 9.",
        "1 name is listed and has no mask: c in default.txt.",
    ]
    assert found.hints == ["1 file numbers its objects with gaps: a.png."]


def test_voc_of_two_sizes(made):
    folder = made("voc")
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(folder / "SegmentationObject" / "a.png")
    assert any(
        "other size" in each or "another size" in each for each in verdict("voc", folder).problems
    )


def test_cityscapes_whose_pictures_contradict_each_other(made):
    folder = made("cityscapes") / "gtFine" / "default"
    values = np.asarray(Image.open(folder / "a_gtFine_labelIds.png")).copy()
    values[:5, :5] = 26
    Image.fromarray(values).save(folder / "a_gtFine_labelIds.png")
    found = verdict("cityscapes", folder.parents[1])
    assert any("has other classes than that of classes" in each for each in found.problems)


def test_instance_maps_against_their_list(made):
    folder = made("png-instances")
    values = np.asarray(Image.open(folder / "a.png")).copy()
    values[values == 1] = 5
    Image.fromarray(values).save(folder / "a.png")
    table = json.loads((folder / "instances.json").read_text())
    table["images"]["gone.png"] = {"1": "cat"}
    (folder / "instances.json").write_text(json.dumps(table))
    found = verdict("png-instances", folder)
    said = " ".join(found.problems)
    assert "covers no pixel: a.png, object 1" in said
    assert "1 segment of a PNG is not listed: a.png, object 5" in said
    assert "1 PNG is missing or cannot be read: gone.png" in said
    assert "gaps" in found.hints[0]


def test_masks_without_a_table_or_images_are_checked_all_the_same(tmp_path):
    (tmp_path / "m").mkdir()
    values = np.zeros(SIZE, np.uint8)
    values[3:9, 3:9] = 77
    Image.fromarray(values).save(tmp_path / "m" / "a.png")
    (tmp_path / "m" / "b.png").write_bytes(b"no picture")
    with pytest.raises(EngineError, match=r"b\.png"):
        verify_any(registry.get("png"), tmp_path / "m", ReadOptions())
    (tmp_path / "m" / "b.png").unlink()
    found = verify_any(registry.get("png"), tmp_path / "m", ReadOptions())
    assert found.sound
    assert found.hints == ["1 value has no name; name it with --map to check it: 77."]
    assert (found.images, found.masks) == (1, 1)


@pytest.mark.parametrize("name", ["voc", "png-instances", "cityscapes"])
def test_objects_that_lie_wholly_under_others_leave_no_gap_in_the_numbers(made, name):
    found = verdict(name, made(name, BLOB, BLOB, RIGHT))
    assert found.sound
    assert not any("gaps" in each for each in found.hints)


def test_missing_images_are_no_fault(made, tmp_path):
    target = made("labelme")
    (tmp_path / "a.png").unlink()
    found = verify_any(registry.get("labelme"), target, ReadOptions())
    assert found.sound
    assert any("is not in" in each for each in found.hints)


@pytest.mark.assets
@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("voc", "voc_dataset/voc_dataset1"),
        ("cityscapes", "cityscapes_dataset/dataset"),
        ("camvid", "camvid_dataset"),
        ("ade20k", "ade20k2020_dataset/dataset"),
    ],
)
def test_files_of_others_are_checked(assets, name, inner):
    found = [
        path
        for path in (assets / "formats").rglob(inner)
        if path.is_dir() and registry.get(name).detect(path) > 0
    ]
    if not found:
        pytest.skip("not among the files")
    checked = verify_any(registry.get(name), found[0], ReadOptions())
    assert checked.images > 0
