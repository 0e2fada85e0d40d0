import sqlite3

import pytest

from engine.document.document import Status
from engine.errors import EngineError
from engine.hands.deciding import decide
from engine.hands.merge import merged, merging
from engine.masks.mask import Mask
from engine.store import Project

from .conftest import (
    CELL,
    GRASS,
    ROAD,
    add,
    at_work,
    begin,
    content,
    copy_of,
    drop,
    finish,
    flip,
    hand_out,
    paint,
)


def test_work_of_a_part_comes_back_as_one_step_per_image_that_undo_takes_back(project):
    first, second = hand_out(project, 2)
    before = content(project)

    def work(part):
        ids = part.images().ids()
        new = add(part, ids[0], (100, 100, 150, 150), person="Ana")
        flip(part, ids[1], ids[1], (70, 70, 90, 90))
        paint(part, ids[1], (0, 200, 50, 250), ROAD)
        finish(part, ids[0])
        return ids, new, content(part)

    ids, new, theirs = at_work(first, work)
    project.load(ids[0]).person = "Lead"
    report = merged(project, first)
    assert (report.images, report.conflicts, report.new_images) == (ids[:2], [], 0)
    now = content(project)
    assert {key: now[key] for key in ids} == theirs
    assert project.load(ids[0]).annotations[new].person == "Ana"
    assert project.image(ids[0]).status is Status.DONE
    for number in ids[:2]:
        history = project.history(project.load(number))
        assert history.undo() == "Merge from part 1 of 2"
    assert content(project) == before
    assert merged(project, second).images == []


def test_merging_twice_does_nothing_and_later_work_comes_after(project):
    (part,) = hand_out(project, 1)
    image = project.images()[0].id
    at_work(part, lambda p: add(p, image, (100, 100, 150, 150)))
    merged(project, part)
    once = content(project)
    assert merged(project, part).images == []
    assert content(project) == once
    flip(project, image, image, (20, 20, 30, 30))  # work here goes on
    new = at_work(part, lambda p: add(p, image, (200, 100, 250, 150)))
    report = merged(project, part)
    assert (report.images, report.objects, report.conflicts) == ([image], 1, [])
    assert new in project.load(image).annotations
    assert project.load(image).annotations[image].mask.area == 60 * 60 - 100


def test_changes_at_different_places_of_one_object_are_both_taken(project):
    first, second = hand_out(project, 2, overlap=1.0)
    image = project.images()[0].id
    at_work(first, lambda p: flip(p, image, image, (80, 20, 90, 80)))
    at_work(second, lambda p: flip(p, image, image, (10, 20, 20, 80)))
    for part in (first, second):
        assert merged(project, part).conflicts == []
    mask = project.load(image).annotations[image].mask
    assert mask.same(Mask.rectangle((10, 20, 90, 80)))


def test_the_same_place_changed_differently_is_a_conflict_to_be_decided(project):
    first, second = hand_out(project, 2, overlap=1.0)
    image = project.images()[0].id
    at_work(first, lambda p: flip(p, image, image, (80, 20, 90, 80)))
    at_work(second, lambda p: flip(p, image, image, (80, 20, 100, 80)))
    merged(project, first)
    report = merged(project, second)
    ((where, conflict),) = report.conflicts
    assert (where, conflict.kind, conflict.patch.area) == (image, "pixels", 600)
    assert project.load(image).annotations[image].mask.area == 3600 + 600
    (row,) = project.conflicts()
    assert (row.image, row.origin) == (image, "part 2 of 2")
    decide(project, row, "theirs")
    assert project.load(image).annotations[image].mask.area == 3600 + 1200
    assert project.conflicts() == []
    history = project.history(project.load(image))
    assert history.undo() == "Take theirs"
    assert len(project.conflicts()) == 1  # undo opens it again
    decide(project, row, "mine")
    assert (project.conflicts(), history.undo_label) == ([], "Keep mine")
    with pytest.raises(EngineError, match="one side has to be picked"):
        decide(project, row, "both")


@pytest.mark.parametrize(("prefer", "area"), [("mine", 3600 + 600), ("theirs", 3600 + 1200)])
def test_a_side_can_be_preferred_for_all(project, prefer, area):
    first, second = hand_out(project, 2, overlap=1.0)
    image = project.images()[0].id
    at_work(first, lambda p: flip(p, image, image, (80, 20, 90, 80)))
    at_work(second, lambda p: flip(p, image, image, (80, 20, 100, 80)))
    merged(project, first)
    report = merged(project, second, prefer)
    assert (report.settled, report.conflicts, project.conflicts()) == (1, [], [])
    assert project.load(image).annotations[image].mask.area == area
    assert merged(project, second).images == []


def test_deleting_what_another_changed_is_a_conflict_and_deleting_the_rest_is_not(project):
    first, second = hand_out(project, 2, overlap=1.0)
    one, two = project.images().ids()[:2]

    def work(part):
        drop(part, one, one)
        drop(part, two, two)

    at_work(first, work)
    at_work(second, lambda p: flip(p, one, one, (80, 20, 90, 80)))
    merged(project, first)
    assert project.load(one).annotations == {}
    report = merged(project, second)
    assert [each.kind for _, each in report.conflicts] == ["gone_here"]
    decide(project, project.conflicts()[0], "theirs")
    assert project.load(one).annotations[one].mask.area == 4200
    assert two not in project.load(two).annotations


