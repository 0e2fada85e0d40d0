import json

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


def paint(path, image, box):
    project = Project.open(path)
    document = project.load(image)
    (number,) = document.annotations
    project.history(document).do(FlipPixels(number, Mask.rectangle(box)))
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
