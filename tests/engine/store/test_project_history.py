import pytest

from engine.document import edits
from engine.document import taxonomy_commands as classes
from engine.document.project_history import finished
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.store import Project

from .conftest import CELL, NUCLEUS, ROAD, SIZE

PIXELS = SIZE[0] * SIZE[1]


@pytest.fixture
def work(project):
    """Paint a box of a class into an image, as its own step."""

    def paint(image_id, class_id, box, where=project):
        document = where.load(image_id)
        target = edits.press(document, where.taxonomy, class_id, box[:2], force_new=True)
        step = edits.paint(document, Mask.rectangle(box), target, False, where.taxonomy)
        where.history(document).do(step)
        return document

    return paint


def names(project):
    return [entry.name for entry in project.taxonomy.classes]


def test_add_rename_recolour_reorder_and_back(project, reopen):
    history, start = project.project_history, names(project)
    history.do(classes.add_class(project.taxonomy, "  tail   end "))
    history.do(classes.rename(project.taxonomy, CELL, "Cell body"))
    history.do(classes.recolor(project.taxonomy, CELL, "#aabbcc", 2))
    history.do(classes.reorder(project.taxonomy, [5, ROAD]))
    assert names(project) == ["tail end", "road", "Cell body", "nucleus"]
    assert (project.taxonomy[CELL].color, project.taxonomy[CELL].hatch) == ("#AABBCC", 2)
    again = reopen()
    history = again.project_history
    assert names(again) == ["tail end", "road", "Cell body", "nucleus"]
    labels = [history.undo() for _ in range(4)]
    assert labels == [
        "Reorder classes",
        "Recolour Cell body",
        "Rename cell",
        "Add class tail end",
    ]
    assert names(again) == start
    assert again.taxonomy.get(5).deleted
    again = reopen()
    while again.project_history.can_redo:
        again.project_history.redo()
    assert names(again) == ["tail end", "road", "Cell body", "nucleus"]


def test_refusals(project):
    taxonomy = project.taxonomy
    for attempt, words in [
        (lambda: classes.add_class(taxonomy, "  "), "a name"),
        (lambda: classes.add_class(taxonomy, "CELL"), "already a class “cell”"),
        (lambda: classes.rename(taxonomy, CELL, "Road"), "already a class “road”"),
        (lambda: classes.recolor(taxonomy, CELL, "blue"), "is no colour"),
        (lambda: classes.merge_classes(taxonomy, CELL, CELL), "another class"),
        (lambda: classes.delete_class(taxonomy, 99), "no longer"),
        (lambda: classes.set_kind(taxonomy, CELL, False, True), "is in use"),
    ]:
        with pytest.raises(EngineError, match=words):
            attempt()
    assert classes.rename(taxonomy, CELL, "CELL").after[0].name == "CELL"


def test_many_classes_are_one_step(project):
    taxonomy, new = project.taxonomy, []
    for name in ("a", "b"):
        entry = taxonomy.new_class(name, coco_id=90, supercategory="x", extra={"isthing": 1})
        taxonomy = taxonomy.with_(entry)
        new.append(entry)
    project.add_classes(new)
    assert names(project)[-2:] == ["a", "b"]
    assert project.project_history.undo() == "Add 2 classes"
    assert len(names(project)) == 3


def test_classes_keep_what_they_came_with(project, reopen):
    made = project.taxonomy.new_class(
        "x", coco_id=90, supercategory="y", extra={"keypoints": ["nose"]}
    )
    project.add_classes([made])
    project.set_class_view(made.id, visible=False, opacity=0.25, contour_only=True)
    again = reopen().taxonomy[made.id]
    assert (again.coco_id, again.supercategory, dict(again.extra)) == (
        90,
        "y",
        {"keypoints": ["nose"]},
    )
    assert (again.visible, again.opacity, again.contour_only) == (False, 0.25, True)


def test_how_a_class_is_shown_is_no_part_of_undo(project):
    project.project_history.do(classes.rename(project.taxonomy, CELL, "body"))
    project.set_class_view(CELL, visible=False, locked=True)
    project.project_history.undo()
    assert project.taxonomy[CELL].name == "cell"
    assert not project.taxonomy[CELL].visible
    assert project.taxonomy[CELL].locked
    with pytest.raises(TypeError):
        project.set_class_view(CELL, name="x")


