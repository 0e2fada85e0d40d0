"""labelme's files as they lie about: in other folders, renamed, with keys in any order."""

import base64
import json

import pytest
from PIL import Image

from engine.document.taxonomy import Taxonomy
from engine.formats import registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.format import ReadOptions, Work
from engine.masks.class_map import ClassMap

SIZE = (30, 40)
RING = [[10, 10], [20, 10], [20, 20], [10, 20]]


def shape(kind="polygon", points=RING, **fields):
    return {"label": "cat", "points": points, "shape_type": kind, "group_id": None, **fields}


def data(path, *shapes, **fields):
    return {
        "version": "5.5.0",
        "flags": {},
        "shapes": [*shapes] or [shape()],
        "imagePath": path,
        "imageData": None,
        "imageHeight": SIZE[0],
        "imageWidth": SIZE[1],
        **fields,
    }


def photo(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", SIZE[::-1]).save(path)


def put(path, *args, **fields):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data(*args, **fields)))


def read(path):
    form = registry.detect(path)
    assert form.name == "labelme"
    reading = form.read(path, ReadOptions())
    return list(reading.images()), reading.report


@pytest.mark.parametrize("opened", ["", "ann"])
def test_the_way_to_the_image_is_gone_with_its_folders(tmp_path, opened):
    photo(tmp_path / "img/one/a.png")
    photo(tmp_path / "img/two/a.png")
    put(tmp_path / "ann/1.json", "../img/one/a.png")
    put(tmp_path / "ann/2.json", "..\\img\\two\\a.png")
    images, report = read(tmp_path / opened)
    assert [each.path for each in images] == [tmp_path / f"img/{n}/a.png" for n in ("one", "two")]
    assert all(each.present and each.objects for each in images)
    assert report.remarks() == []


def test_images_that_are_missing_stay_two(tmp_path):
    put(tmp_path / "ann/1.json", "../img/one/a.png")
    put(tmp_path / "ann/2.json", "../img/two/a.png")
    images, _ = read(tmp_path / "ann")
    assert len({each.file_name for each in images}) == len({each.path for each in images}) == 2


@pytest.mark.parametrize("before", ["old.png", "old.jpg", "/home/u/old.png", "D:\\x\\old.png", ""])
def test_images_renamed_together_with_their_files_are_found(tmp_path, before):
    photo(tmp_path / "sub/new.png")
    put(tmp_path / "sub/new.json", before)
    (image,), _ = read(tmp_path)
    assert (image.path, image.present) == (tmp_path / "sub/new.png", True)


def test_the_image_that_is_named_goes_before_one_called_as_the_file(tmp_path):
    photo(tmp_path / "x.png")
    photo(tmp_path / "photos/a.png")
    put(tmp_path / "x.json", "a.png")
    (image,), _ = read(tmp_path)
    assert image.path == tmp_path / "photos/a.png"


def test_words_that_come_late_are_found(tmp_path):
    photo(tmp_path / "a.png")
    many = [[x % 40 + 0.25, x // 40 % 30 + 0.5] for x in range(9000)]
    put(tmp_path / "a.json", "a.png", shape(points=many))  # before "shape_type"
    assert len(read(tmp_path)[0]) == 1
    inside = base64.b64encode(bytes(200_000)).decode()
    text = json.dumps(data("a.png", imageData=inside), sort_keys=True)  # before "shapes"
    (tmp_path / "a.json").write_text(text)
    assert len(read(tmp_path / "a.json")[0]) == 1


def test_a_file_of_another_kind_in_the_folder_hides_nothing(tmp_path):
    photo(tmp_path / "a.png")
    put(tmp_path / "a.json", "a.png")
    for name in ("0.json", "zz.json"):
        (tmp_path / name).write_text('{"project": 1}')
    images, report = read(tmp_path)
    assert len(images) == 1
    assert report.counts == {"bad file": 2}


def test_kinds_of_x_anylabeling(tmp_path):
    photo(tmp_path / "a.png")
    turned = [shape(kind) for kind in ("rotation", "quadrilateral", "rectangle")]
    put(tmp_path / "a.json", "a.png", *turned, shape("cuboid", RING * 2))
    (image,), report = read(tmp_path)
    assert [each.mask.area for each in image.objects] == [100] * 3
    assert report.counts == {"no area": 1}


def test_flags_of_an_image_come_back(tmp_path):
    photo(tmp_path / "a.png")
    put(tmp_path / "a.json", "a.png", flags={"blurred": True, "night": False})
    (image,), _ = read(tmp_path)
    page = Sheet(
        image=SheetImage(key=1, file_name="a.png", size=SIZE, extra=image.extra),
        objects=[],
        layer=ClassMap(SIZE),
    )
    work = Work(taxonomy=Taxonomy(), images=[page.image], sheets=lambda: iter([page]))
    registry.get("labelme").write(tmp_path / "out", work)
    back = json.loads((tmp_path / "out/a.json").read_text())
    assert back["flags"] == {"blurred": True, "night": False}
