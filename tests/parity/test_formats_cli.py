"""A project goes out in every format and comes back into a new one, by the commands."""

import json
from contextlib import closing

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as reference

from engine.cli import main, options
from engine.document.taxonomy import UNLABELLED
from engine.formats import registry
from engine.store import Project
from tests.engine.formats.shapes import SHAPES, SIZE

FILES = {"coco": "o.json", "coco-panoptic": "o.json", "coco-stuff": "stuff.json", "cvat": "o.xml"}
WRITABLE = [each.name for each in registry.writable() if each.name in registry.BUILT_IN]


@pytest.fixture
def project(tmp_path):
    """A project of two photos: three objects that lie apart, and a region."""
    height, width = SIZE
    entries = []
    parts = (("6 x 6", 1, 1), ("2 px line", 1, 2), ("checker", 2, 3))
    for number, (shape, image, category) in enumerate(parts, 1):
        bits = SHAPES[shape].read((0, 0, width, height))
        rle = reference.encode(np.asfortranarray(bits.astype(np.uint8)))
        entries.append(
            {
                "id": number,
                "image_id": image,
                "category_id": category,
                "iscrowd": 0,
                "segmentation": {"size": [height, width], "counts": rle["counts"].decode()},
                "area": int(reference.area(rle)),
                "bbox": reference.toBbox(rle).tolist(),
            }
        )
    folder = tmp_path / "photos"
    images = []
    for number, name in ((1, "a.png"), (2, "b.png")):
        folder.mkdir(exist_ok=True)
        Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(folder / name)
        images.append({"id": number, "file_name": name, "height": height, "width": width})
    classes = [
        {"id": 1, "name": "cat"},
        {"id": 2, "name": "dog"},
        {"id": 3, "name": "sky", "isthing": 0},
    ]
    source = folder / "in.json"
    data = {"images": images, "annotations": entries, "categories": classes}
    source.write_text(json.dumps(data))
    path = tmp_path / "first.maskwright"
    Project.create(path).close()
    assert main(["import", str(path), str(source)]) == 0
    return path, folder


def content(path):
    """{image: {(class, packed pixels)}} of objects, and the same of regions."""
    found = {}
    with closing(Project.open(path, read_only=True)) as opened:
        for row in opened.images():
            document = opened.load(row.id)
            box = (0, 0, SIZE[1], SIZE[0])
            names = {each.id: each.name for each in opened.taxonomy.classes}
            objects = {
                (names[each.class_id], np.packbits(each.mask.read(box)).tobytes())
                for each in document.annotations.values()
            }
            regions = {
                (names[key], np.packbits(document.layer.mask(key).read(box)).tobytes())
                for key in document.layer.areas()
                if key in names and key != UNLABELLED
            }
            found[row.path.name] = objects, regions
    return found


@pytest.mark.parametrize("name", WRITABLE)
def test_a_project_comes_back_from_every_format(tmp_path, project, name):
    path, photos = project
    target = tmp_path / "out" / FILES.get(name, "")
    assert main(["export", str(path), str(target), "--format", name, "--deep"]) == 0
    second = tmp_path / "second.maskwright"
    Project.create(second).close()
    words = ["import", str(second), str(target), "--images", str(photos)]
    assert main(words) == 0
    before, after = content(path), content(second)
    assert set(before) == {"a.png", "b.png"}
    if name in ("coco-stuff", "png"):  # every class is one of regions in a new project
        after = {file: (set(), objects | regions) for file, (objects, regions) in after.items()}
        before = {file: (set(), objects | regions) for file, (objects, regions) in before.items()}
    if name == "png-instances":
        before = {file: (objects, set()) for file, (objects, _) in before.items()}
    assert after == before


def test_panoptic_files_are_verified_by_the_command(tmp_path, project, capsys):
    path, _ = project
    target = tmp_path / "out/o.json"
    assert main(["export", str(path), str(target), "--format", "coco-panoptic"]) == 0
    assert main(["verify", str(target), "--deep"]) == 0
    data = json.loads(target.read_text())
    data["annotations"][0]["segments_info"][0]["area"] += 1
    target.write_text(json.dumps(data))
    assert main(["verify", str(target)]) == 1
    assert "1 area is not that of its mask" in capsys.readouterr().err


def test_pixels_of_nobody_can_be_refused(tmp_path, project, capsys):
    _, photos = project
    path = tmp_path / "undone.maskwright"
    Project.create(path).close()
    assert main(["import", str(path), str(photos / "in.json"), "--status", "new"]) == 0
    target = tmp_path / "o.json"
    words = ["export", str(path), str(target), "--format", "coco-panoptic"]
    assert main([*words, "--refuse-void"]) == 1
    assert "pixels of a.png belong to nothing" in capsys.readouterr().err
    assert not target.exists()
    assert main([*words, "--overlap", "void"]) == 0
    assert "belong to nothing become void (2 images)" in capsys.readouterr().err
    assert main([*words, "--overlap", "sideways"]) == 2
    assert "--overlap is one of: order, smaller, void" in capsys.readouterr().err


def test_the_help_names_every_format():
    assert list(options.WRITTEN) == WRITABLE
    assert [*options.WRITTEN, *options.READ_ONLY] == list(registry.BUILT_IN)
