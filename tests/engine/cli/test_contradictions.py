"""Options that contradict each other, or say nothing here, are refused before work begins."""

import json

import pytest

from engine.store import Project


def test_what_is_refused(cli, project, photos, masks, tmp_path):
    assert cli("export", project, tmp_path / "o.json")[0] == 0
    before = project.read_bytes()
    said = {
        ("backup", project, "--list", "--restore", "1"): "either --list or --restore",
        ("merge", project, "--again"): "--again needs the parts",
        ("images", project, "keep", "--folder", photos): "--folder is not for keep",
        ("images", project, "keep", "--by-name"): "--by-name is not for keep",
        ("images", project, "check", "--by-name"): "--by-name is not for check",
        ("images", project, "check", "--dry-run"): "--dry-run is not for check",
        ("split", project, "--parts", "2", "--times", "2"): "--times needs --overlap",
        ("lint", project, "--only", "hole", "--fix", "hole,island"): "--only leaves out “island”",
        ("classes", project, "unlock", "--by", "Ana"): "--by says who locks",
        ("classes", project, "list", "--by", "Ana"): "--by says who locks",
        ("export", project, tmp_path / "p", "--format", "png", "--colors", "--consecutive"): "eith",
        ("export", project, tmp_path / "r.json", "--dialect", "results", "--provenance"): "no room",
        (
            *("evaluate", project, "--predictions", tmp_path / "o.json"),
            *("--device", "cpu"),
        ): "--device says where a model runs",
    }
    for words, sentence in said.items():
        code, out, err = cli(*words)
        assert (code, out) == (2, ""), words
        assert sentence in " ".join(err.split()), words
    assert project.read_bytes() == before
    failed = {
        ("verify", tmp_path / "o.json", "--png", masks): "--png is not for COCO instances",
        ("import", project, tmp_path / "o.json", "--png", masks): "--png is not for COCO instances",
        ("import", project, tmp_path / "o.json", "--map", "1=water"): "--map is not for COCO inst",
        ("backup", project, "--restore", ""): "has no backup “”",
        ("split", project, "--parts", "1", "--overlap", "10%"): "One part shares no images.",
        (
            "split",
            project,
            "--parts",
            "2",
            "--overlap",
            "1",
            "--times",
            "3",
        ): "go to 2 parts, not 3",
    }
    for words, sentence in failed.items():
        code, out, err = cli(*words)
        assert (code, out) == (1, ""), words
        assert sentence in err, words


@pytest.mark.parametrize("words", [["classes", "export"], ["evaluate", "--csv"]])
def test_a_list_or_table_is_never_written_over_a_project_or_its_images(
    cli, project, photos, tmp_path, words
):
    o = tmp_path / "o.json"
    cli("export", project, o)
    other = tmp_path / "other.maskwright"
    Project.create(other).close()
    (tmp_path / "link.csv").symlink_to(project)
    photo = photos / "a.png"
    for target in (
        project,
        other,
        tmp_path / "link.csv",
        photo,
        photos,
        project.with_suffix(".files") / "x",
    ):
        whole = target.read_bytes() if target.is_file() else b""
        command, option = words
        more = ["--predictions", o] if command == "evaluate" else []
        code, out, err = cli(command, project, option, target, *more)
        assert (code, out) == (1, ""), target
        assert str(target) in err or "belongs to the project" in err
        assert (target.read_bytes() if target.is_file() else b"") == whole


@pytest.mark.parametrize(
    ("classes", "sentence"),
    [
        ("cell:area", "“cell:area”: a class is a thing or stuff."),
        (":stuff", "Give the class a name."),
        ("cell,Cell:stuff", "“Cell:stuff”: “cell” is a thing already."),
    ],
)
def test_no_project_is_made_of_classes_that_cannot_be(cli, photos, tmp_path, classes, sentence):
    path = tmp_path / "new.maskwright"
    code, _, err = cli("init", path, photos, "--classes", classes)
    assert code == 1
    assert sentence in err
    assert not path.exists()


def test_a_class_that_is_there_as_the_other_kind_is_said(cli, machine, project):
    _, lines = machine("classes", project)
    code, _, err = cli("init", project, "--classes", "sky:stuff,water:thing")
    assert code == 1
    assert "“water:thing”: “water” is stuff already." in err
    assert machine("classes", project)[1] == lines
    assert cli("init", project, "--classes", "water:stuff,grass")[0] == 0
    assert json.dumps(machine("classes", project)[1]) == json.dumps(lines)


def test_a_locked_list_keeps_images_out_that_come_with_classes(cli, project, masks):
    cli("classes", project, "lock")
    assert cli("init", project, masks, "--classes", "sky")[0] == 1
    with_images = Project.open(project, read_only=True)
    assert len(with_images.images()) == 3
    with_images.close()