def test_merging_things_in_every_image(project, reopen, work):
    one = work(1, CELL, (0, 0, 50, 50))
    work(2, CELL, (0, 0, 600, 600))
    other = work(3, NUCLEUS, (0, 0, 9, 9))
    assert project.class_use(CELL) == (2, 2)
    project.project_history.do(classes.merge_classes(project.taxonomy, CELL, NUCLEUS))
    assert one.class_areas() == {0: PIXELS, NUCLEUS: 2500}
    assert names(project) == ["nucleus", "road"]
    assert project.class_use(NUCLEUS) == (3, 3)
    assert not project.history(other).undo_label.startswith("Merge")
    again = reopen()
    document = again.load(2)
    assert document.class_areas() == {0: PIXELS, NUCLEUS: 360_000}
    with pytest.raises(EngineError, match="whole project"):
        again.history(document).undo()
    assert again.project_history.undo() == "Merge cell into nucleus"
    assert document.class_areas() == {0: PIXELS, CELL: 360_000}
    assert again.history(document).undo() == "New cell"
    assert again.load(3).class_areas()[NUCLEUS] == 81
    again.history(document).redo()
    again.project_history.redo()
    assert document.class_areas() == {0: PIXELS, NUCLEUS: 360_000}


def test_merging_things_into_stuff_and_stuff_into_things(project, work, thing):
    document = work(1, CELL, (0, 0, 50, 50))
    work(1, ROAD, (40, 0, 100, 50))
    waiting = thing((300, 300, 340, 340), CELL)
    project.set_proposals(1, [waiting])
    project.project_history.do(classes.merge_classes(project.taxonomy, CELL, ROAD))
    assert document.class_areas() == {0: PIXELS - 5000, ROAD: 5000}
    assert document.proposals[waiting.id].class_id == ROAD
    project.project_history.do(classes.merge_classes(project.taxonomy, ROAD, NUCLEUS))
    assert document.class_areas() == {0: PIXELS, NUCLEUS: 5000}
    project.project_history.undo()
    project.project_history.undo()
    assert document.class_areas() == {0: PIXELS - 3000, ROAD: 3000, CELL: 2500}
    assert document.proposals[waiting.id].class_id == CELL


def test_deleting_a_class_takes_its_masks_and_gives_them_back(project, reopen, work, thing):
    document = work(1, CELL, (0, 0, 50, 50))
    work(2, ROAD, (0, 0, 600, 600))
    project.set_proposals(1, [thing((100, 0, 150, 50), CELL)])
    project.project_history.do(classes.delete_class(project.taxonomy, CELL))
    project.project_history.do(classes.delete_class(project.taxonomy, ROAD))
    assert document.class_areas() == {0: PIXELS}
    assert not document.proposals
    again = reopen()
    assert names(again) == ["nucleus"]
    assert again.load(2).class_areas() == {0: PIXELS}
    again.project_history.undo()
    again.project_history.undo()
    assert again.load(2).class_areas() == {0: PIXELS - 360_000, ROAD: 360_000}
    assert again.load(1).class_areas() == {0: PIXELS, CELL: 2500}
    assert len(again.load(1).proposals) == 1


def test_work_after_a_merge_stands_in_its_way(project, work):
    document = work(1, CELL, (0, 0, 50, 50))
    project.project_history.do(classes.merge_classes(project.taxonomy, CELL, NUCLEUS))
    work(1, NUCLEUS, (200, 200, 250, 250))
    before = document.state
    with pytest.raises(EngineError, match=r"night_1\.png was changed after it. Undo there first"):
        project.project_history.undo()
    assert document.state is before
    project.history(document).undo()
    project.project_history.undo()
    assert document.class_areas() == {0: PIXELS, CELL: 2500}
    work(1, CELL, (200, 200, 250, 250))
    with pytest.raises(EngineError, match="cannot be made again"):
        project.project_history.redo()


def test_a_new_class_in_use_cannot_be_undone(project, work, reopen):
    project.project_history.do(classes.add_class(project.taxonomy, "tail"))
    document = work(2, 5, (0, 0, 50, 50))
    with pytest.raises(EngineError, match=r"night_2\.png uses “tail”"):
        project.project_history.undo()
    project.history(document).undo()
    with pytest.raises(EngineError, match="its history does"):
        project.project_history.undo()
    work(2, CELL, (0, 0, 50, 50))
    project.project_history.undo()
    assert names(project) == ["cell", "nucleus", "road"]


