"""What strangers' JSON may hold and no project can; it comes in changed as little as that needs."""

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.document.palette import is_color
from engine.document.taxonomy_commands import rename
from engine.formats import registry
from engine.formats.format import ReadOptions
from engine.formats.storable import encoded, storable, text
from engine.jobs.folder import JobFolder
from engine.jobs.job import ImportSpec
from engine.jobs.runner import execute
from engine.jobs.take_up import register, take_up
from engine.store import Project

HALF = "\ud800"
LONG = 10**30
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\ud83d\ude00b", "a😀b"),
        ("a\ud800b\udc00", "a\ufffdb\ufffd"),
        (2**64 - 1, 2**64 - 1),
        (-(2**63), -(2**63)),
        (2**64, 2.0**64),
        (-LONG, -1e30),
        (10**4000, "1e4000"),
        (-(10**4000), "-1e4000"),
        (True, True),
        ({HALF: [LONG, None]}, {"\ufffd": [1e30, None]}),
    ],
)
def test_what_has_no_room(value, kept):
    assert storable(value) == kept
    assert type(storable(value)) is type(kept)


@given(JSON)
def test_anything_can_be_kept_and_what_could_be_is_unchanged(value):
    msgspec.msgpack.encode(storable(value))
    data = encoded(value, msgspec.json.Encoder())
    msgspec.json.decode(data)
    assert repr(storable(storable(value))) == repr(storable(value))


def test_what_lies_too_deep_is_left_out():
    value = 1
    for _ in range(500):
        value = [value]
    found = storable(value)
    depth = 0
    while isinstance(found, list):
        found, depth = found[0], depth + 1
    assert (found, depth) == (None, 100)


@given(st.text())
def test_text_is_text(value):
    assert text(value) == value
    text(value + HALF).encode()


# -- through a whole import


def imported(tmp_path, source, format_):
    project = Project.create(tmp_path / "p.maskwright")
    spec = ImportSpec(project=str(project.path), source=str(source), format=format_)
    job = JobFolder.create(project.files / "jobs", spec)
    done = execute(job)
    assert done.outcome == "done", done
    register(project, job)
    take_up(project, job)
    project.flush()
    return project


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(np.zeros((30, 40), np.uint8)).save(tmp_path / "a.png")


STRANGE = {"more": LONG, f"half {HALF}": [f"x{HALF}", {"n": -LONG}]}
RING = [[1, 1], [20, 1], [20, 20]]
FLAT = [1, 1, 20, 1, 20, 20]


def coco_file(tmp_path):
    top = {
        "info": STRANGE,
        "images": [{"id": 1, "file_name": "a.png", "height": 30, "width": 40, **STRANGE}],
        "categories": [{"id": 1, "name": f"cat{HALF}", **STRANGE}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [FLAT],
             "bbox": [1, 1, 19, 19], "area": 180, "iscrowd": 0, **STRANGE}
        ],
    }  # fmt: skip
    return top, "coco"


def labelme_file(tmp_path):
    shape = {"label": f"cat{HALF}", "points": RING, "shape_type": "polygon", **STRANGE}
    top = {"shapes": [shape], "imagePath": "a.png", "imageHeight": 30, "imageWidth": 40}
    return top, "labelme"


def datumaro_file(tmp_path):
    shape = {"id": LONG, "type": "polygon", "label_id": 0, "points": FLAT,
             "attributes": STRANGE, "z_order": LONG, "group": LONG}  # fmt: skip
    item = {"id": "a", "image": {"path": "a.png", "size": [30, 40]}, "annotations": [shape]}
    labels = {"labels": [{"name": f"cat{HALF}"}]}
    return {"categories": {"label": labels}, "items": [item]}, "datumaro"


@pytest.mark.parametrize("made", [coco_file, labelme_file, datumaro_file])
def test_one_strange_value_does_not_keep_a_file_out(tmp_path, photo, made):
    top, name = made(tmp_path)
    source = tmp_path / "set.json"
    source.write_text(json.dumps(top))
    project = imported(tmp_path, source, name)
    (row,) = project.images()
    (one,) = project.load(row.id).annotations.values()
    assert one.mask.area > 100
    (cat,) = project.taxonomy.classes
    assert cat.name == "cat\ufffd"
    project.project_history.do(rename(project.taxonomy, cat.id, "dog"))
    project.flush()
    project.close()


@pytest.mark.parametrize(
    "color", ["#12345", "#GGGGGG", "#+12345", "#1_2345", "#１２３４５６", "red", ""]
)
def test_a_color_that_is_none_becomes_one_of_ours(tmp_path, photo, color):
    xml = tmp_path / "a.xml"
    xml.write_text(
        f"<annotations><meta><label><name>cat</name><color>{color}</color></label></meta>"
        '<image name="a.png" width="40" height="30"><polygon label="cat" points="1,1;20,1;20,20"/>'
        "</image></annotations>",
        encoding="utf-8",
    )
    project = imported(tmp_path, xml, "cvat")
    (cat,) = project.taxonomy.classes
    assert len(cat.color) == 7
    assert int(cat.color[1:], 16) >= 0
    project.close()


def test_colors_in_a_list_of_classes_may_be_none(tmp_path, photo):
    labels = {"value": 3, "name": "cat", "color": "#AT0000"}
    (tmp_path / "masks").mkdir()
    told = json.dumps({"classes": [labels], "colors": True})
    for place in (tmp_path, tmp_path / "masks"):
        (place / "classes.json").write_text(told)
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(tmp_path / "masks/a.png")
    for name, folder in (("camvid", tmp_path), ("png", tmp_path / "masks")):
        reading = registry.get(name).read(folder, ReadOptions())
        assert all(each.color is None or is_color(each.color) for each in reading.classes)
