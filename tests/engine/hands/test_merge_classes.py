"""A lead who changed the classes while parts were out."""

import pytest

from engine.document import taxonomy_commands as classes
from engine.document.taxonomy import ClassLock
from engine.errors import EngineError
from engine.hands.deciding import decide
from engine.hands.merge import merged

from .conftest import CELL, GRASS, NUCLEUS, ROAD, add, at_work, flip, hand_out, paint


def names(project):
    return [entry.name for entry in project.taxonomy.classes]


def test_what_is_of_a_class_merged_here_comes_in_as_what_it_became(project):
    paint(project, 2, (0, 200, 50, 250), GRASS)
    (part,) = hand_out(project, 1)

    def work(p):
        paint(p, 1, (0, 200, 50, 250), GRASS)
        flip(p, 1, 1, (80, 20, 90, 80))
        return add(p, 1, (200, 100, 250, 150), NUCLEUS)

    number = at_work(part, work)
    project.project_history.do(classes.merge_classes(project.taxonomy, NUCLEUS, CELL))
    project.project_history.do(classes.merge_classes(project.taxonomy, GRASS, ROAD))
    report = merged(project, part)
    assert (report.notes, report.conflicts) == ([], [])
    assert names(project) == ["cell", "road"]
    assert project.load(1).annotations[number].class_id == CELL
    assert project.load(1).layer.areas() == {0: 120_000 - 2_500, ROAD: 2_500}
    assert merged(project, part).images == []


def test_a_merge_of_classes_that_was_taken_back_counts_no_more(project):
    (part,) = hand_out(project, 1)
    number = at_work(part, lambda p: add(p, 1, (200, 100, 250, 150), NUCLEUS))
    project.project_history.do(classes.merge_classes(project.taxonomy, NUCLEUS, CELL))
    assert merged(project, hand_out(project, 1, folder=part.parent / "b")[0]).images == []
    project.project_history.undo()
    merged(project, part)
    assert project.load(1).annotations[number].class_id == NUCLEUS


def test_a_class_that_came_in_under_another_number_is_found_again_after_its_merge_is_undone(
    project,
):
    (part,) = hand_out(project, 1)
    project.project_history.do(classes.add_class(project.taxonomy, "spore"))
    spore = project.taxonomy.by_name("spore").id

    def work(p):
        p.project_history.do(classes.add_class(p.taxonomy, "spore"))
        return add(p, 1, (200, 100, 250, 150), p.taxonomy.by_name("spore").id)

    first = at_work(part, work)
    merged(project, part)
    assert project.load(1).annotations[first].class_id == spore
    project.project_history.do(classes.merge_classes(project.taxonomy, spore, CELL))
    kind = at_work(part, lambda p: p.taxonomy.by_name("spore").id)
    merged(project, part)
    project.project_history.undo()
    second = at_work(part, lambda p: add(p, 2, (200, 100, 250, 150), kind))
    merged(project, part)
    assert project.load(2).annotations[second].class_id == spore
    assert names(project).count("spore") == 1


def deleted_cell(project):
    (part,) = hand_out(project, 1)
    at_work(part, lambda p: flip(p, 1, 1, (80, 20, 90, 80)))
    project.project_history.do(classes.delete_class(project.taxonomy, CELL))
    return part


def test_theirs_of_a_deleted_class_can_be_preferred_and_the_class_comes_back(project):
    report = merged(project, deleted_cell(project), "theirs")
    assert (report.settled, report.images) == (1, [1])
    assert "“cell” had been deleted here and came back" in report.notes[0]
    assert project.load(1).annotations[1].mask.area == 4200
    assert "cell" in names(project)


def test_theirs_of_a_deleted_class_can_be_picked_and_the_class_comes_back(project):
    merged(project, deleted_cell(project))
    (row,) = project.conflicts()
    decide(project, row, "theirs")
    assert project.load(1).annotations[1].mask.area == 4200
    assert "cell" in names(project)
    assert project.conflicts() == []


def test_theirs_of_a_class_merged_after_the_conflict_arose_is_what_it_became(project):
    (part,) = hand_out(project, 1)
    at_work(part, lambda p: paint(p, 1, (0, 200, 50, 250), GRASS))
    paint(project, 1, (0, 200, 50, 240), ROAD)
    merged(project, part)
    dirt = classes.add_class(project.taxonomy, "dirt", thing=False)
    project.project_history.do(dirt)
    into = project.taxonomy.by_name("dirt").id
    project.project_history.do(classes.merge_classes(project.taxonomy, GRASS, into))
    (row,) = project.conflicts()
    decide(project, row, "theirs")
    assert project.load(1).layer.areas() == {0: 120_000 - 2_500, into: 2_500}
    assert "grass" not in names(project)


def test_a_locked_list_keeps_a_deleted_class_out_and_the_other_images_come_in(project):
    (part,) = hand_out(project, 1)

    def work(p):
        add(p, 1, (200, 100, 250, 150), NUCLEUS)
        return add(p, 2, (200, 100, 250, 150), CELL)

    number = at_work(part, work)
    project.project_history.do(classes.delete_class(project.taxonomy, NUCLEUS))
    project.lock_classes(ClassLock("Ana", 5.0))
    report = merged(project, part)
    assert report.images == [2]
    assert report.notes == [
        "night_01.png was left out: it uses “nucleus”, deleted here, and the classes are locked. "
        "Unlock the class list and merge again."
    ]
    assert number in project.load(2).annotations
    project.lock_classes(None)
    assert merged(project, part).images == [1]
    assert "nucleus" in names(project)


def test_a_locked_list_refuses_a_side_that_needs_a_deleted_class(project):
    merged(project, deleted_cell(project))
    project.lock_classes(ClassLock("Ana", 5.0))
    with pytest.raises(EngineError, match="“Bring back cell” was refused"):
        decide(project, project.conflicts()[0], "theirs")
    assert len(project.conflicts()) == 1
    decide(project, project.conflicts()[0], "mine")
    assert project.conflicts() == []
