"""Copies that come back late, twice, in the wrong order, or from a branch that was given up."""

import shutil
import sqlite3

from engine.document.painting import flip_layer
from engine.hands.merge import merged
from engine.store import Project

from .conftest import (
    GRASS,
    ROAD,
    add,
    at_work,
    content,
    copy_of,
    drop,
    flip,
    hand_out,
    paint,
)


def test_an_image_taken_out_here_comes_back_whole_where_there_was_work(project):
    paint(project, 1, (0, 0, 30, 30), ROAD)
    (part,) = hand_out(project, 1)
    project.remove_images([1, 2])
    at_work(part, lambda p: add(p, 1, (200, 100, 250, 150)))
    report = merged(project, part)
    assert (report.new_images, report.conflicts) == (1, [])
    assert report.notes == [
        "night_01.png had been taken out here and came in again, for there was work in part 1 of 1."
    ]
    assert content(project)[1] == at_work(part, content)[1]
    assert 2 not in project.images().ids()
    assert merged(project, part).images == []


def test_an_older_file_of_a_part_brings_nothing_back(project):
    (part,) = hand_out(project, 1)
    one, two = at_work(part, lambda p: [add(p, n, (200, 100, 250, 150)) for n in (1, 2)])
    old = copy_of(part, "old.maskwright")

    def later(p):
        drop(p, 1, one)
        flip(p, 2, two, (250, 100, 260, 150))
        drop(p, 3, 3)

    at_work(part, later)
    merged(project, part)
    before = content(project)
    report = merged(project, old)
    assert (report.images, report.conflicts, report.older) == ([], [], 2)
    assert "2 images are older in this file than what came from part 1 of 1" in report.notes[0]
    assert content(project) == before
    assert (merged(project, part).images, content(project)) == ([], before)
    new = at_work(part, lambda p: add(p, 1, (0, 200, 40, 240)))  # it goes on from the newer one
    assert merged(project, part).images == [1]
    assert set(project.load(1).annotations) == {1, new}


def test_a_step_taken_back_in_a_part_is_no_older_file(project):
    (part,) = hand_out(project, 1)
    at_work(part, lambda p: add(p, 1, (200, 100, 250, 150)))
    merged(project, part)
    at_work(part, lambda p: p.history(p.load(1)).undo())
    report = merged(project, part)
    assert (report.images, report.older) == ([1], 0)
    assert set(project.load(1).annotations) == {1}


def test_parts_in_any_order_and_twice_come_to_the_same(project):
    parts = hand_out(project, 3, overlap=0.5, times=3)
    for at, part in enumerate(parts):
        at_work(
            part, lambda p, at=at: [add(p, n, (10 + 100 * at, 90, 90 + 100 * at, 150))
                                    for n in p.images().ids()],
        )  # fmt: skip
    project.close()
    results = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 1, 2, 0, 2)):
        path = project.path.with_name(f"lead{len(results)}.maskwright")
        shutil.copy(project.path, path)
        lead = Project.open(path)
        for at in order:
            assert merged(lead, parts[at]).conflicts == []
        results.append(content(lead))
        lead.close()
    assert results[0] == results[1] == results[2]


def test_the_same_object_of_two_parts_goes_on_as_one(project):
    """Both accept what one model proposed; whoever corrects it later corrects that one."""
    first, second = hand_out(project, 2, overlap=1.0)
    (mine,) = [at_work(first, lambda p: add(p, 1, (200, 100, 250, 150)))]
    theirs = at_work(second, lambda p: add(p, 1, (200, 100, 250, 150)))
    merged(project, first)
    assert merged(project, second).conflicts == []
    assert set(project.load(1).annotations) == {1, mine}
    at_work(second, lambda p: flip(p, 1, theirs, (250, 100, 260, 150)))
    assert merged(project, second).conflicts == []
    assert project.load(1).annotations[mine].mask.box == (200, 100, 260, 150)


def test_a_part_of_a_part_can_be_given_to_the_lead_at_once(project):
    dead = add(project, 1, (200, 0, 250, 50))
    (part,) = hand_out(project, 1)
    outer = Project.open(part)
    mine = add(outer, 2, (200, 0, 250, 50))
    (inner,) = hand_out(outer, 1, folder=part.parent / "inner")
    outer.close()

    def work(p):
        flip(p, 1, 1, (80, 20, 90, 80))
        drop(p, 1, dead)
        return add(p, 2, (300, 0, 350, 50))

    theirs = at_work(inner, work)
    flip(project, 1, 1, (10, 20, 20, 80))  # and the lead goes on
    report = merged(project, inner)
    assert (report.images, report.conflicts) == ([1, 2], [])
    assert set(project.load(1).annotations) == {1}
    assert project.load(1).annotations[1].mask.box == (10, 20, 90, 80)
    assert set(project.load(2).annotations) == {2, mine, theirs}
    before = content(project)
    outer = Project.open(part)
    merged(outer, inner)
    outer.close()
    assert merged(project, part).conflicts == []
    assert merged(project, inner).conflicts == []
    assert content(project) == before


def test_a_file_of_a_branch_that_was_given_up_asks_nothing_twice(project):
    first, second = hand_out(project, 2, overlap=1.0)
    at_work(first, lambda p: flip(p, 1, 1, (80, 20, 90, 80)))
    at_work(second, lambda p: flip(p, 1, 1, (80, 20, 100, 80)))
    branch = copy_of(second, "branch.maskwright")

    def otherwise(p):
        p.history(p.load(1)).undo()
        flip(p, 1, 1, (80, 20, 110, 80))

    at_work(second, otherwise)
    for part in (first, second, branch, second, branch):
        merged(project, part)
    assert len(project.conflicts()) <= 2  # one for each of the two that differ from what is here
    assert len({row.payload for row in project.conflicts()}) == len(project.conflicts())


def test_what_is_kept_of_copies_is_compressed_and_read_as_none_where_it_is_damaged(project):
    (part,) = hand_out(project, 1)

    def work(p):
        for n in range(40):
            add(p, 1, (10 * n % 380, 20, 10 * n % 380 + 9, 40))

    at_work(part, work)
    merged(project, part)
    project.flush()
    db = sqlite3.connect(project.path)
    (stored,) = db.execute("SELECT content FROM bases WHERE image = 1").fetchone()
    with project.comparing() as kept:
        whole = kept.packed(1)
    assert len(stored) < len(whole) / 2
    db.execute("UPDATE bases SET content = ? WHERE image = 1", (stored[:-9],))
    db.commit()
    db.close()
    before = content(project)
    at_work(part, lambda p: add(p, 1, (0, 200, 40, 240)))
    assert merged(project, part).images == [1]
    assert len(project.load(1).annotations) == len(before[1][0]) + 1


def test_tiles_of_one_class_over_a_painted_one_merge(project):
    """A tile that is whole on both sides and was not when they parted."""
    paint(project, 1, (0, 0, 30, 30), ROAD)
    first, second = hand_out(project, 2, overlap=1.0)
    at_work(first, lambda p: paint(p, 1, (0, 0, 400, 300), GRASS))

    def erase(p):
        document = p.load(1)
        patch = document.layer.change(document.layer.mask(ROAD), 0)
        p.history(document).do(flip_layer(document.layer, patch, "Erase"))
        paint(p, 1, (0, 0, 400, 300), ROAD)

    at_work(second, erase)
    merged(project, first)
    ((_, conflict),) = merged(project, second).conflicts
    assert (conflict.kind, conflict.patch.area) == ("area", 400 * 300 - 900)
    assert project.load(1).layer.areas() == {GRASS: 400 * 300}
