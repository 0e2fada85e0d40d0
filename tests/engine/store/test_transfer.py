import errno
import os

import pytest

from engine.document import edits
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.store import JobRow, Project

from .conftest import CELL, begin


def paint(project, box):
    document = project.load(1)
    target = edits.press(document, project.taxonomy, CELL, box[:2])
    step = edits.paint(document, Mask.rectangle(box), target, False, project.taxonomy)
    project.history(document).do(step)


@pytest.fixture
def work(path):
    project = begin(path)
    paint(project, (0, 0, 50, 50))
    folder = project.files / "jobs" / "1-train"
    folder.mkdir(parents=True)
    (folder / "done").write_text("{}")
    project.add_job(JobRow(id="1-train", kind="train", folder=folder))
    return project


def test_a_copy_points_at_the_same_images_and_carries_the_files_folder(work, path, tmp_path):
    images = [row.path for row in work.images()]
    copy = work.copy_to(tmp_path / "else" / "where" / "mine")
    assert copy.path == tmp_path / "else" / "where" / "mine.maskwright"
    assert [row.path for row in copy.images()] == images
    (job,) = copy.jobs()
    assert job.folder == copy.files / "jobs" / "1-train"
    assert (job.folder / "done").exists()
    document = copy.load(1)
    assert document.class_areas()[CELL] == 2500
    assert copy.history(document).undo() == "New cell"
    copy.close()
    old = Project.open(path)
    assert old.load(1).class_areas()[CELL] == 2500
    old.close()
    names = {file.name for file in copy.path.parent.iterdir()}
    assert names == {"mine.maskwright", "mine.files"}


def test_work_that_could_not_be_saved_is_in_the_copy(work, path, tmp_path):
    work.flush()
    away = path.parent.with_name("away")
    path.parent.rename(away)
    paint(work, (100, 100, 150, 150))
    with pytest.raises(EngineError, match="its file is gone"):
        work.flush()
    copy = work.copy_to(tmp_path / "rescue.maskwright")
    assert copy.load(1).class_areas()[CELL] == 5000
    assert len(copy.history(copy.load(1)).steps) == 2
    copy.close()


def test_moving_takes_the_old_place_away(work, path, tmp_path):
    moved = work.move_to(tmp_path / "moved.maskwright")
    assert list(path.parent.iterdir()) == []
    assert moved.load(1).class_areas()[CELL] == 2500
    assert moved.images()[0].stored_path == "slides/night_1.png"
    moved.close()


def test_a_place_that_is_taken_or_cannot_be_written(work, path, tmp_path):
    taken = tmp_path / "taken.maskwright"
    taken.write_text("mine")
    with pytest.raises(EngineError, match="already there"):
        work.copy_to(taken)
    with pytest.raises(EngineError, match="could not be copied"):
        work.copy_to(taken / "below" / "x.maskwright")
    assert taken.read_text() == "mine"
    paint(work, (100, 100, 150, 150))
    work.flush()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["slides", "taken.maskwright"]
    work.close()


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_disk_that_gets_full_meanwhile_leaves_nothing_there(work, tmp_path, monkeypatch, moment):
    """While the files folder is copied, or when the file is to get its name."""
    work.flush()
    there = tmp_path / "there"
    there.mkdir()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, moment, full)
        with pytest.raises(EngineError, match=r"could not be copied to .*No space left") as said:
            work.copy_to(there / "x.maskwright")
    assert "[(" not in str(said.value)
    assert list(there.iterdir()) == []
    moved = work.move_to(there / "x.maskwright")
    assert (moved.files / "jobs" / "1-train" / "done").exists()
    moved.close()
