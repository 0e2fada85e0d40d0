"""Folders that hold COCO files, as Roboflow, CVAT and Label Studio export them."""

import json

import pytest
from PIL import Image

from engine.errors import EngineError
from engine.formats import registry
from engine.formats.format import ReadOptions

RING = [10, 10, 20, 10, 20, 20, 10, 20]


def put(path, image, *, segments=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {"id": 1, "image_id": 1, "category_id": 0, "segmentation": [RING]}
    data = {
        "images": [{"id": 1, "file_name": image, "width": 40, "height": 30}],
        "annotations": [{**entry, **({"segments_info": []} if segments else {})}],
        "categories": [{"id": 0, "name": "cells", "supercategory": "none"}],
    }
    path.write_text(json.dumps(data))


def photo(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30)).save(path)


@pytest.mark.parametrize(
    ("file", "name", "image"),
    [
        ("_annotations.coco.json", "a_jpg.rf.0a1b.jpg", "a_jpg.rf.0a1b.jpg"),
        ("annotations/instances_default.json", "a.jpg", "images/default/a.jpg"),
        ("result.json", "images/0a1b2c3d-a.jpg", "images/0a1b2c3d-a.jpg"),
        ("train/_annotations.coco.json", "a.jpg", "train/a.jpg"),
    ],
)
def test_the_only_file_is_opened(tmp_path, file, name, image):
    put(tmp_path / file, name)
    photo(tmp_path / image)
    (tmp_path / "notes.json").write_text('{"info": {}}')
    put(tmp_path / "annotations/panoptic_default.json", "a.jpg", segments=True)
    form = registry.detect(tmp_path)
    assert form.name == "coco"
    (found,) = form.read(tmp_path, ReadOptions()).images()
    assert (found.path, found.present, len(found.objects)) == (tmp_path / image, True, 1)


def test_several_are_named(tmp_path):
    for split in ("test", "train", "valid"):
        put(tmp_path / split / "_annotations.coco.json", "a.jpg")
        photo(tmp_path / split / "a.jpg")
    form = registry.detect(tmp_path)
    assert form.name == "coco"
    with pytest.raises(EngineError) as refused:
        form.read(tmp_path, ReadOptions())
    assert str(refused.value) == (
        f"{tmp_path.name} holds several COCO files: test/_annotations.coco.json, "
        "train/_annotations.coco.json, valid/_annotations.coco.json. Choose one of them."
    )


def test_a_folder_without_one_is_none(tmp_path):
    (tmp_path / "a.json").write_text('{"annotations": []}')
    assert registry.get("coco").detect(tmp_path) == 0.0
    with pytest.raises(EngineError, match="There is no COCO file in"):
        registry.get("coco").read(tmp_path, ReadOptions())
