import json
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from engine.document.annotation import Annotation
from engine.document.commands import FlipPixels, Replace
from engine.masks.mask import Mask
from engine.store import Project


@pytest.fixture
def cells(tmp_path):
    """A closed project of eight done images that have a cell each."""
    path = tmp_path / "cells" / "cells.maskwright"
    project = Project.create(path)
    project.add_classes([project.taxonomy.new_class("cell")])
    rows = project.add_images([path.parent / f"{n}.png" for n in range(8)], [(60, 80)] * 8)
    for row in rows:
        (number,) = project.new_ids(1)
        new = Annotation(id=number, class_id=2, mask=Mask.rectangle((10, 10, 30, 30)))
        project.history(project.load(row.id)).do(Replace((), (new,)))
        finish(project, row.id)
    project.close()
    return path


def finish(project, image):
    from engine.document.finishing import mark_done

    document = project.load(image)
    project.history(document).do(mark_done(document))


def paint(path, image, box, person=""):
    project = Project.open(path)
    document = project.load(image)
    (number,) = document.annotations
    history = project.history(document)
    history.do(FlipPixels(number, Mask.rectangle(box)))
    if person:
        now = document.annotations[number]
        history.do(Replace((now,), (replace(now, person=person),)))
    project.close()


def test_split_and_merge(cli, machine, cells):
    code, lines = machine("split", cells, "--parts", 2, "--overlap", "25%")
    parts = [each["path"] for each in lines[-1]["result"]["parts"]]
    assert code == 0
    assert sum(each["images"] for each in lines[-1]["result"]["parts"]) == 10
    paint(parts[0], 1, (30, 10, 35, 30))
    code, out, _ = cli("merge", cells, *parts)
    assert code == 0
    assert "part 1 of 2: 1 image changed, 1 object." in out
    assert cli("merge", cells, *parts)[1].count("0 images changed") == 2
    assert cli("split", cells, "--parts", 2)[0] == 1


def test_conflicts_are_listed_and_the_exit_code_says_so(cli, machine, cells):
    machine("split", cells, "--parts", 2, "--overlap", "100%")
    parts = sorted((cells.parent / "cells-parts").glob("*.maskwright"))
    paint(parts[0], 3, (30, 10, 35, 30))
    paint(parts[1], 3, (30, 10, 40, 30))
    code, lines = machine("merge", cells, *parts)
    assert code == 3
    (conflict,) = [each for each in lines if each["type"] == "conflict"]
    assert (conflict["file"], conflict["kind"], conflict["pixels"]) == ("2.png", "pixels", 100)
    assert lines[-1]["outcome"] == "partly"
    code, out, _ = cli("merge", cells, *parts)
    assert code == 3
    assert "1 conflict to decide" in out


def test_a_side_can_be_preferred(cli, machine, cells):
    machine("split", cells, "--parts", 2, "--overlap", "100%")
    parts = sorted((cells.parent / "cells-parts").glob("*.maskwright"))
    paint(parts[0], 3, (30, 10, 35, 30))
    paint(parts[1], 3, (30, 10, 40, 30))
    code, out, _ = cli("merge", cells, *parts, "--prefer", "theirs")
    assert code == 0
    assert "1 conflict decided" in out
    assert cli("merge", cells, *parts, "--prefer", "nobody")[0] == 2


@pytest.fixture
def disagreed(cli, machine, cells):
    """Two parts that left two places of two images different, merged."""
    machine("split", cells, "--parts", 2, "--overlap", "100%")
    parts = sorted((cells.parent / "cells-parts").glob("*.maskwright"))
    for image in (3, 5):
        paint(parts[0], image, (30, 10, 35, 30), "Ana")
        paint(parts[1], image, (30, 10, 40, 30), "Ben")
    cli("merge", cells, *parts)
    return parts


def test_what_waits_is_listed_with_place_and_people(cli, machine, cells, disagreed):
    code, out, _ = cli("merge", cells)
    assert code == 3
    assert (
        "2.png, at 35, 10: cell, object 3: both changed its outline at the same place; 100 px "
        "differ. Mine is by Ana, theirs by Ben."
    ) in out
    assert "2 conflicts to decide" in out
    _, lines = machine("merge", cells)
    first, second = [each for each in lines if each["type"] == "conflict"]
    assert (first["box"], first["mine_by"], first["theirs_by"]) == ([35, 10, 40, 30], "Ana", "Ben")
    assert (second["file"], second["from"]) == ("4.png", "part 2 of 2")
    assert "and 1 more; --list 2 lists them" in cli("merge", cells, "--list", 1)[1]
    assert cli("merge", cells, disagreed[1], "--prefer", "theirs")[0] == 3  # nothing new in it


@pytest.mark.parametrize(("side", "area"), [("mine", 500), ("theirs", 600)])
def test_all_that_waits_is_decided_for_one_side_as_one_step_per_image(
    cli, cells, disagreed, side, area
):
    code, out, _ = cli("merge", cells, "--prefer", side)
    assert code == 0
    assert "2 conflicts decided in 2 images." in out
    project = Project.open(cells)
    assert project.load(3).annotations[3].mask.area == area
    assert project.history(project.load(3)).undo() == ("Keep mine", "Take theirs")[area == 600]
    assert [row.image for row in project.conflicts()] == [3]  # undo opens it again
    project.close()
    assert cli("merge", cells)[0] == 3
    assert cli("merge", cells, "--prefer", side)[0] == 0
    code, out, _ = cli("merge", cells)
    assert (code, out.strip()) == (0, "Nothing waits to be decided.")


