"""Where Datumaro and Supervisely lay things, and what of theirs is no mask."""

import json

import pytest
from PIL import Image

from engine.formats import registry
from engine.formats.format import ReadOptions

SIZE = (30, 40)
RING = [[10, 10], [20, 10], [20, 20], [10, 20]]


def photo(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", SIZE[::-1]).save(path)


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))


def read(path, name):
    form = registry.detect(path)
    assert form.name == name
    reading = form.read(path, ReadOptions())
    return list(reading.images()), reading.report


def polygon():
    points = [number for point in RING for number in point]
    return {"type": "polygon", "label_id": 0, "points": points}


def datumaro(folder, *annotations, **item):
    listed = [polygon(), *annotations]
    data = {
        "categories": {"label": {"labels": [{"name": "cat"}]}},
        "items": [{"id": "s/1", "annotations": listed, **item}],
    }
    put(folder / "annotations/train.json", data)


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"image": {"path": "", "size": [*SIZE]}},
        {"media": {"path": "s/1.png"}},
        {"image": {"path": "train/s/1.png", "size": [*SIZE]}},
    ],
)
def test_images_of_datumaro_are_found_by_id_or_path(tmp_path, item):
    photo(tmp_path / "images/train/s/1.png")
    datumaro(tmp_path, **item)
    (image,), report = read(tmp_path, "datumaro")
    assert (image.path, image.present) == (tmp_path / "images/train/s/1.png", True)
    assert image.objects[0].mask.area == 100
    assert report.remarks() == []


def test_what_datumaro_knows_of_images_and_points_is_told(tmp_path):
    photo(tmp_path / "images/train/s/1.png")
    images = ("label", "caption", "hash_key", "feature_vector")
    points = ("points", "polyline", "skeleton", "cuboid_2d", "cuboid_3d")
    told = [{"type": kind} for kind in (*images, *points, "what")]
    datumaro(tmp_path, *told, attr={"weather": "rain"})
    (image,), report = read(tmp_path, "datumaro")
    assert len(image.objects) == 1
    assert image.extra == {"subset": "train", "attributes": {"weather": "rain"}}
    assert report.counts == {"image tag": 4, "no area": 5, "bad shape": 1}
    assert report.left_out == 6


@pytest.fixture
def supervisely(tmp_path):
    """A project with a data set inside another one."""
    put(tmp_path / "meta.json", {"classes": [{"title": "cat", "color": "#0F0F0F"}]})
    shape = {
        "classTitle": "cat",
        "geometryType": "polygon",
        "points": {"exterior": RING, "interior": []},
    }
    size = dict(zip(("height", "width"), SIZE, strict=True))
    for place in ("outer", "outer/datasets/inner"):
        put(
            tmp_path / place / "ann/1.png.json",
            {"size": size, "objects": [shape], "tags": [{"name": "dark"}]},
        )
        photo(tmp_path / place / "img/1.png")
    return tmp_path


@pytest.mark.parametrize("opened", ["", "outer"])
def test_data_sets_of_supervisely_lie_as_deep_as_they_will(supervisely, opened):
    images, report = read(supervisely / opened, "supervisely")
    assert {each.path for each in images} == {
        supervisely / "outer/img/1.png",
        supervisely / "outer/datasets/inner/img/1.png",
    }
    assert all(each.objects[0].mask.area == 100 for each in images)
    assert report.counts == {"image tag": 2}


def test_kinds_that_older_files_of_supervisely_leave_to_the_class(tmp_path):
    shapes = {"outline": "polygon", "frame": "rectangle", "way": "line", "free": "any"}
    classes = [{"title": title, "shape": shape} for title, shape in shapes.items()]
    put(tmp_path / "meta.json", {"classes": classes})
    objects = [
        {"classTitle": title, "bitmap": None, "points": {"exterior": RING, "interior": []}}
        for title in (*shapes, "unlisted")
    ]
    size = dict(zip(("height", "width"), SIZE, strict=True))
    put(tmp_path / "d/ann/1.json", {"size": size, "objects": objects})
    photo(tmp_path / "d/img/1.png")
    (image,), report = read(tmp_path, "supervisely")
    assert [each.mask.area for each in image.objects] == [100, 100, 100]
    assert report.counts == {"box only": 1, "no area": 1}
