"""Names in files of others lead nowhere: every reader stays in the folder, every writer in its."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.formats import find_images, registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.find_images import safe_name, tidy_part
from engine.formats.format import ReadOptions, Work
from engine.formats.report import Report
from engine.masks.class_map import ClassMap
from tests.engine.formats.shapes import SHAPES, SIZE
from tests.engine.formats.sheets import taxonomy

HOSTILE = (
    "../secret.png",
    "a/../../secret.png",
    "{outside}/secret.png",
    "C:\\secret.png",
    "\\\\server\\share\\secret.png",
    "..\\secret.png",
    "file://{outside}/secret.png",
    "link/secret.png",
    "linked.png",
    "a.png\0.jpg",
    "x" * 300 + ".png",
    "x/" * 200 + "a.png",
    "",
    "..",
    "/",
    "\ud800.png",
)


def coco(name):
    image = {"id": 1, "file_name": name, "height": SIZE[0], "width": SIZE[1]}
    return "a.json", {"images": [image], "annotations": [], "categories": [{"id": 1, "name": "x"}]}


def panoptic(name):
    entry = {"image_id": 1, "file_name": name, "segments_info": []}
    return "panoptic_a.json", {**coco(name)[1], "annotations": [entry]}


def labelme(name):
    size = {"imageHeight": SIZE[0], "imageWidth": SIZE[1]}
    return "a.json", {"shapes": [], "imagePath": name, **size}


def label_studio(name):
    value = {"format": "rle", "rle": [], "brushlabels": ["x"]}
    result = {"type": "brushlabels", "value": value, "original_width": 9, "original_height": 9}
    return "a.json", [{"data": {"image": name}, "annotations": [{"result": [result]}]}]


def cvat(name):
    from xml.sax.saxutils import quoteattr

    plain = name.replace("\0", "").encode(errors="replace").decode()
    size = f'width="{SIZE[1]}" height="{SIZE[0]}"'
    return "a.xml", f"<annotations><image id='0' name={quoteattr(plain)} {size}/></annotations>"


def stuff(name):
    return "stuff_a.json", coco(name)[1]


def datumaro(name):
    image = {"path": name, "size": [*SIZE]}
    item = {"id": name, "annotations": [], "image": image}
    return "annotations/a.json", {"items": [item], "categories": {"label": {"labels": ["x"]}}}


MAKERS = {
    "coco": coco,
    "coco-panoptic": panoptic,
    "coco-stuff": stuff,
    "datumaro": datumaro,
    "labelme": labelme,
    "label-studio": label_studio,
    "cvat": cvat,
}


@pytest.fixture
def folder(tmp_path):
    """A folder with links that lead out of it, and a picture outside."""
    outside, inside = tmp_path / "outside", tmp_path / "set/in"
    outside.mkdir()
    inside.mkdir(parents=True)
    Image.fromarray(np.zeros(SIZE, np.uint8)).save(outside / "secret.png")
    os.symlink(outside, inside / "link")
    os.symlink(outside / "secret.png", inside / "linked.png")
    return inside


@pytest.mark.parametrize("form", MAKERS)
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda name: repr(name[:24]))
def test_no_reader_leaves_the_folder(folder, form, hostile):
    name, content = MAKERS[form](hostile.format(outside=folder.parents[1] / "outside"))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    try:
        reading = registry.get(form).read(path, ReadOptions(images=folder))
        found = [*reading.images()]
    except EngineError:
        return
    for image in found:
        assert not image.present, "nothing in the folder is called so"
        assert image.path.is_relative_to(folder) or image.path.parent == folder.parent


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("con.png", ""),
        ("sub/LPT1", ""),
        ("nul .txt", ""),
        ("a.png:b", ""),
        ("cone.png", "cone.png"),
    ],
)
def test_devices_are_no_files_on_windows(monkeypatch, name, safe):
    monkeypatch.setattr(find_images, "WINDOWS", True)
    report = Report()
    assert safe_name(name, report) == safe
    assert report.counts == ({} if safe else {"no name": 1})
    said = "".join(each.text for each in report.remarks())
    assert ("none that a file can have" in said) == (not safe)
    monkeypatch.setattr(find_images, "WINDOWS", False)
    assert safe_name("con.png", Report()) == "con.png"


@pytest.mark.parametrize(
    ("part", "plain"),
    [("..", ""), (".", ""), ("a\0b\n", "ab"), ("é" * 150, "é" * 100), ("photo 1", "photo 1")],
)
def test_parts_of_names_are_made_fit_to_be_written(part, plain):
    assert tidy_part(part) == plain


def test_parts_of_names_are_made_fit_for_windows(monkeypatch):
    monkeypatch.setattr(find_images, "WINDOWS", True)
    assert [tidy_part(each) for each in ("con", "aux.png", "a:b?", "a. ", "C:")] == [
        "_con", "_aux.png", "a_b_", "a", "C_",
    ]  # fmt: skip


def test_an_image_behind_a_link_is_not_taken_into_the_project(folder, tmp_path):
    from engine.formats.known_images import KnownImages
    from engine.jobs.landing import Landing

    for name in ("linked.png", "real.png"):
        report = Report()
        landing = Landing(KnownImages({}), {}.get, [folder], report)
        _, content = coco(name)
        (folder / "a.json").write_text(json.dumps(content))
        Image.fromarray(np.zeros(SIZE, np.uint8)).save(folder / "real.png")
        (image,) = registry.get("coco").read(folder / "a.json", ReadOptions(images=folder)).images()
        assert (landing.place(image) is None) == (name == "linked.png")
        assert report.counts == ({"linked": 1} if name == "linked.png" else {})


WRITERS = (
    *("coco", "coco-stuff", "coco-panoptic", "voc", "cityscapes", "yolo-seg", "labelme", "cvat"),
    *("png", "png-instances"),
)


@pytest.mark.parametrize("form", WRITERS)
def test_no_writer_leaves_its_target(tmp_path, form):
    """A project is a file of others too: its names may be anything."""
    target = tmp_path / "deep/er/out"
    target.parent.mkdir(parents=True)
    names = [each.format(outside=tmp_path / "outside") for each in HOSTILE[:12] if "\0" not in each]
    images = [
        SheetImage(key=at, file_name=name, size=SIZE, mask_name="../../x" if at % 3 == 0 else "")
        for at, name in enumerate(names, 1)
    ]
    things = [Annotation(id=1, class_id=2, mask=SHAPES["donut"])]
    sheets = [Sheet(image=each, objects=things, layer=ClassMap(SIZE)) for each in images]
    work = Work(taxonomy=taxonomy(("cat", {})), images=images, sheets=lambda: iter(sheets))
    file = target.with_suffix(".xml" if form == "cvat" else ".json")
    alone = form in ("coco", "coco-stuff", "coco-panoptic", "cvat")
    registry.get(form).write(file if alone else target, work)
    written = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert written
    for each in written:
        assert each.is_relative_to(target) or each.parent == target.parent, each


@pytest.mark.parametrize("name", HOSTILE[:12], ids=lambda name: repr(name[:24]))
def test_no_copy_of_an_image_leaves_its_folder(tmp_path, name):
    from engine.jobs.pictures_out import write_images
    from engine.store import ImageRow

    source = tmp_path / "source.png"
    Image.fromarray(np.zeros(SIZE, np.uint8)).save(source)
    row = ImageRow(
        id=1, stored_path=str(source), project=tmp_path / "p", file_name="a.png", size=SIZE
    )
    target = tmp_path / "deep/er/images"
    write_images([row], {1: name.format(outside=tmp_path / "outside")}, target, "copy")
    written = [each for each in tmp_path.rglob("*") if each.is_file() and each != source]
    assert len(written) == 1
    assert written[0].is_relative_to(target)