def test_one_part_that_cannot_be_read_keeps_no_other_out(cli, machine, cells):
    machine("split", cells, "--parts", 2)
    parts = sorted((cells.parent / "cells-parts").glob("*.maskwright"))
    paint(parts[1], 5, (30, 10, 35, 30))
    parts[0].write_bytes(b"no project")
    other = cells.parent / "other.maskwright"
    Project.create(other).close()
    code, out, err = cli("merge", cells, parts[0], other, parts[1])
    assert code == 3
    assert "part 2 of 2: 1 image changed, 1 object." in out
    assert "cells-part1.maskwright" in err
    assert "other.maskwright is no part or copy of “cells”" in err
    code, lines = machine("merge", cells, parts[0], other)
    assert (code, lines[-1]["error"]) == (1, "None of them was merged.")
    assert cli("merge", cells, other)[0] == 1


def test_what_is_kept_of_parts_is_given_up_when_all_are_back(cli, machine, cells):
    machine("split", cells, "--parts", 1)
    part = cells.parent / "cells-parts" / "cells-part1.maskwright"
    for image in range(1, 9):
        paint(part, image, (30, 10, 35, 30))
    cli("merge", cells, part)
    assert kept(cells) > 0
    assert cli("merge", cells, "--all-back")[0] == 0
    assert kept(cells) == 0
    project = Project.open(cells)
    history = project.history(project.load(2))
    history.do(Replace(tuple(project.load(2).annotations.values()), ()))
    project.close()
    assert "0 images changed" in cli("merge", cells, part)[1]  # known for what was merged
    paint(part, 3, (50, 10, 53, 30))  # one that goes on is compared from the split on
    code, out, _ = cli("merge", cells, part)
    assert (code, "1 image changed, 1 object." in out) == (0, True)
    project = Project.open(cells, read_only=True)
    assert project.load(3).annotations[3].mask.area == 400 + 160
    assert not project.load(2).annotations
    project.close()


def kept(path):
    db = sqlite3.connect(path)
    (size,) = db.execute("SELECT SUM(LENGTH(content)) FROM bases").fetchone()
    db.close()
    return size


def test_agreement(cli, machine, cells):
    machine("split", cells, "--parts", 2, "--overlap", "100%")
    parts = sorted((cells.parent / "cells-parts").glob("*.maskwright"))
    paint(parts[0], 3, (30, 10, 35, 30))
    code, lines = machine("agreement", cells, *parts)
    (pair,) = lines[-1]["result"]["pairs"]
    assert code == 0
    assert pair["images"] == 8
    assert pair["worst"][0]["file"] == "2.png"
    (cell,) = [each for each in pair["classes"] if each["class"] == "cell"]
    assert cell["iou"] == pytest.approx(8 * 400 / (8 * 400 + 100))
    assert (cell["matched"], cell["only_first"], cell["only_second"]) == (8, 0, 0)
    code, out, _ = cli("agreement", cells, parts[0])
    assert code == 0
    assert "kappa" in out
    assert "2.png" in out


def test_agreement_about_one_class_alone_has_no_kappa_and_says_so(cli, machine, cells):
    project = Project.open(cells)
    for row in project.images():
        document = project.load(row.id)
        project.history(document).do(Replace(tuple(document.annotations.values()), ()))
    project.close()
    machine("split", cells, "--parts", 1)
    part = cells.parent / "cells-parts" / "cells-part1.maskwright"
    code, out, _ = cli("agreement", cells, part)
    assert code == 0
    assert "Cohen's kappa over all classes: none, for both sides have one class alone." in out
    assert "nan" not in out
    _, lines = machine("agreement", cells, part)
    assert lines[-1]["result"]["pairs"][0]["kappa"] is None


def test_classes_are_locked_described_and_handed_on(cli, machine, cells, tmp_path):
    assert cli("classes", cells, "guideline", "cell", "Up to the membrane.")[0] == 0
    assert cli("classes", cells, "lock", "--by", "Ana")[0] == 0
    code, out, _ = cli("classes", cells)
    assert code == 0
    assert "Up to the membrane." in out
    assert "Ana locked the classes on" in out
    code, _, err = cli("classes", cells, "guideline", "cell", "No.")
    assert code == 1
    assert "Ana locked the classes" in err
    assert "“Describe cell” was refused. Unlock the class list" in err
    file = tmp_path / "list.json"
    assert cli("classes", cells, "export", file)[0] == 0
    assert json.loads(file.read_text())["locked_by"] == "Ana"
    other = tmp_path / "other.maskwright"
    Project.create(other).close()
    assert (
        "1 class taken up from list.json; the list is locked."
        in cli("classes", other, "import", file)[1]
    )
    _, lines = machine("classes", other)
    assert lines[0]["guideline"] == "Up to the membrane."
    assert cli("classes", other, "unlock")[0] == 0
    assert cli("classes", other, "import", cells)[0] == 1
    assert cli("classes", other, "guideline", "cell")[0] == 2
    assert cli("classes", other, "guideline", "car", "No.")[0] == 1


def test_a_locked_list_goes_out_with_the_parts(cli, machine, cells):
    cli("classes", cells, "lock", "--by", "Ana")
    _, lines = machine("split", cells, "--parts", 1, "--copy-images")
    assert lines[-1]["outcome"] == "failed"  # the images are not there
    _, lines = machine("split", cells, "--parts", 1, "--out", cells.parent / "out")
    part = Project.open(cells.parent / "out" / "cells-part1.maskwright", read_only=True)
    assert part.class_lock.by == "Ana"
    part.close()
    assert np.isfinite(part.class_lock.when)
