import math

import pytest

from engine.document.taxonomy_commands import add_class, rename
from engine.errors import EngineError
from engine.hands.agreement import compare, differing, pairs_of
from engine.masks.mask import Mask
from engine.store import Project

from .conftest import CELL, ROAD, add, at_work, begin, finish, flip, hand_out, paint


@pytest.fixture
def copies(root):
    """Two parts that share all of their two images."""
    project = begin(root / "slides" / "slides.maskwright", 2)
    files = hand_out(project, 2, overlap=1.0)
    project.close()
    return project.path, *files


@pytest.fixture
def compared(copies):
    def run(**how):
        sides = [Project.open(path, read_only=True) for path in copies[1:]]
        try:
            return compare(*sides, **how)
        finally:
            for side in sides:
                side.close()

    return run


def test_figures_are_those_of_the_pixels_and_objects(copies, compared):
    _, first, second = copies

    def one(part):
        add(part, 1, (100, 100, 120, 120))  # only the first has it
        finish(part, 1)
        finish(part, 2)

    def two(part):
        flip(part, 1, 1, (80, 20, 100, 80))
        finish(part, 1)
        finish(part, 2)

    at_work(first, one)
    at_work(second, two)
    found = compared()
    (cell,) = [row for row in found.classes if row.name == "cell"]
    union = 2 * 3600 + 1200 + 400
    assert cell.iou == pytest.approx(7200 / union)
    assert (cell.objects.matched, cell.objects.first, cell.objects.second) == (2, 1, 0)
    assert cell.objects.overlap == pytest.approx(1 + 3600 / 4800)
    assert cell.objects.f1 == pytest.approx(4 / 5)
    assert [row.image for row in found.images] == [1, 2]
    assert found.images[0].differing == pytest.approx(1600 / (300 * 400))
    assert found.images[1].miou == 1.0
    assert 0 < found.kappa < 1
    assert found.mean.objects.matched == 2


def test_images_that_are_only_begun_count_on_request(copies, compared):
    _, first, second = copies
    at_work(first, lambda p: _begin(p, CELL))
    at_work(second, lambda p: _begin(p, None))
    assert compared().images == []
    found = compared(begun=True)
    (row,) = found.images
    assert (row.image, row.objects.first) == (1, 1)
    (background,) = [each for each in found.classes if each.name == "background"]
    assert background.iou < 1


def _begin(part, class_id):
    from engine.document.commands import SetStatus
    from engine.document.document import Status

    if class_id:
        add(part, 1, (100, 100, 150, 150), class_id)
    part.history(part.load(1)).do(SetStatus(part.load(1).status, Status.CORRECTED))


def test_where_two_differ_in_an_image(copies):
    _, first, second = copies
    at_work(first, lambda p: paint(p, 2, (0, 100, 50, 150), ROAD))
    sides = [Project.open(path, read_only=True) for path in (first, second)]
    found = differing(*sides, 2)
    assert list(found) == [1]  # the second says nothing there
    assert found[1].same(Mask.rectangle((0, 100, 50, 150)))
    with pytest.raises(EngineError, match="does not have this image"):
        differing(*sides, 99)
    for side in sides:
        side.close()


def test_classes_that_only_one_has_are_said(copies, compared):
    _, first, second = copies
    for path in (first, second):
        at_work(path, lambda p: finish(p, 1))
    at_work(second, lambda p: p.project_history.do(add_class(p.taxonomy, "spore")))
    assert compared().notes == ["Only slides, part 2 of 2 has these classes: “spore”."]


def test_figures_are_the_same_from_both_sides(copies):
    """Also for a class that only one has, one that was renamed, and one of the same name."""
    _, first, second = copies

    def one(p):
        p.project_history.do(rename(p.taxonomy, CELL, "round cell"))
        p.project_history.do(add_class(p.taxonomy, "Spore"))
        add(p, 1, (100, 100, 130, 130), p.taxonomy.by_name("spore").id)
        finish(p, 1)

    def two(p):
        for name in ("dirt", "spore"):
            p.project_history.do(add_class(p.taxonomy, name))
        add(p, 1, (100, 100, 125, 130), p.taxonomy.by_name("spore").id)
        add(p, 1, (200, 100, 220, 120), p.taxonomy.by_name("dirt").id)
        finish(p, 1)

    at_work(first, one)
    at_work(second, two)
    sides = [Project.open(path, read_only=True) for path in (first, second)]
    found, turned = compare(*sides), compare(*reversed(sides))
    assert {row.name for row in found.classes} == {"background", "round cell", "Spore", "dirt"}
    figures = [sorted(row[1:] for row in map(_figures, each.classes)) for each in (found, turned)]
    assert figures[0] == figures[1]
    assert found.kappa == turned.kappa < 1
    assert found.mean.iou == pytest.approx(turned.mean.iou)
    by_name = {row.name: row for row in found.classes}
    assert by_name["round cell"].iou == 1.0  # one class, whatever it is called now
    assert by_name["Spore"].iou == pytest.approx(25 / 30)
    assert (by_name["dirt"].iou, by_name["dirt"].objects.second) == (0.0, 1)
    masks = differing(*sides, 1)
    assert masks[0].same(Mask.rectangle((200, 100, 220, 120)))  # a class the first has not
    assert masks[1].same(Mask.rectangle((125, 100, 130, 130)))
    for side in sides:
        side.close()


def _figures(row):
    things = row.objects
    alone = tuple(sorted((things.first, things.second)))
    return row.name.casefold(), row.iou, row.boundary_iou, row.kappa, things.matched, alone


def test_which_copies_are_compared(root):
    a, b, c, d = (root / name for name in "abcd")
    assert pairs_of(a, [b]) == [(a, b)]
    assert pairs_of(a, [b, c, d]) == [(b, c), (b, d), (c, d)]


def test_nothing_to_compare_has_no_figures(compared):
    found = compared()
    assert (found.images, found.classes) == ([], [])
    assert math.isnan(found.kappa)
    assert math.isnan(found.mean.iou)
