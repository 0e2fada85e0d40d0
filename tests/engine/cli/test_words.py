"""What is typed: projects by folder or bare name, words left over, and what cannot be said."""

import json
import subprocess

import numpy as np
import pytest

from engine.cli.program import at_home
from engine.formats.coco_file import read_results
from engine.formats.report import Report
from engine.jobs.launch import child_environment


def test_a_project_is_meant_by_its_folder_whatever_it_is_called(machine, project):
    code, lines = machine("export", project.parent, project.parent / "out.json")
    assert (code, lines[-1]["result"]["images"]) == (0, 3)


def test_a_project_is_meant_by_its_name_without_suffix(cli, project, monkeypatch):
    monkeypatch.chdir(project.parent)
    assert cli("folds", "p")[0] == 0


def test_of_several_projects_one_must_be_named(cli, project):
    (project.parent / "q.maskwright").write_bytes(project.read_bytes())
    code, _, err = cli("folds", project.parent)
    assert code == 1
    assert "holds several projects: p.maskwright, q.maskwright. Name one of them." in err


@pytest.mark.parametrize("name", ["v1.2", "plain"])
def test_a_new_project_always_gets_its_suffix(cli, photos, tmp_path, name):
    assert cli("init", tmp_path / name, photos)[0] == 0
    assert (tmp_path / f"{name}.maskwright").is_file()
    assert not (tmp_path / name).exists()


def test_classes_are_added_without_an_image(cli, machine, project, tmp_path):
    code, lines = machine("init", project, "--classes", "cat,sky:stuff")
    assert (code, lines[-1]["result"]["images"], lines[-1]["result"]["classes"]) == (0, 3, 2)
    code, _, err = cli("init", tmp_path / "other", "--classes", "cat")
    assert code == 2
    assert "Name the images to make it of." in err
    assert not (tmp_path / "other.maskwright").exists()


def test_an_image_in_the_place_of_the_project_is_said(cli, photos):
    code, _, err = cli("init", photos / "a.png", photos / "b.png")
    assert code == 1
    assert "a.png is no project. Name the project first, then the images." in err
    assert sorted(each.name for each in photos.iterdir()) == ["a.png", "b.png", "c.png"]


def test_machines_are_told_what_is_wrong_with_the_words(machine):
    code, lines = machine("export", "p", "o", "--format", "yolo")
    assert (code, len(lines)) == (2, 1)
    assert "--format is one of: coco" in lines[0]["error"]
    assert lines[0]["error"].endswith("not “yolo”. Did you mean yolo-seg?")


@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        (("--scores",), "has no room for scores. Leave --scores out."),
        (("--consecutive",), "has no choice of class numbers. Leave --consecutive out."),
        (("--provenance",), "has no room for who made what. Leave --provenance out."),
    ],
)
def test_what_a_format_cannot_do_is_refused_not_passed_over(cli, project, tmp_path, switch, reason):
    code, _, err = cli("export", project, tmp_path / "o", "--format", "voc", *switch)
    assert code == 1
    assert reason in err


def test_coco_has_no_pixel_to_fight_for(cli, project, tmp_path):
    for switch in (("--overlap", "smaller"), ("--refuse-void",)):
        code, _, err = cli("export", project, tmp_path / "o.json", *switch)
        assert code == 1
        assert f"Leave {switch[0]} out." in err
    assert not (tmp_path / "o.json").exists()


def test_an_import_of_nothing_leaves_nothing(cli, photos, tmp_path):
    path = tmp_path / "p.maskwright"
    assert cli("init", path, photos)[0] == 0
    code, _, err = cli("import", path, tmp_path / "nowhere.json")
    assert code == 1
    assert "There is no" in err
    assert not (tmp_path / "p.files").exists()


def test_a_project_is_no_file_of_annotations(cli, project):
    code, _, err = cli("verify", project)
    assert code == 1
    assert f"Look it through with: maskwright check {project}" in err
    code, _, err = cli("import", project, project)
    assert code == 1
    assert f"Take its work with: maskwright merge {project} {project}" in err


def test_a_table_that_cannot_be_kept_is_refused_before_anything_is_measured(cli, project, tmp_path):
    out = tmp_path / "nowhere" / "table.csv"
    code, said, err = cli("evaluate", project, "--model", "any", "--csv", out)
    assert (code, said) == (1, "")
    assert "There is no folder" in err


