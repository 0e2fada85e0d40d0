"""Who made each object, written into COCO on request and read back."""

import json
from dataclasses import replace

import pytest

from engine.document.annotation import Annotation
from engine.document.provenance_fields import fields_of, taken_from
from engine.masks.mask import Mask
from engine.store import Project

MADE = {
    "source": "unet-3", "edited": True, "created": 1_700_000_000.25, "modified": 1_700_000_100.5,
    "seconds": 12.345, "added": 40, "removed": 7, "person": "Ana",
}  # fmt: skip


@pytest.fixture
def worked(cli, photos, tmp_path):
    """A project whose first image has an object of a model, changed, and one that was drawn."""
    path = tmp_path / "p.maskwright"
    assert cli("init", path, photos, "--classes", "cell")[0] == 0
    opened = Project.open(path)
    cell = opened.taxonomy.by_name("cell").id
    first, second = opened.new_ids(2)
    by_model = Annotation(id=first, class_id=cell, mask=Mask.rectangle((2, 3, 20, 15)), **MADE)
    drawn = Annotation(
        id=second, class_id=cell, mask=Mask.rectangle((21, 3, 30, 15)), created=1.5, person="Ben",
        extra={"color": "red"},
    )  # fmt: skip
    opened.add_annotations(opened.images()[0].id, [by_model, drawn])
    opened.close()
    return path


def annotations(path):
    return json.loads(path.read_text())["annotations"]


def test_it_is_off_unless_asked_for(cli, worked, tmp_path):
    assert cli("export", worked, tmp_path / "a.json")[0] == 0
    assert all("provenance" not in each for each in annotations(tmp_path / "a.json"))


def test_what_is_written_is_read_back(cli, worked, photos, tmp_path):
    file = tmp_path / "a.json"
    assert cli("export", worked, file, "--provenance")[0] == 0
    first, second = annotations(file)
    assert first["provenance"] == {
        "source": "model",
        "model": "unet-3",
        "edited": True,
        "created": "2023-11-14T22:13:20.250+00:00",
        "modified": "2023-11-14T22:15:00.500+00:00",
        "seconds": 12.345,
        "annotator": "Ana",
        "added": 40,
        "removed": 7,
    }
    assert second["color"] == "red"
    assert cli("verify", file)[0] == 0
    other = tmp_path / "q.maskwright"
    assert cli("init", other, photos)[0] == 0
    assert cli("import", other, file, "--images", photos)[0] == 0
    opened = Project.open(other, read_only=True)
    by_model, drawn = opened.annotations(opened.images()[0].id)
    opened.close()
    assert {name: getattr(by_model, name) for name in MADE} == MADE
    assert (drawn.source, drawn.person, drawn.created) == ("person", "Ben", 1.5)
    assert (by_model.extra, drawn.extra) == ({}, {"color": "red"})


def test_formats_without_room_say_so(cli, worked, tmp_path):
    code, _, err = cli("export", worked, tmp_path / "out", "--format", "png", "--provenance")
    assert code == 1
    assert "no room for who made what" in err


@pytest.mark.parametrize(
    "told",
    [
        "text",
        {"source": "robot"},
        {"source": "model"},
        {"source": "model", "model": 7},
        {"source": "model", "model": "x" * 1_000},
        {"source": "model", "model": "person"},
    ],
)
def test_what_does_not_make_sense_stays_among_the_other_fields(told):
    found, rest = taken_from({"provenance": told, "a": 1})
    assert found == {}
    assert rest == {"provenance": told, "a": 1}


def test_single_values_that_make_no_sense_are_left():
    told = {
        "source": "person", "seconds": float("inf"), "added": -1, "removed": True, "edited": 1,
        "created": "yesterday", "modified": "2024-01-01", "annotator": ["x"], "more": 5,
    }  # fmt: skip
    found, rest = taken_from({"provenance": told})
    assert found == {"source": "person", "modified": 1704067200.0}
    assert rest["provenance"].keys() == told.keys() - {"source", "modified"}


def test_an_object_nobody_knows_anything_of():
    plain = Annotation(id=1, class_id=2, mask=Mask.rectangle((0, 0, 1, 1)))
    found, rest = taken_from({"provenance": fields_of(plain)})
    assert rest == {}
    assert replace(plain, **found) == plain