def test_drawn_by_both_is_shown_and_can_be_kept_twice(project):
    first, second = hand_out(project, 2, overlap=1.0)
    image = project.images()[0].id
    mine = at_work(first, lambda p: add(p, image, (100, 100, 200, 200)))
    theirs = at_work(second, lambda p: add(p, image, (100, 100, 210, 200)))
    far = at_work(second, lambda p: add(p, image, (300, 100, 350, 200)))
    merged(project, first)
    report = merged(project, second)
    assert [each.kind for _, each in report.conflicts] == ["twice"]
    assert set(project.load(image).annotations) == {image, mine, far}
    (row,) = project.conflicts()
    history = project.history(project.load(image))
    decide(project, row, "both")
    assert set(project.load(image).annotations) == {image, mine, far, theirs}
    history.undo()
    decide(project, row, "theirs")
    assert set(project.load(image).annotations) == {image, far, theirs}


def test_pixels_painted_with_two_classes_are_a_conflict_and_others_are_not(project):
    first, second = hand_out(project, 2, overlap=1.0)
    image = project.images()[0].id
    at_work(first, lambda p: paint(p, image, (0, 0, 100, 100), ROAD))
    at_work(second, lambda p: paint(p, image, (50, 0, 200, 100), GRASS))
    merged(project, first)
    ((_, conflict),) = merged(project, second).conflicts
    assert (conflict.kind, conflict.mine_class, conflict.theirs_class) == ("area", ROAD, GRASS)
    assert conflict.patch.same(Mask.rectangle((50, 0, 100, 100)))
    assert project.load(image).layer.areas()[GRASS] == 100 * 100
    decide(project, project.conflicts()[0], "theirs")
    assert project.load(image).layer.areas()[GRASS] == 150 * 100


def test_plain_copies_merge_by_their_journals(project):
    image, other = project.images().ids()[:2]
    shared = add(project, image, (100, 100, 150, 150))
    path = project.path
    project.close()
    copy = copy_of(path, "copy.maskwright")

    def theirs(part):
        drop(part, image, shared)
        add(part, image, (200, 100, 250, 150))
        flip(part, other, other, (80, 20, 90, 80))

    def ours(part):
        return add(part, image, (300, 100, 350, 150))

    at_work(copy, theirs)
    mine = at_work(path, ours)
    again = Project.open(path)
    report = merged(again, copy)
    assert report.conflicts == []
    boxes = sorted(a.mask.box for a in again.load(image).annotations.values())
    assert boxes == [(20, 20, 80, 80), (200, 100, 250, 150), (300, 100, 350, 150)]
    assert again.load(image).annotations[mine].mask.box == (300, 100, 350, 150)
    assert again.load(other).annotations[other].mask.area == 4200
    assert merged(again, copy).images == []
    at_work(copy, lambda p: add(p, image, (0, 200, 30, 230)))  # the same number as one here
    merged(again, copy)
    assert len(again.load(image).annotations) == 4
    again.close()


def test_what_was_imported_into_one_copy_is_not_taken_for_deleted_in_the_other(project):
    from engine.document.annotation import Annotation

    image = project.images()[0].id
    path = project.path
    project.close()
    copy = copy_of(path, "copy.maskwright")

    def imported(part):
        (number,) = part.new_ids(1)
        new = Annotation(id=number, class_id=CELL, mask=Mask.rectangle((100, 0, 150, 50)))
        part.add_annotations(image, [new])

    at_work(path, imported)
    at_work(copy, lambda p: flip(p, image, image, (80, 20, 90, 80)))
    again = Project.open(path)
    merged(again, copy)
    assert len(again.load(image).annotations) == 2
    again.close()


def test_another_project_is_refused(project, root):
    other = begin(root / "b" / "other.maskwright")
    other.close()
    with pytest.raises(EngineError, match="no part or copy of “slides”"):
        merged(project, other.path)
    with pytest.raises(EngineError, match="itself"):
        merged(project, project.path)


def test_a_merge_that_is_broken_off_goes_on_where_it_stopped(project):
    (part,) = hand_out(project, 1)
    ids = project.images().ids()
    at_work(part, lambda p: [add(p, image, (100, 100, 150, 150)) for image in ids])
    work = merging(project, part)
    while len(project.load(ids[2]).annotations) == 1:
        next(work)
    work.close()
    assert len(project.load(ids[5]).annotations) == 1
    assert merged(project, part).images == ids[3:]
    assert content(project) == at_work(part, content)


def test_a_damaged_image_of_a_part_is_left_out_and_said(project):
    (part,) = hand_out(project, 1)
    ids = project.images().ids()
    at_work(part, lambda p: [add(p, image, (100, 100, 150, 150)) for image in ids])
    db = sqlite3.connect(part)
    db.execute("UPDATE annotations SET mask = x'0102' WHERE image = ?", (ids[1],))
    db.execute("UPDATE settings SET value = '[1]' WHERE key = 'hands.splits'")
    db.commit()
    db.close()
    report = merged(project, part)
    assert report.images == [ids[0], *ids[2:]]
    assert [note.split(".")[0] for note in report.notes] == ["night_02"]
    assert "was left out" in report.notes[0]


@pytest.mark.parametrize("said", ["[]", "{}", '{"split": 5}', '{"split": "x", "classes": [1]}'])
def test_a_part_that_says_nonsense_of_itself_is_merged_as_a_copy(project, said):
    (part,) = hand_out(project, 1)
    image = project.images()[0].id
    at_work(part, lambda p: add(p, image, (100, 100, 150, 150)))
    db = sqlite3.connect(part)
    db.execute("UPDATE settings SET value = ? WHERE key = 'hands.part'", (said,))
    db.execute("INSERT INTO settings VALUES ('hands.splits', '[3, {}]')")
    db.commit()
    db.close()
    assert merged(project, part).images == [image]
    assert len(project.load(image).annotations) == 2
