import pytest

from engine.document.annotation import Annotation
from engine.document.commands import Replace
from engine.document.lint import Limits, lint
from engine.masks.mask import Mask
from engine.store import Project
from engine.store.lint_settings import keep_limits, leave

WHOLE = Mask.rectangle((10, 10, 40, 40))
FAULTY = WHOLE - Mask.rectangle((20, 20, 21, 21)) | Mask.rectangle((50, 50, 52, 52))


@pytest.fixture
def cells(tmp_path):
    """A closed project of three images with a cell each; one has a hole and an island."""
    path = tmp_path / "cells.maskwright"
    project = Project.create(path)
    project.add_classes([project.taxonomy.new_class("cell")])
    rows = project.add_images([tmp_path / f"{n}.png" for n in range(3)], [(60, 80)] * 3)
    for row, mask in zip(rows, (WHOLE, FAULTY, WHOLE), strict=True):
        (number,) = project.new_ids(1)
        new = Annotation(id=number, class_id=2, mask=mask)
        project.history(project.load(row.id)).do(Replace((), (new,)))
    project.close()
    return path


def masks(path):
    project = Project.open(path, read_only=True)
    found = [a.mask for row in project.images() for a in project.load(row.id).ordered()]
    project.close()
    return found


def test_faults_are_told_and_nothing_is_changed(machine, cells):
    code, lines = machine("lint", cells)
    faults = [line for line in lines if line["type"] == "fault"]
    assert code == 1
    assert [(each["file"], each["rule"], each["pixels"]) for each in faults] == [
        ("1.png", "hole", 1),
        ("1.png", "island", 4),
    ]
    assert lines[-1]["result"]["left"] == 2
    assert masks(cells)[1].same(FAULTY)


def test_repairs_are_one_undo_step_for_each_image(cli, cells):
    code, out, _ = cli("lint", cells, "--fix", "all")
    assert code == 0
    assert "2 faults mended" in out
    assert masks(cells)[1].same(WHOLE)
    project = Project.open(cells)
    document = project.load(project.images()[1].id)
    history = project.history(document)
    history.undo()
    assert document.ordered()[0].mask.same(FAULTY)
    project.close()
    assert cli("lint", cells, "--only", "island")[0] == 1
    assert "No fault was found" in cli("lint", cells, "--only", "overlap")[1]


def test_only_what_is_named_is_repaired(cli, cells):
    code, out, _ = cli("lint", cells, "--fix", "island", "--images", "1.png")
    assert code == 1
    assert "Tiny holes: 1, 0 mended" in out
    assert masks(cells)[1].same(FAULTY - Mask.rectangle((50, 50, 52, 52)))


def test_an_unknown_rule_names_those_there_are(cli, cells):
    code, _, err = cli("lint", cells, "--only", "dust")
    assert code == 2
    assert "dust" in err
    assert "sliver" in err


def test_limits_and_what_was_left_are_the_projects(cli, cells):
    project = Project.open(cells)
    keep_limits(project, Limits(hole=0))
    island = lint(project.load(project.images()[1].id), project.taxonomy)[1]
    leave(project, project.images()[1].id, [island.key])
    project.close()
    assert cli("lint", cells)[0] == 0
    assert "Tiny holes: 1" in cli("lint", cells, "--hole", "2")[1]
    assert "Islands: 1" in cli("lint", cells, "--left")[1]
    assert cli("lint", cells, "--duplicate", "0")[0] == 2