def test_the_shell_leaves_a_home_behind_an_equals_sign(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert at_home("--images=~/photos") == f"--images={tmp_path}/photos"
    assert at_home("~/photos") == f"{tmp_path}/photos"
    for word in ("--set", "name=~/x", "~", "a~/b", "photos/", "--map=0=background"):
        assert at_home(word) == word


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_stdout_of_few_characters_is_no_fault(fresh_python, tmp_path, encoding):
    file = tmp_path / "ö漢.json"
    file.write_text('{"images": [], "annotations": [], "categories": []}')
    environment = child_environment() | {"PYTHONIOENCODING": encoding}
    for words in (("verify", str(file)), ("verify", str(file), "--json"), ("import", "--help")):
        done = subprocess.run(
            [*fresh_python, *words], env=environment, capture_output=True, check=False
        )
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
        if "--json" in words:
            assert [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def test_predictions_that_count_nowhere_are_said(cli, project, tmp_path):
    assert cli("export", project, tmp_path / "o.json")[0] == 0
    results = list(read_results(tmp_path / "o.json", Report()))
    first, second, third = ({**each} for each in results[:3])
    first["category_id"] = 999
    second["score"] = "NaN"
    third.pop("segmentation")
    file = tmp_path / "results.json"
    file.write_text(json.dumps([first, second, third, *results[3:]]))
    code, _, err = cli("evaluate", project, "--predictions", file)
    assert code == 0
    assert "1 prediction is of classes the project does not have" in err
    assert "(numbers 999)" in err
    assert "1 score is no number and counted as 0." in err
    assert "1 annotation has a box but no mask" in err


def test_a_part_of_the_split_can_be_measured(machine, project, tmp_path):
    assert machine("folds", project, "--val", "34%", "--test", "34%")[0] == 0
    assert machine("export", project, tmp_path / "o.json")[0] == 0
    words = ("evaluate", project, "--predictions", tmp_path / "o.json")
    seen = []
    for part in ("train", "val", "test"):
        code, lines = machine(*words, "--part", part)
        assert code == 0
        seen += [each["file_name"] for each in lines[-1]["result"]["images"]]
        assert np.isclose(lines[-1]["result"]["miou"], 1)
    assert sorted(seen) == ["a.png", "b.png", "c.png"]
    assert machine(*words, "--part", "rest")[0] == 2
    code, lines = machine(*words, "--part", "val", "--images", "zebra*")
    assert code == 1


@pytest.mark.parametrize("whole", [False, True])
def test_results_are_measured_under_the_numbers_of_the_export(machine, project, tmp_path, whole):
    """Classes and images made here have other numbers inside than in the files for training."""
    assert machine("folds", project, "--val", "34%", "--test", "34%")[0] == 0
    assert machine("export", project, tmp_path / "o.json", "--splits")[0] == 0
    for part in ("train", "val", "test"):
        data = json.loads((tmp_path / f"o_{part}.json").read_text())
        file = tmp_path / "results.json"
        file.write_text(json.dumps(data if whole else data["annotations"]))
        code, lines = machine("evaluate", project, "--predictions", file, "--part", part)
        assert code == 0
        assert lines[-1]["result"]["miou"] == 1.0
        assert [each["type"] for each in lines].count("note") == 0


def test_a_whole_file_is_matched_by_its_names_not_its_numbers(machine, project, tmp_path):
    assert machine("export", project, tmp_path / "o.json")[0] == 0
    data = json.loads((tmp_path / "o.json").read_text())
    turned = {each["id"]: 4 - each["id"] for each in data["images"]}
    for each in data["images"]:
        each["id"] = turned[each["id"]]
    for each in data["annotations"]:
        each["image_id"] = turned[each["image_id"]]
        each["category_id"] += 7
    for each in data["categories"]:
        each["id"] += 7
    (tmp_path / "results.json").write_text(json.dumps(data))
    code, lines = machine("evaluate", project, "--predictions", tmp_path / "results.json")
    assert (code, lines[-1]["result"]["miou"]) == (0, 1.0)


def test_panoptic_predictions_are_measured_segment_by_segment(machine, cli, project, tmp_path):
    file = tmp_path / "pan.json"
    assert cli("export", project, file, "--format", "coco-panoptic")[0] == 0
    words = ("evaluate", project, "--predictions", file)
    code, lines = machine(*words)
    result = lines[-1]["result"]
    assert (code, result["miou"], result["panoptic"]["all"]["pq"]) == (0, 1.0, 1.0)
    assert result["panoptic"]["all"]["n"] == 2
    (tmp_path / "pan" / "b.png").unlink()
    code, out, err = cli(*words)
    assert code == 0
    assert "mean IoU 0." in out
    assert "1 PNG is missing or cannot be read: b.png." in err
    (tmp_path / "pan").rename(tmp_path / "elsewhere")
    code, _, err = cli(*words)
    assert code == 1
    assert f"The PNGs of pan.json are not in {tmp_path / 'pan'}. Put them there." in err
