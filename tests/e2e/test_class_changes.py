"""Changes of classes that concern many images go on between events, and nothing slips between."""

import pytest
from PySide6.QtCore import Qt

from app import slices
from app.panels import class_edits
from engine.store import Project
from tests.e2e.photos import make_photos

Key = Qt.Key
COUNT = 8


@pytest.fixture
def many(d, tmp_path, monkeypatch):
    """Eight images with a cell each; every slice is one image long."""
    d.open(make_photos(tmp_path / "photos", COUNT))
    d.add_classes(cell=True, nucleus=True)
    for row in d.session.images:
        d.session.open_image(row.id)
        d.canvas.settle()
        d.session.set_class(d.class_id("cell"))
        d.key(Key.Key_B)
        d.stroke((60, 60), (80, 60))
    monkeypatch.setattr(slices, "FIRST", 0.0)
    monkeypatch.setattr(slices, "SLICE", 0.0)
    yield d
    d.session.slices.finish()


def merge(d):
    taxonomy = d.session.taxonomy
    cell, nucleus = taxonomy.by_name("cell"), taxonomy.by_name("nucleus")
    assert class_edits.merge(d.session, cell, nucleus)
    assert d.session.slices.words.startswith("Merge cell into nucleus: ")


def over(d):
    d.until(lambda: not d.session.slices.words)


def classes_of(project):
    return {
        project.taxonomy.name(each.class_id)
        for row in project.images()
        for each in project.annotations(row.id)
    }


def test_the_window_lives_on_while_classes_are_merged_and_undo_is_one_step(many):
    d = many
    merge(d)
    assert d.session.taxonomy.by_name("cell") is not None, "it is not over"
    over(d)
    assert d.last_said.startswith("Merged cell into nucleus.")
    assert d.session.taxonomy.by_name("cell") is None
    assert d.session.taxonomy.name(d.session.current_class) == "nucleus"
    assert classes_of(d.session.project) == {"nucleus"}
    assert {each.class_id for each in d.objects} == {d.class_id("nucleus")}
    d.ctrl(Key.Key_U)
    assert d.session.slices.words.startswith("Undo “Merge cell into nucleus”: ")
    over(d)
    assert d.last_said == "Undone: merge cell into nucleus"
    assert classes_of(d.session.project) == {"cell"}
    d.key(Key.Key_U, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    over(d)
    assert classes_of(d.session.project) == {"nucleus"}


def test_nothing_else_is_changed_meanwhile_and_that_is_said(many):
    d = many
    merge(d)
    before = len(d.objects)
    d.stroke((150, 150), (170, 150))
    assert len(d.objects) == before
    assert ("warning", d.said[-1][1]) == d.said[-1]
    assert d.last_said.startswith("Merge cell into nucleus: ")
    d.ctrl(Key.Key_Z)
    assert d.last_said.startswith("Merge cell into nucleus: ")
    nucleus = d.session.taxonomy.by_name("nucleus")
    assert not class_edits.change(d.session, nucleus, name="kernel")
    over(d)
    assert d.session.taxonomy.by_name("nucleus") is not None
    d.stroke((150, 150), (170, 150))
    assert len(d.objects) == before + 1


def test_an_image_that_could_not_be_marked_done_is_not_left(many):
    d = many
    d.key(Key.Key_Q)
    before = d.session.image.id
    merge(d)
    d.key(Key.Key_F)
    assert d.last_said.startswith("Merge cell into nucleus: ")
    assert d.session.image.id == before
    over(d)
    d.key(Key.Key_F)
    assert d.session.image.id != before
    assert d.session.row(before).status == "done"


@pytest.mark.parametrize("closing", [False, True])
def test_what_is_refused_only_in_a_later_slice_is_said(many, closing):
    """It is no bug: the image that was changed since comes second."""
    d = many
    merge(d)
    over(d)
    d.session.open_image(d.session.images.ids()[1])
    d.canvas.settle()
    d.session.set_class(d.class_id("nucleus"))
    d.stroke((150, 150), (170, 150))
    d.ctrl(Key.Key_U)
    if closing:
        d.session.slices.finish()
    over(d)
    assert d.said[-1][0] == "warning"
    assert d.last_said.startswith("“Merge cell into nucleus” cannot be undone: photo_1.png was")
    assert d.session.taxonomy.by_name("cell") is None
    assert len(d.objects) == 2


def test_closing_brings_it_to_its_end(many):
    d = many
    path = d.session.project.path
    merge(d)
    d.program.files.close()
    assert d.session.slices.words == ""
    project = Project.open(path)
    try:
        assert classes_of(project) == {"nucleus"}
        assert project.project_history.undo() == "Merge cell into nucleus"
        assert classes_of(project) == {"cell"}
    finally:
        project.close()


def test_a_class_is_deleted_in_all_images(many):
    d = many
    assert class_edits.delete(d.session, d.session.taxonomy.by_name("cell"))
    over(d)
    assert classes_of(d.session.project) == set()
    assert d.objects == []
    d.ctrl(Key.Key_U)
    over(d)
    assert classes_of(d.session.project) == {"cell"}
    assert len(d.objects) == 1
