"""The class list locked: what stays free, what is refused, and that it is kept."""

import sqlite3
from dataclasses import replace

import pytest

from engine.document import taxonomy_commands as classes
from engine.document.taxonomy import ClassLock
from engine.errors import EngineError
from engine.store import Project, schema

from .conftest import CELL, NUCLEUS

LOCK = ClassLock("Ana", 1_795_000_000.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda t: classes.add_class(t, "new"),
        lambda t: classes.rename(t, CELL, "blob"),
        lambda t: classes.recolor(t, CELL, "#112233"),
        lambda t: classes.reorder(t, [NUCLEUS, CELL]),
        lambda t: classes.set_kind(t, CELL, False, False),
        lambda t: classes.merge_classes(t, CELL, NUCLEUS),
        lambda t: classes.delete_class(t, CELL),
        lambda t: classes.describe(t, CELL, "Round."),
    ],
)
def test_no_class_changes_while_the_list_is_locked(project, make):
    project.lock_classes(LOCK)
    before = project.taxonomy
    command = make(before)
    with pytest.raises(EngineError) as refused:
        project.project_history.do(command)
    assert str(refused.value) == (
        f"{LOCK.words}, so “{command.label}” was refused. Unlock the class list to change it."
    )
    assert "Ana locked the classes on" in LOCK.words
    assert project.taxonomy.everything == before.everything
    project.lock_classes(None)
    project.project_history.do(make(project.taxonomy))
    assert project.taxonomy.everything != before.everything


def test_undo_and_redo_of_class_changes_wait_too(project):
    project.project_history.do(classes.rename(project.taxonomy, CELL, "blob"))
    project.lock_classes(LOCK)
    with pytest.raises(EngineError, match="“Undo Rename cell” was refused"):
        project.project_history.undo()
    project.lock_classes(None)
    assert project.project_history.undo() == "Rename cell"
    project.lock_classes(LOCK)
    with pytest.raises(EngineError, match="“Redo Rename cell” was refused"):
        project.project_history.redo()


def test_how_classes_are_shown_and_what_files_call_them_stays_free(project):
    project.lock_classes(LOCK)
    project.set_class_view(CELL, visible=False, opacity=0.5, locked=True)
    project.put_classes([replace(project.taxonomy[CELL], coco_id=17, supercategory="x")])
    assert (project.taxonomy[CELL].visible, project.taxonomy[CELL].coco_id) == (False, 17)
    with pytest.raises(EngineError, match="“Change class cell” was refused"):
        project.put_classes([replace(project.taxonomy[CELL], name="blob")])
    with pytest.raises(EngineError, match="“Add class sky” was refused"):
        project.put_classes([project.taxonomy.new_class("sky")])


def test_lock_guideline_and_example_are_kept(project, reopen):
    project.project_history.do(classes.describe(project.taxonomy, CELL, " Round. ", (2, 5)))
    project.project_history.do(classes.describe(project.taxonomy, CELL, "Round.", (2, 5)))
    project.lock_classes(LOCK)
    again = reopen()
    cell = again.taxonomy[CELL]
    assert again.class_lock == LOCK
    assert (cell.guideline, cell.example_image, cell.example_object) == ("Round.", 2, 5)
    again.lock_classes(None)
    assert again.project_history.undo() == "Describe cell"
    assert again.taxonomy[CELL].guideline == ""
    assert reopen().class_lock is None


def test_a_file_of_before_there_were_guidelines_is_read(tmp_path):
    path = tmp_path / "old.maskwright"
    db = sqlite3.connect(path, isolation_level=None)
    for step in schema.MIGRATIONS[:3]:
        step(db)
    db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    db.execute("PRAGMA user_version = 3")
    values = "2, 'cell', '#112233', 0, 1, 0, NULL, '', 1, 0, 0, NULL, 0, NULL"
    db.execute(f"INSERT INTO classes VALUES ({values})")
    db.close()
    old = Project.open(path, read_only=True)
    assert (old.taxonomy[2].guideline, old.class_lock, old.project_id) == ("", None, "")
    assert old.conflicts() == []
    old.close()
    new = Project.open(path)
    assert new.taxonomy[2].name == "cell"
    assert len(new.project_id) == 32
    new.close()


def test_a_damaged_lock_still_locks(project, reopen):
    project.set_setting("classes.lock", {"when": "yesterday"})
    again = reopen()
    assert again.class_lock == ClassLock("", 0.0)
    assert again.class_lock.words == "Somebody locked the classes"
