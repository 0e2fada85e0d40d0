"""maskwright images and versions."""

import shutil

import numpy as np
import pytest
from PIL import Image

from engine.store import Project


def last(lines):
    return lines[-1]["result"]


def paint(path, seed, size=(30, 40)):
    pixels = np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def noted(machine, project):
    """The first check notes what the files are."""
    code, lines = machine("images", project, "check")
    assert (code, last(lines)["new"]) == (0, 3)
    return project


def test_check_says_what_changed_and_what_is_gone(machine, cli, noted, photos):
    assert machine("images", noted, "check")[0] == 0
    paint(photos / "a.png", 9)
    paint(photos / "b.png", 9, (10, 10))
    (photos / "c.png").unlink()
    code, lines = machine("images", noted, "check")
    assert code == 1
    found = last(lines)
    assert (found["changed"], found["resized"], found["missing"]) == (2, 1, 1)
    states = {line["image"]: line["state"] for line in lines if line["type"] == "image"}
    assert states == {"a.png": "changed", "b.png": "resized", "c.png": "missing"}
    code, out, err = cli("images", noted, "check")
    assert "resized" in out
    assert "2 files changed, 1 missing" in err


def test_keep_takes_pictures_of_the_same_size_only(machine, noted, photos):
    paint(photos / "a.png", 9)
    paint(photos / "b.png", 9, (10, 10))
    _, lines = machine("images", noted, "keep", "--dry-run")
    assert (last(lines)["kept"], last(lines)["refused"]) == (1, 1)
    assert last(machine("images", noted, "check")[1])["changed"] == 2
    assert machine("images", noted, "keep")[0] == 3
    found = last(machine("images", noted, "check")[1])
    assert (found["changed"], found["resized"]) == (1, 1)


def test_relink_finds_a_moved_folder_as_one_change(machine, noted, photos, tmp_path):
    photos.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/a.png").rename(tmp_path / "elsewhere/first.png")
    code, lines = machine("images", noted, "check")
    assert code == 1
    assert last(lines)["moved"] == 3, "beside the project, so they are found"
    code, lines = machine("images", noted, "relink", "--folder", tmp_path, "--dry-run")
    assert (code, last(lines)["relinked"]) == (0, 3)
    assert machine("images", noted, "check")[0] == 1
    code, lines = machine("images", noted, "relink", "--folder", tmp_path)
    assert (code, last(lines)["left"]) == (0, 0)
    assert {line["how"] for line in lines if line["type"] == "match"} == {"content"}
    assert machine("images", noted, "check")[0] == 0
    opened = Project.open(noted, read_only=True)
    assert [row.path.name for row in opened.images()] == ["first.png", "b.png", "c.png"]
    opened.close()


def test_another_content_of_the_same_name_and_size_is_asked_for(machine, noted, photos, tmp_path):
    (photos / "a.png").unlink()
    other = tmp_path / "better"
    other.mkdir()
    paint(other / "a.png", 77)
    code, lines = machine("images", noted, "relink", "--folder", other)
    assert (code, lines[-2]["how"], last(lines)["relinked"]) == (1, "other", 0)
    code, lines = machine("images", noted, "relink", "--folder", other, "--by-name")
    assert (code, last(lines)["relinked"]) == (0, 1)
    assert machine("images", noted, "check")[0] == 0


def test_relink_leaves_what_it_cannot_find(machine, noted, photos, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.move(photos / "a.png", other / "a.png")
    (photos / "b.png").unlink()
    paint(other / "b.png", 5, (10, 10))
    code, lines = machine("images", noted, "relink", "--folder", other)
    assert (code, last(lines)["relinked"], last(lines)["left"]) == (3, 1, 1)
    why = {line["image"]: line["how"] for line in lines if line["type"] == "match"}
    assert why == {"a.png": "content", "b.png": "size"}


@pytest.mark.parametrize(
    "words", [["look"], ["relink"], ["check", "--folder", "/there/is/no/such"], []]
)
def test_wrong_usage(cli, project, words):
    assert cli("images", project, *words)[0] == 2


def test_an_export_is_a_version_and_says_what_changed_since(machine, cli, project, tmp_path):
    assert last(machine("versions", project)[1]) == {"versions": 0}
    first, second = tmp_path / "one.json", tmp_path / "two.json"
    _, lines = machine("export", project, first, "--only-done")
    version = last(lines)["version"]
    assert len(version) == 32
    _, lines = machine("export", project, second, "--only-done")
    assert last(lines)["version"] == version, "equal work, equal hash"
    _, lines = machine("versions", project)
    found = [line for line in lines if line["type"] == "version"]
    assert [line["version"] for line in found] == [2, 1]
    assert found[1]["hash"] == version
    assert (found[1]["images"], found[1]["format"], found[1]["only_done"]) == (3, "coco", True)
    assert last(machine("versions", project, "diff", "1", "2")[1])["images"] == 0
    assert last(machine("versions", project, "changed-since", "1")[1])["images"] == 0
    change_first_image(project)
    code, lines = machine("versions", project, "changed-since", version[:8])
    assert code == 0
    assert (last(lines)["changed"], last(lines)["class_maps"]) == (["a.png"], 1)
    machine("export", project, second)
    found = last(machine("versions", project, "diff", "2", "3")[1])
    assert (found["changed"], found["added"], found["removed"]) == (["a.png"], [], [])
    assert last(machine("versions", project, "show", "3")[1])["names"] == [
        "a.png",
        "b.png",
        "c.png",
    ]
    code, out, _ = cli("versions", project)
    assert "coco → one.json" in out
    code, out, _ = cli("versions", project, "changed-since", "1")
    assert "Changed since version 1: 1 image, 1 class map." in out
    assert "changed: a.png" in out


def test_an_export_says_which_files_changed(machine, noted, photos, tmp_path):
    paint(photos / "a.png", 9)
    (photos / "c.png").unlink()
    _, lines = machine("export", noted, tmp_path / "one.json")
    notes = [line["text"] for line in lines if line["type"] == "note"]
    assert "1 image file is missing: c.png. The masks are written as they are." in notes
    assert "1 image file has changed: a.png. The masks are written as they are." in notes


def change_first_image(path):
    from engine.document import edits
    from engine.masks.mask import Mask

    opened = Project.open(path)
    document = opened.load(opened.images()[0].id)
    grass = opened.taxonomy.by_name("grass").id
    target = edits.Target(grass, stuff=True)
    step = edits.paint(document, Mask.rectangle((0, 0, 9, 9)), target, False, opened.taxonomy)
    opened.history(document).do(step)
    opened.close()


def test_an_export_while_another_program_has_the_project_says_when_it_is_noted(
    machine, project, tmp_path
):
    opened = Project.open(project)
    code, lines = machine("export", project, tmp_path / "one.json")
    opened.close()
    assert code == 0
    notes = [line["text"] for line in lines if line["type"] == "note"]
    assert any("It notes this export as a version" in text for text in notes)
    assert last(machine("versions", project)[1]) == {"versions": 1}, "once nobody has it open"


@pytest.mark.parametrize("words", [["fly"], ["show"], ["diff", "1"], ["list", "1"]])
def test_versions_used_wrongly(cli, project, words):
    assert cli("versions", project, *words)[0] == 2


def test_a_version_that_is_not_there(cli, project):
    code, _, err = cli("versions", project, "show", "9")
    assert code == 1
    assert "There is no version 9" in err
