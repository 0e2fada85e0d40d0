"""Images that a source calls by folders, where only the last part of that is found: none shares."""

import base64
import json
import zlib

import numpy as np
import pytest

from engine.formats.label_png import png_bytes
from tests.engine.jobs.test_landing import SIZE, make, picture, take

__all__ = ["make", "take"]  # fixtures

RING = [[10, 10], [20, 10], [20, 20], [10, 20]]


def datumaro(folder, subsets):
    labels = {"label": {"labels": [{"name": each} for each in subsets]}}
    (folder / "annotations").mkdir(parents=True)
    for place, subset in enumerate(subsets):
        shape = {"type": "polygon", "points": [n for pair in RING for n in pair], "label_id": place}
        item = {
            "id": "1",
            "annotations": [shape],
            "image": {"path": "1.png", "size": [*SIZE]},
        }
        data = {"categories": labels, "items": [item]}
        (folder / f"annotations/{subset}.json").write_text(json.dumps(data))
    return folder, "images/{}/1.png"


def supervisely(folder, subsets):
    bits = base64.b64encode(zlib.compress(png_bytes(np.ones((4, 5), np.uint8)))).decode()
    classes = [{"title": each, "color": "#FF0000"} for each in subsets]
    folder.mkdir()
    (folder / "meta.json").write_text(json.dumps({"classes": classes}))
    for subset in subsets:
        bitmap = {"data": bits, "origin": [3, 4]}
        shape = {"classTitle": subset, "geometryType": "bitmap", "bitmap": bitmap}
        size = dict(zip(("height", "width"), SIZE, strict=True))
        (folder / subset / "ann").mkdir(parents=True)
        data = {"size": size, "objects": [shape]}
        (folder / subset / "ann/1.png.json").write_text(json.dumps(data))
    return folder, "{}/img/1.png"


def yolo(folder, subsets):
    folder.mkdir()
    (folder / "data.yaml").write_text(f"names: [{', '.join(subsets)}]\n")
    for place, subset in enumerate(subsets):
        (folder / subset / "labels").mkdir(parents=True)
        (folder / subset / "labels/1.txt").write_text(f"{place} 0.2 0.2 0.6 0.2 0.6 0.6\n")
    return folder, "{}/images/1.png"


def cvat(folder, subsets):
    folder.mkdir()
    points = ";".join(f"{x},{y}" for x, y in RING)
    images = "".join(
        f'<image name="1.png" subset="{each}" width="{SIZE[1]}" height="{SIZE[0]}">'
        f'<polygon label="{each}" points="{points}"/></image>'
        for each in subsets
    )
    (folder / "a.xml").write_text(f"<annotations>{images}</annotations>")
    return folder / "a.xml", "images/{}/1.png"


SOURCES = (datumaro, supervisely, yolo, cvat)


@pytest.mark.parametrize("made", SOURCES)
def test_images_of_one_name_in_the_folders_of_their_parts(make, take, tmp_path, made):
    project = make()
    source, place = made(tmp_path / "set", ("one", "two"))
    for seed, subset in enumerate(("one", "two")):
        picture(tmp_path / "set" / place.format(subset), seed)
    there, said, objects = take(project, source)
    assert (there, said) == ((0, 2, 0), "")
    assert objects == {f"../set/{place.format(each)}": 1 for each in ("one", "two")}


@pytest.mark.parametrize("made", SOURCES)
@pytest.mark.parametrize("left", ["one", "two"])
def test_where_one_of_them_is_missing_the_other_has_its_own_masks(make, take, tmp_path, made, left):
    project = make()
    source, place = made(tmp_path / "set", ("one", "two"))
    picture(tmp_path / "set" / place.format(left), 1)
    there, said, objects = take(project, source)
    assert there == (0, 1, 1)
    assert "1 image has only a part of its name in common" in said
    assert objects.pop(f"../set/{place.format(left)}") == 1
    assert list(objects.values()) == [1]


@pytest.mark.parametrize("made", SOURCES)
def test_where_the_name_does_not_tell_neither_has_the_image(make, take, tmp_path, made):
    project = make()
    source, _ = made(tmp_path / "set", ("one", "two"))
    picture(tmp_path / "photos/1.png", 1)
    there, said, objects = take(project, source, images=str(tmp_path / "photos"))
    assert sum(there) == len(objects) == 2
    assert "2 images have only parts of their names in common" in said
    assert [*objects.values()] == [1, 1]
    assert "../photos/1.png" not in objects


@pytest.mark.parametrize("made", SOURCES)
def test_an_image_without_its_folder_is_found_where_it_is_the_only_one(make, take, tmp_path, made):
    project = make()
    source, _ = made(tmp_path / "set", ("one",))
    picture(tmp_path / "photos/1.png", 1)
    there, said, objects = take(project, source, images=str(tmp_path / "photos"))
    assert (there, said, objects) == ((0, 1, 0), "", {"../photos/1.png": 1})


def test_two_uploads_of_one_name_do_not_share_a_file(make, take, tmp_path):
    project = make()
    value = {"points": RING, "polygonlabels": ["cat"]}
    result = {"id": "r", "original_height": SIZE[0], "original_width": SIZE[1], "value": value}
    tasks = [
        {"data": {"image": f"/data/upload/1/{each}-a.png"}, "annotations": [{"result": [result]}]}
        for each in ("0a1b2c3d", "4e5f6a7b")
    ]
    picture(tmp_path / "set/a.png", 1)
    (tmp_path / "set/t.json").write_text(json.dumps(tasks))
    there, said, objects = take(project, tmp_path / "set/t.json")
    assert sum(there) == len(objects) == 2
    assert "2 images have only parts" in said
    assert [*objects.values()] == [1, 1]


def test_missing_images_of_a_project_of_cvat_lie_in_their_subsets(make, take, tmp_path):
    project = make()
    source, _ = cvat(tmp_path / "set", ("one", "two"))
    there, _, objects = take(project, source)
    assert there == (0, 0, 2)
    assert sorted(objects) == ["../set/one/1.png", "../set/two/1.png"]


@pytest.mark.parametrize("made", SOURCES)
@pytest.mark.parametrize("have", [("one",), ("one", "two")])
def test_images_of_the_project_get_what_is_theirs(make, take, tmp_path, made, have):
    source, place = made(tmp_path / "set", ("one", "two"))
    project = make(*(place.format(each) for each in have))
    there, _, objects = take(project, source)
    assert there == (len(have), 0, 2 - len(have))
    assert [objects.pop(place.format(each)) for each in have] == [1] * len(have)
    assert all(name.endswith("1.png") for name in objects)
