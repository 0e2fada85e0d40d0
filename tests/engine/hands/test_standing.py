"""Conflicts that nobody has decided when the part comes again."""

import pytest

from engine.document.commands import Replace
from engine.hands.deciding import decide
from engine.hands.merge import merged
from engine.masks.mask import Mask

from .conftest import CELL, GRASS, NUCLEUS, ROAD, add, at_work, begin, drop, flip, hand_out, paint


@pytest.fixture
def project(root):
    made = begin(root / "slides" / "slides.maskwright", 2)
    yield made
    made.close(discard=True)


@pytest.fixture
def parts(project):
    return hand_out(project, 2, overlap=1.0)


@pytest.fixture
def pixels(project, parts):
    """One conflict of 600 pixels that waits: to 90 here, to 100 there."""
    first, second = parts
    at_work(first, lambda p: flip(p, 1, 1, (80, 20, 90, 80)))
    at_work(second, lambda p: flip(p, 1, 1, (80, 20, 100, 80)))
    merged(project, first)
    merged(project, second)
    return second


def waiting(project):
    from engine.document.conflict import decode

    return [decode(row.payload, (300, 400)) for row in project.conflicts()]


def test_a_place_is_asked_once_however_often_the_part_comes(project, pixels):
    at_work(pixels, lambda p: flip(p, 1, 1, (100, 20, 110, 80)))
    report = merged(project, pixels)
    (each,) = waiting(project)
    assert each.patch.same(Mask.rectangle((90, 20, 100, 80)))
    assert [c.patch.area for _, c in report.conflicts] == [600]
    assert project.load(1).annotations[1].mask.box == (20, 20, 110, 80)  # holds but for the place
    at_work(pixels, lambda p: flip(p, 2, 2, (0, 0, 5, 5)))
    merged(project, pixels)
    assert len(waiting(project)) == 1
    decide(project, project.conflicts()[0], "theirs")
    assert project.load(1).annotations[1].mask.same(Mask.rectangle((20, 20, 110, 80)))


def test_what_they_came_to_agree_on_is_asked_no_more(project, pixels):
    at_work(pixels, lambda p: flip(p, 1, 1, (90, 20, 100, 80)))
    assert merged(project, pixels).conflicts == []
    assert waiting(project) == []
    assert project.load(1).annotations[1].mask.same(Mask.rectangle((20, 20, 90, 80)))


def test_what_they_deleted_since_is_asked_as_that(project, pixels):
    at_work(pixels, lambda p: drop(p, 1, 1))
    merged(project, pixels)
    assert [each.kind for each in waiting(project)] == ["gone_there"]


def test_merging_as_if_for_the_first_time_asks_once(project, pixels):
    merged(project, pixels, again=True)
    assert [each.patch.area for each in waiting(project)] == [600]
    assert merged(project, pixels, "theirs", again=True).settled == 1
    assert waiting(project) == []
    assert project.load(1).annotations[1].mask.box == (20, 20, 100, 80)


def test_what_both_drew_stays_one_question(project, parts):
    first, second = parts
    mine = at_work(first, lambda p: add(p, 1, (100, 100, 200, 200)))
    theirs = at_work(second, lambda p: add(p, 1, (100, 100, 210, 200)))
    for part in parts:
        merged(project, part)
    at_work(second, lambda p: flip(p, 1, theirs, (210, 100, 220, 200)))
    merged(project, second)
    (each,) = waiting(project)
    assert (each.kind, each.annotation, each.patch.area) == ("twice", mine, 2_000)
    at_work(second, lambda p: flip(p, 1, theirs, (200, 100, 220, 200)))
    merged(project, second)
    assert waiting(project) == []


def test_two_classes_stay_one_question(project, parts):
    from dataclasses import replace

    def become(number):
        def act(p):
            document = p.load(1)
            each = document.annotations[1]
            p.history(document).do(Replace((each,), (replace(each, class_id=number),)))

        return act

    first, second = parts
    spore = at_work(second, lambda p: _spore(p, become))
    at_work(first, become(NUCLEUS))
    for part in parts:
        merged(project, part)
    assert [(e.kind, e.theirs_class) for e in waiting(project)] == [("class", spore)]
    at_work(second, become(NUCLEUS))
    merged(project, second)
    assert waiting(project) == []
    assert project.load(1).annotations[1].class_id == NUCLEUS != CELL


def _spore(part, become):
    from engine.document.taxonomy_commands import add_class

    part.project_history.do(add_class(part.taxonomy, "spore"))
    number = part.taxonomy.by_name("spore").id
    become(number)(part)
    return number


def test_areas_painted_anew_are_asked_where_they_still_differ(project, parts):
    first, second = parts
    at_work(first, lambda p: paint(p, 1, (0, 0, 100, 100), ROAD))
    at_work(second, lambda p: paint(p, 1, (0, 0, 100, 100), GRASS))
    for part in parts:
        merged(project, part)
    at_work(second, lambda p: paint(p, 1, (0, 0, 40, 100), ROAD))  # they agree on the left
    merged(project, second)
    (each,) = waiting(project)
    assert each.patch.same(Mask.rectangle((40, 0, 100, 100)))


def test_a_part_of_another_split_of_that_name_leaves_what_waits_alone(project, pixels):
    other = hand_out(project, 2, overlap=1.0, folder=pixels.parent / "again")[1]
    at_work(other, lambda p: add(p, 1, (200, 200, 240, 240)))
    merged(project, other)
    assert [each.patch.area for each in waiting(project)] == [600]