def test_a_class_only_in_a_history_is_guarded_there(project, work):
    document = work(1, CELL, (0, 0, 50, 50))
    history = project.history(document)
    history.do(edits.delete(document, list(document.annotations), project.taxonomy))
    project.project_history.do(classes.delete_class(project.taxonomy, CELL))
    with pytest.raises(EngineError, match="whole project"):
        history.undo()
    project.project_history.undo()
    history.undo()
    assert document.class_areas()[CELL] == 2500


def test_a_deleted_class_is_kept_until_nothing_mentions_it(project, reopen, work):
    work(1, CELL, (0, 0, 50, 50))
    project.project_history.do(classes.add_class(project.taxonomy, "tail"))
    for gone in (CELL, 5):
        project.project_history.do(classes.delete_class(project.taxonomy, gone))
    again = reopen()
    assert again.taxonomy[CELL].deleted
    assert again.taxonomy[5].deleted
    again.set_setting("undo.steps", 0)
    again.close()
    again = reopen()
    assert again.taxonomy.get(5) is None, "nothing mentions it"
    assert again.taxonomy[CELL].deleted, "the image's history does"
    assert again.taxonomy.next_id == 6
    assert not again.project_history.can_undo


def test_views_of_classes_are_told(project):
    told = []
    project.project_history.subscribers.append(lambda: told.append(names(project)))
    project.project_history.do(classes.add_class(project.taxonomy, "tail"))
    project.project_history.undo()
    project.project_history.undo()
    assert [len(n) for n in told] == [4, 3, 2]
    assert project.project_history.redo_label == "Add class road"


def test_nothing_to_do_is_no_step(project):
    order = [entry.id for entry in project.taxonomy.classes]
    project.project_history.do(classes.reorder(project.taxonomy, order))
    assert project.project_history.undo_label == "Add class road"


# -- an image at a time


def spread(project, thing):
    for image in (1, 2, 3):
        project.add_annotations(image, [thing((0, 0, 9, 9))])
    return classes.merge_classes(project.taxonomy, CELL, NUCLEUS)


def of_class(project, class_id):
    return [
        row.id
        for row in project.images()
        if any(each.class_id == class_id for each in project.annotations(row.id))
    ]


def test_an_image_at_a_time_is_the_same_as_at_once(project, thing, reopen):
    history = project.project_history
    parts = list(history.doing(spread(project, thing)))
    assert parts == sorted(parts)
    assert len(parts) == 5  # three loaded, two changed; after the last it is over
    assert 0 < parts[0] < parts[-1] < 1
    assert of_class(project, NUCLEUS) == [1, 2, 3]
    assert finished(history.undoing()) == "Merge cell into nucleus"
    assert of_class(project, CELL) == [1, 2, 3]
    assert finished(history.redoing()) == "Merge cell into nucleus"
    again = reopen()
    assert of_class(again, NUCLEUS) == [1, 2, 3]
    assert again.project_history.undo() == "Merge cell into nucleus"


def test_given_up_while_loading_nothing_is_changed(project, thing):
    history = project.project_history
    work = history.doing(spread(project, thing))
    next(work)
    work.close()
    assert of_class(project, CELL) == [1, 2, 3]
    assert history.undo_label != "Merge cell into nucleus"
    assert project.taxonomy.get(CELL) is not None


def test_given_up_later_it_is_brought_to_its_end(project, thing, reopen):
    history = project.project_history
    work = history.doing(spread(project, thing))
    for _ in range(4):
        next(work)
    work.close()
    assert of_class(project, NUCLEUS) == [1, 2, 3]
    again = reopen()
    assert of_class(again, NUCLEUS) == [1, 2, 3]
    again.project_history.undo()
    assert of_class(again, CELL) == [1, 2, 3]


def test_nothing_of_it_is_on_the_disk_before_its_end(project, thing, path):
    work = project.project_history.doing(spread(project, thing))
    for _ in range(4):
        next(work)
    project.flush()
    reader = Project.open(path, read_only=True)
    assert of_class(reader, CELL) == [1, 2, 3]
    reader.close()
    finished(work)
    project.flush()
    reader = Project.open(path, read_only=True)
    assert of_class(reader, NUCLEUS) == [1, 2, 3]
    reader.close()
