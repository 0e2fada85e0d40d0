"""Work that is itself at fault: everything else is written, it is told, and closing ends."""

import errno
import sqlite3
import threading
from dataclasses import replace

import pytest

from engine.document import edits
from engine.document.document import Status
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.store import Project, journal, states
from engine.store.careful import is_fault
from engine.store.check import check
from engine.store.writer import sentence
from tests.engine.store.versions import digest

from .conftest import CELL, begin


def paint(project, image=1, box=(10, 10, 90, 80)):
    document = project.load(image)
    target = edits.press(document, project.taxonomy, CELL, box[:2], erase=False)
    step = edits.paint(document, Mask.rectangle(box), target, False, project.taxonomy)
    project.history(document).do(step)
    return document


def bug(db):
    raise NameError("name 'mask' is not defined")


@pytest.fixture
def faults(project):
    heard = []
    project.on_fault.append(heard.append)
    return heard


@pytest.fixture
def one_bad_step(monkeypatch):
    """Adding the next step to the journal meets a bug, once for each attempt at it."""
    real, bad = journal.append, []

    def append(db, image, step, *rest):
        bad[:] = bad or [(image, step.number)]
        if (image, step.number) == bad[0]:
            bug(db)
        real(db, image, step, *rest)

    monkeypatch.setattr(journal, "append", append)


@pytest.mark.parametrize(
    ("problem", "fault"),
    [
        (NameError("x"), True),
        (OverflowError("x"), True),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), True),
        (EngineError("x"), True),
        (MemoryError(), False),
        (OSError(errno.ENOSPC, "x"), False),
        (sqlite3.OperationalError("database is locked"), False),
        (sqlite3.DatabaseError("database disk image is malformed"), False),
    ],
)
def test_what_waits_and_what_is_gone_around(problem, fault):
    assert is_fault(problem) is fault


def test_a_statement_that_can_never_work_is_a_fault():
    with sqlite3.connect(":memory:") as db, pytest.raises(sqlite3.OperationalError) as found:
        db.execute("INSERT INTO nowhere VALUES (1)")
    db.close()
    assert is_fault(found.value)


def test_a_full_disk_in_the_middle_of_it_leaves_nothing_out(project, faults, path):
    """The page limit stands for the disk; what is at fault and what waits do not mix."""
    project.flush()
    db = project._store.writer._db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")
    with project.together():
        project._store.submit(bug)
        project.set_setting("large", "x" * 100_000)
    with pytest.raises(EngineError, match="the disk is full"):
        project.flush()
    assert faults == []
    db.execute("PRAGMA max_page_count = 1000000")
    project.close()
    assert [each.kept for each in faults] == [False]
    again = Project.open(path)
    assert again.setting("large") == "x" * 100_000
    again.close()


def test_what_comes_after_it_is_written_and_closing_ends(project, faults, path):
    project.set_setting("before", 1)
    project._store.submit(bug)
    project.set_setting("after", 2)
    paint(project)
    project.flush()
    project.close()
    assert [(type(each.error), each.kept) for each in faults] == [(NameError, False)]
    assert "make it anew" in faults[0].words
    again = Project.open(path)
    assert (again.setting("before"), again.setting("after")) == (1, 2)
    assert len(again.annotations(1)) == 1
    again.close()


@pytest.mark.parametrize("grouped", [False, True])
def test_a_step_that_cannot_be_written_leaves_its_pixels(
    project, faults, path, one_bad_step, grouped
):
    if grouped:
        with project.together():
            paint(project)
            paint(project, 2)
            paint(project, box=(200, 200, 260, 260))
    else:
        paint(project)
        paint(project, box=(200, 200, 260, 260))
    document = paint(project, box=(300, 300, 380, 390))
    before, history = digest(document), project.history(document)
    project.flush()
    assert [each.kept for each in faults] == [True]
    assert "saved whole" in faults[0].words
    for _ in range(3):
        history.undo()
    assert not document.annotations, "the session itself remembers"
    for _ in range(3):
        history.redo()
    assert digest(document) == before
    project.close()
    assert check(path).sound
    again = Project.open(path)
    document = again.load(1)
    assert digest(document) == before
    assert len(again.annotations(2)) == grouped
    history = again.history(document)
    history.undo()
    history.undo()
    assert not history.can_undo
    assert len(document.annotations) == 1
    again.close()


def test_an_object_that_cannot_be_written_is_all_that_is_missing(project, faults, path):
    document = paint(project)
    paint(project, box=(200, 200, 260, 260))
    good, bad = document.ordered()
    from_elsewhere = replace(bad, coco_id=1 << 70)
    project._documents.change(document, lambda: document.replace([bad], [from_elsewhere]))
    project._documents.change(document, lambda: document.take_in([], None, Status.DONE))
    project.close()
    assert [each.kept for each in faults] == [False]
    again = Project.open(path)
    assert [each.mask.box for each in again.annotations(1)] == [good.mask.box]
    assert again.image(1).status is Status.DONE
    again.close()


def test_the_copy_that_rescues_goes_around_it_too(path, tmp_path, monkeypatch):
    project = begin(path)
    project.flush()
    away = path.parent.with_name("away")
    path.parent.rename(away)
    paint(project)
    project._store.submit(bug)
    paint(project, box=(200, 200, 260, 260))
    with pytest.raises(EngineError, match="its file is gone"):
        project.flush()
    copy = project.copy_to(tmp_path / "rescue" / "copy")
    assert len(copy.annotations(1)) == 2
    assert [each.name for each in copy.path.parent.iterdir() if each.suffix == ".tmp"] == []
    copy.close()


def test_nobody_waits_for_a_writer_whose_thread_ended(project, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda told: None)

    def leave(db):
        raise SystemExit

    project._store.submit(leave)
    with pytest.raises(EngineError, match="could not be saved"):
        project.flush()
    project.close(discard=True)


def test_a_fault_of_the_place_is_not_told_as_one_of_the_program():
    assert "another program" in str(sentence(_locked(), "slides"))


def _locked():
    problem = sqlite3.OperationalError("database is locked")
    problem.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return problem


def test_write_state_is_what_fails_alone(project, faults, path, monkeypatch):
    """Even where pixels as such cannot be written, the other image's can."""
    real = states.write_state

    def write_state(db, image_id, before, after):
        if image_id == 1:
            bug(db)
        real(db, image_id, before, after)

    monkeypatch.setattr(states, "write_state", write_state)
    paint(project)
    paint(project, 2)
    project.close()
    assert [each.kept for each in faults] == [False]
    again = Project.open(path)
    assert again.annotations(1) == []
    assert len(again.annotations(2)) == 1
    again.close()
