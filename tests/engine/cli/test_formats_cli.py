"""folds, export and verify of every format from the command line."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from engine.store import Project


def test_a_project_is_split_and_exported_in_parts(cli, machine, project, tmp_path):
    code, lines = machine("folds", project, "--val", "34%", "--test", "0", "--seed", 3)
    assert code == 0
    assert lines[-1]["result"] == {"train": 2, "val": 1, "test": 0, "new": 3}
    with_folds = Project.open(project, read_only=True)
    assert sorted(row.fold for row in with_folds.images()) == ["held", "train", "train"]
    with_folds.close()
    code, lines = machine("folds", project)
    assert lines[-1]["result"]["new"] == 0
    code, out, err = cli(
        *("export", project, tmp_path / "set", "--format", "png", "--colors", "--splits"),
        *("--images-out", "link"),
    )
    assert (code, "val: 1 mask file" in out) == (0, True), err
    assert [line.partition(":")[0] for line in out.splitlines()] == ["train", "val"]
    there = sorted((tmp_path / "set" / "train" / "images").iterdir())
    assert len(there) == 2
    assert os.path.samefile(there[0], tmp_path / "photos" / there[0].name)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--val", "many"), "“many” is no share"),
        (("--val", "60%", "--test", "50%"), "must leave something to train with"),
        (("--by", "group", "--pattern", "zebra"), "No image's path fits"),
    ],
)
def test_what_cannot_be_split_is_one_sentence(cli, project, words, sentence):
    code, _, err = cli("folds", project, *words)
    assert code == 1
    assert sentence in err


@pytest.mark.parametrize(
    "words",
    [
        ("folds", "P", "--by", "colour"),
        ("folds", "P", "--by", "group"),
        ("folds", "P", "--pattern", "x"),
        ("export", "P", "o", "--images-out", "move"),
        ("export", "P", "o", "--empty", "no"),
        ("verify", "P", "--format", "word"),
    ],
)
def test_wrong_options_are_wrong_usage(cli, project, words):
    code, _, _ = cli(*(project if word == "P" else word for word in words))
    assert code == 2


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("coco-panoptic", "o.json"),
        ("coco-stuff", "stuff_o.json"),
        ("voc", "o"),
        ("cityscapes", "o"),
        ("yolo-seg", "o"),
        ("labelme", "o"),
        ("cvat", "o.xml"),
        ("png", "o"),
    ],
)
def test_every_format_is_verified_and_compared(cli, machine, project, tmp_path, name, target):
    out = tmp_path / "out" / target
    code, _, err = cli("export", project, out, "--format", name)
    assert code == 0, err
    code, lines = machine("verify", out, "--project", project)
    assert code == 0, lines
    result = lines[-1]["result"]
    assert result["format"] == name
    assert result["compared"] == 6  # water and grass in three images
    code, lines = machine("verify", out, "--images", tmp_path / "photos")
    assert code == 0, lines


def test_a_list_of_results_needs_its_project(cli, machine, project, tmp_path):
    out = tmp_path / "results.json"
    code, _, err = cli("export", project, out, "--dialect", "results")
    assert code == 0, err
    code, _, err = cli("verify", out)
    assert code == 1
    assert "Name the project that has them" in err
    code, lines = machine("verify", out, "--project", project)
    assert code == 0, lines
    assert lines[-1]["result"]["compared"] == 6
    data = json.loads(out.read_text())
    data[0]["image_id"] = 99
    out.write_text(json.dumps(data))
    code, lines = machine("verify", out, "--project", project)
    assert code == 1
    assert any("99" in each for each in lines[-1]["result"]["problems"])


def test_colours_are_told_on_the_command_line(cli, machine, photos, tmp_path):
    (tmp_path / "m").mkdir()
    array = np.zeros((30, 40, 3), np.uint8)
    array[5:10, 5:10] = (10, 200, 30)
    Image.fromarray(array).save(tmp_path / "m" / "a.png")
    cli("init", tmp_path / "p", photos)
    code, _, err = cli("import", tmp_path / "p.maskwright", tmp_path / "m", "--format", "png")
    assert code == 1
    assert "--map #0AC81E=NAME" in err
    code, _, err = cli(
        *("import", tmp_path / "p.maskwright", tmp_path / "m", "--format", "png"),
        *("--map", "#0AC81E=grass"),
    )
    assert code == 0, err


def test_groups_stay_together_when_images_come_later(cli, machine, tmp_path):
    def pictures(*names):
        for name in names:
            path = tmp_path / "all" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)
        assert cli("init", tmp_path / "p", tmp_path / "all")[0] == 0

    words = ("folds", tmp_path / "p", "--by", "group", "--pattern", "(patient_[0-9])", "--val=.5")
    pictures(*(f"patient_{n}_{k}.png" for n in range(6) for k in "ab"))
    code, lines = machine(*words)
    assert (code, lines[-1]["result"]["new"], len(lines)) == (0, 12, 1)
    pictures(*(f"patient_{n}_c.png" for n in range(6)), "loose.png")
    code, out, err = cli(*words)
    assert code == 0
    assert "7 images split; 12 had a part and keep it." in out
    assert err == "1 image without a group is one of its own.\n"
    project = Project.open(tmp_path / "p.maskwright", read_only=True)
    parts = {}
    for row in project.images():
        parts.setdefault(row.path.stem[:9], set()).add(row.fold)
    project.close()
    assert all(len(folds) == 1 for folds in parts.values())


def test_an_export_never_takes_the_place_of_the_project_or_its_images(cli, project, photos):
    before = {each: each.read_bytes() for each in (project, *photos.iterdir())}
    for target, name, reason in (
        (project, "coco", "has the name of a project"),
        (project.with_name("new.maskwright"), "coco", "has the name of a project"),
        (project.with_suffix(".files") / "jobs", "png", "belongs to the project"),
        (photos, "png", "is an image of the project"),
        (photos / "a.png", "coco", "is an image of the project"),
        (photos / "a.png", "voc", "is a file. Name a folder"),
    ):
        code, _, err = cli("export", project, target, "--format", name)
        assert (code, reason in err) == (1, True), err
    assert {each: each.read_bytes() for each in (project, *photos.iterdir())} == before


def test_a_refused_export_leaves_no_folder(cli, project, tmp_path):
    assert cli("init", project, tmp_path / "photos", "--classes", "cat")[0] == 0
    assert cli("classes", project)[0] == 0
    (tmp_path / "more").mkdir()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "more" / "z.png")
    assert cli("init", project, tmp_path / "more")[0] == 0  # all of it belongs to nothing
    target = tmp_path / "pan" / "o.json"
    code, _, err = cli("export", project, target, "--format", "coco-panoptic", "--refuse-void")
    assert code == 1
    assert "belong to nothing" in err
    assert not target.parent.exists()


def test_what_an_earlier_export_left_is_said(cli, project, tmp_path):
    assert cli("export", project, tmp_path / "set", "--format", "voc")[0] == 0
    code, _, err = cli("export", project, tmp_path / "set", "--format", "voc", "--images", "a.png")
    assert code == 0
    assert "4 files were there already and not of this export" in err
    assert "SegmentationClass/b.png" in err
