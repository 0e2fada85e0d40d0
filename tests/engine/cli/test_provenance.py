"""Who made each object, written into COCO on request and read back."""

import json
import time
from dataclasses import replace
from datetime import datetime

import pytest

from engine.cli import learn, versions, work
from engine.document import edits
from engine.document.annotation import Annotation, file_of, imported, is_import, is_model
from engine.document.provenance import Share
from engine.document.provenance_fields import area_fields, fields_of, taken_from
from engine.document.taxonomy_commands import add_class
from engine.jobs.take_up import TakenUp
from engine.masks.mask import Mask
from engine.store import Project
from tests.engine.cli.conftest import SIZE

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
        "file": "",
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
        {"source": "model", "model": "import:a.json"},
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


@pytest.mark.parametrize("moment", [1e20, -1e300, float("inf")])
def test_a_time_that_cannot_be_is_not_written(moment):
    odd = Annotation(id=1, class_id=2, mask=Mask.rectangle((0, 0, 1, 1)), created=moment)
    assert fields_of(odd)["created"] == ""
    assert versions._when(moment) == "not known"


def foreign(path, **fields):
    """A COCO file that another program made of an object in each of two photos."""
    outline = [[2.0, 3.0, 20.0, 3.0, 20.0, 15.0, 2.0, 15.0]]
    thing = {"category_id": 1, "iscrowd": 0, "segmentation": outline, "area": 216, "bbox":
             [2, 3, 18, 12], **fields}  # fmt: skip
    rows = [("a.png", 1), ("b.png", 2)]
    path.write_text(
        json.dumps(
            {
                "images": [
                    {"id": number, "file_name": name, "width": SIZE[1], "height": SIZE[0]}
                    for name, number in rows
                ],
                "annotations": [{**thing, "id": number, "image_id": number} for _, number in rows],
                "categories": [{"id": 1, "name": "cell"}],
            }
        )
    )
    return path


def test_what_was_imported_is_known_as_that_and_stays_so(cli, photos, tmp_path):
    """From which file and when: in the project, in what goes out, and in what reads that."""
    path, file = tmp_path / "p.maskwright", foreign(tmp_path / "theirs.json")
    before = time.time()
    assert cli("init", path, photos)[0] == 0
    assert cli("import", path, file, "--images", photos)[0] == 0
    opened = Project.open(path, read_only=True)
    (each,) = opened.annotations(opened.images()[0].id)
    opened.close()
    assert (each.source, each.person, each.seconds) == ("import:theirs.json", "", 0.0)
    assert before - 0.001 <= each.created == each.modified
    out = tmp_path / "out.json"
    assert cli("export", path, out, "--provenance")[0] == 0
    told = annotations(out)[0]["provenance"]
    assert (told["source"], told["file"], told["model"]) == ("import", "theirs.json", "")
    assert datetime.fromisoformat(told["created"]).timestamp() == pytest.approx(each.created)
    other = tmp_path / "q.maskwright"
    assert cli("init", other, photos)[0] == 0
    assert cli("import", other, out, "--images", photos)[0] == 0
    opened = Project.open(other, read_only=True)
    (again,) = opened.annotations(opened.images()[0].id)
    opened.close()
    assert (again.source, again.created) == (each.source, each.created), "not from out.json"


def test_pixels_of_a_class_map_say_whose_they_are(cli, photos, tmp_path):
    path, file = tmp_path / "p.maskwright", foreign(tmp_path / "theirs.json")
    assert cli("init", path, photos)[0] == 0
    opened = Project.open(path)
    opened.project_history.do(add_class(opened.taxonomy, "cell", thing=False))
    opened.close()
    assert cli("import", path, file, "--images", photos)[0] == 0
    opened = Project.open(path)
    opened.person = "Ana"
    document = opened.load(opened.images()[0].id)
    cell = opened.taxonomy.by_name("cell").id
    for region, erase in (((30, 0, 32, 10), False), ((2, 3, 4, 15), True)):
        target = edits.Target(class_id=cell, stuff=True)
        step = edits.paint(document, Mask.rectangle(region), target, erase, opened.taxonomy)
        opened.history(document).do(step)
    opened.close()
    out = tmp_path / "out.json"
    assert cli("export", path, out, "--provenance")[0] == 0
    area, untouched = (each["provenance"] for each in annotations(out))
    assert (area["source"], area["file"]) == ("import", "theirs.json")
    assert [(each["kind"], each["source"], each["annotator"], each["pixels"])
            for each in area["shares"]] == [
        ("kept", "import", "", 192), ("erased", "person", "Ana", 24), ("added", "person", "Ana", 20)
    ]  # fmt: skip
    assert [each["pixels"] for each in untouched["shares"]] == [216]
    assert cli("verify", out)[0] == 0
    plain = tmp_path / "plain.json"
    assert cli("export", path, plain)[0] == 0
    assert all("provenance" not in each for each in annotations(plain))


def test_an_area_of_which_nothing_is_known_is_nobodys():
    mask = Mask.rectangle((0, 0, 3, 1))
    told = area_fields([Share("added", "", None, mask)])["provenance"]
    assert (told["source"], told["shares"][0]["source"], told["shares"][0]["pixels"]) == ("", "", 3)


def test_importing_again_leaves_what_is_there_as_it_came(cli, photos, tmp_path):
    path, file = tmp_path / "p.maskwright", foreign(tmp_path / "theirs.json")
    assert cli("init", path, photos)[0] == 0
    assert cli("import", path, file, "--images", photos)[0] == 0
    same = file.rename(tmp_path / "renamed.json")
    assert cli("import", path, same, "--images", photos)[0] == 0
    opened = Project.open(path, read_only=True)
    (each,) = opened.annotations(opened.images()[0].id)
    opened.close()
    assert each.source == "import:theirs.json"


def test_sources_are_told_apart():
    assert [is_import(each) for each in ("person", "import", "import:a", "importer-3")] == [
        False, True, True, False
    ]  # fmt: skip
    assert [is_model(each) for each in ("person", "import", "import:a", "importer-3")] == [
        False, False, False, True
    ]  # fmt: skip
    assert file_of(imported("a:b.json")) == "a:b.json"
    assert file_of("import") == file_of("person") == ""
    assert imported("") == "import"
    assert len(imported("x" * 5_000)) < 300


def test_what_a_command_does_is_signed_as_nobodys_look(monkeypatch, cli, worked):
    monkeypatch.setattr(work.getpass, "getuser", lambda: "ana")
    with work.owning(worked) as opened:
        assert opened.person == "ana (command line)"

    with work.owning(worked) as opened:
        image = opened.images()[0].id
        (number,) = opened.new_ids(1)
        waiting = Annotation(
            id=number, class_id=opened.taxonomy.by_name("cell").id, source="unet", score=0.9,
            mask=Mask.rectangle((0, 20, 9, 29)), proposal=True,
        )  # fmt: skip
        opened.set_proposals(image, [waiting])
        before = time.time()
        assert learn._accept(opened, TakenUp((image,), 1), 0.5) == 1
        each = opened.load(image).annotations[number]
        assert (each.source, each.person) == ("unet", "ana (command line)")
        assert each.modified >= before - 0.001
        (step,) = opened.taken(image, SIZE)
        assert step.person == "ana (command line)"

    def nobody():
        raise OSError

    monkeypatch.setattr(work.getpass, "getuser", nobody)
    assert work.person() == "(command line)"
