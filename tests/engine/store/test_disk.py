"""A full disk, a folder that cannot be written, and a clock that is set back."""

import contextlib
import errno
import json
import os
import shutil
import sqlite3
import subprocess
import time

import pytest

from engine.document import edits
from engine.errors import EngineError
from engine.formats import whole
from engine.jobs import launch
from engine.jobs.folder import JobFolder
from engine.jobs.job import ExportSpec
from engine.jobs.runner import execute
from engine.masks.mask import Mask
from engine.store import Project, backup, check, restore

from .conftest import CELL, begin


def paint(project, number, image=1, side=60):
    """Step ``number``: an object of its own, with an outline that does not compress to nothing."""
    document = project.load(image)
    left, top = 10 + 70 * (number % 12), 10 + 70 * (number // 12 % 9)
    target = edits.press(document, project.taxonomy, CELL, (left, top), erase=False)
    mask = Mask.rectangle((left, top, left + side, top + side - number % 7))
    project.history(document).do(edits.paint(document, mask, target, False, project.taxonomy))


def whole_again(path, steps):
    """After the trouble: everything is there, can be undone and redone, and nothing lies about."""
    project = Project.open(path)
    document = project.load(1)
    history = project.history(document)
    assert len(document.annotations) == steps
    for _ in range(steps):
        history.undo()
    assert not document.annotations
    for _ in range(steps):
        history.redo()
    assert len(document.annotations) == steps
    document = history = None
    project.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    left = {each.name for each in path.parent.iterdir()} - {"slides.files"}
    assert left == {path.name}


def until_full(project, room):
    """Work until the disk is full; answers with the number of steps."""
    for number in range(room):
        paint(project, number)
        problem = failing(project)
        if problem:
            assert "the disk is full" in problem
            return number + 1
    raise AssertionError("it never was full")


def failing(project):
    """Why it cannot be written; empty where it was."""
    try:
        project.flush()
    except EngineError as problem:
        return str(problem)
    return ""


def test_a_file_that_may_not_grow(path):
    """SQLite's own limit stands for the disk: what does not fit waits, and is written later."""
    project = begin(path)
    writer = project._store.writer
    pages = writer._db.execute("PRAGMA page_count").fetchone()[0]
    writer._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    steps = until_full(project, 200)
    paint(project, steps)
    assert not project.saved
    with pytest.raises(EngineError, match="the disk is full"):
        project.close()
    writer._db.execute("PRAGMA max_page_count = 1000000")
    project.close()
    whole_again(path, steps + 1)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_is_full(small_disk):
    path = small_disk / "slides" / "slides.maskwright"
    path.parent.mkdir()
    project = begin(path)
    project.flush()
    filler = small_disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    steps = until_full(project, 300)
    paint(project, steps)
    assert len(project.annotations(1)) == steps + 1, "work goes on in memory"
    with pytest.raises(EngineError, match=r"No backup of .* (disk is full|No space left)"):
        backup.make(path)
    assert backup.backups_of(path) == []
    assert not list(path.parent.glob("*.files/backups/*"))
    with pytest.raises(EngineError, match="could not be copied"):
        project.copy_to(small_disk / "copy.maskwright")
    target = path.parent / "out.json"
    with pytest.raises(EngineError, match="No space left"):
        whole.write_whole(target, bytes(200_000))
    assert not target.exists()
    filler.unlink()
    project.flush()
    project.close()
    whole_again(path, steps + 1)
    assert sorted(each.name for each in small_disk.iterdir()) == ["slides"]


def fill(disk):
    """Take all the room there is."""
    with open(disk / "filler", "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    return disk / "filler"


def test_on_a_full_disk_a_project_can_be_looked_at_and_nothing_is_locked_out(small_disk):
    """Not even the word of who holds the lock can be written; the lock itself needs no room."""
    path = small_disk / "slides" / "slides.maskwright"
    path.parent.mkdir()
    project = begin(path)
    project.flush()
    made = backup.make(path)
    paint(project, 1)
    project.close()
    before, filler = path.read_bytes(), fill(small_disk)
    for ask in (lambda: restore.restore(path, made), lambda: backup.make(path)):
        with pytest.raises(EngineError, match=r"(disk is full|No space left).*free some|Free some"):
            ask()
        assert not path.with_name(path.name + ".lock").exists()
    looked = Project.open(path)
    assert len(looked.annotations(1)) == 1
    assert looked.read_only
    looked.close()
    assert path.read_bytes() == before
    filler.unlink()
    whole_again(path, 1)


def test_a_repair_on_a_full_disk_is_done_when_there_is_room_again(small_disk):
    path = small_disk / "slides" / "slides.maskwright"
    path.parent.mkdir()
    project = begin(path)
    paint(project, 1)
    project.close()
    path.write_bytes(os.urandom(4096) + path.read_bytes()[4096:])
    before, filler = path.read_bytes(), fill(small_disk)
    with pytest.raises(EngineError, match=r"No backup of .*: No space left on device"):
        check.repair(path)
    assert path.read_bytes() == before
    filler.unlink()
    check.repair(path)
    whole_again(path, 1)


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are POSIX's")
def test_a_file_that_reaches_the_process_limit(path):
    """Past RLIMIT_FSIZE writing fails with another error than a full disk's: nothing is lost."""
    resource = pytest.importorskip("resource")
    project = begin(path)
    project.flush()
    size = path.with_name(path.name + "-wal").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8192, before[1]))
    try:
        steps, problem = 0, ""
        while not problem and steps < 100:
            paint(project, steps)
            steps += 1
            problem = failing(project)
        assert "Your changes are safe in memory" in problem
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    project.flush()
    project.close()
    whole_again(path, steps)


def test_an_export_onto_a_full_disk_leaves_what_was_there(project, path, monkeypatch):
    paint(project, 1)
    project.flush()
    target = path.parent / "out.json"
    target.write_text('{"old": 1}')

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(whole.os, "fsync", full)
    with pytest.raises(EngineError, match="No space left"):
        whole.write_whole(target, b"{}")
    monkeypatch.undo()
    assert json.loads(target.read_text()) == {"old": 1}
    job = JobFolder.create(
        project.files / "jobs", ExportSpec(project=str(path), target=str(target))
    )
    assert execute(job).outcome == "done"
    assert len(json.loads(target.read_text())["annotations"]) == 1
    assert [each.name for each in path.parent.iterdir() if each.suffix == ".tmp"] == []


@pytest.fixture
def locked_away(path, tmp_path):
    """A project in a folder that cannot be written by anyone, root included."""
    project = begin(path)
    paint(project, 1)
    project.close()
    folder = str(path.parent)
    steps = (["--bind", folder, folder], ["-o", "remount,bind,ro", folder])
    try:
        done = [
            subprocess.run(["mount", *each], capture_output=True, check=False) for each in steps
        ]
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done[0].returncode:
        pytest.skip("a folder cannot be mounted read-only here")
    yield path
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_read_only_folder_is_looked_at_and_said(locked_away):
    before = locked_away.read_bytes()
    project = Project.open(locked_away)
    assert project.read_only
    assert project.owner.endswith(
        "its folder cannot be written. Make it writable, or work on a copy."
    )
    assert len(project.annotations(1)) == 1
    with pytest.raises(EngineError, match="can only be looked at"):
        project.set_setting("name", "x")
    with pytest.raises(EngineError, match="No backup of"):
        backup.make(locked_away)
    project.close()
    assert locked_away.read_bytes() == before
    assert [each.name for each in locked_away.parent.iterdir()] == [locked_away.name]


# -- the clock -----------------------------------------------------------------------------------


@pytest.fixture
def backwards(monkeypatch):
    """Each question for the time is answered with an earlier one."""
    moment = [time.time()]
    real = time.strftime

    def earlier():
        moment[0] -= 3600.0
        return moment[0]

    monkeypatch.setattr(time, "time", earlier)
    monkeypatch.setattr(
        time, "strftime", lambda pattern, *at: real(pattern, *(at or (time.localtime(earlier()),)))
    )


def test_undo_is_in_the_order_of_the_steps(backwards, project, path):
    boxes = []
    for number in range(6):
        paint(project, number)
        boxes.append([each.mask.box for each in project.annotations(1)])
    project.close()
    again = Project.open(path)
    document = again.load(1)
    history = again.history(document)
    for before in (*reversed(boxes[:-1]), []):
        history.undo()
        assert [each.mask.box for each in document.ordered()] == before
    for after in boxes:
        history.redo()
        assert [each.mask.box for each in document.ordered()] == after
    again.close()


def test_names_of_jobs_only_grow(backwards, project, path):
    spec = ExportSpec(project=str(path), target="x.json")
    made = [JobFolder.create(project.files / "jobs", spec).id for _ in range(5)]
    assert made == sorted(made)
    assert len({name[:15] for name in made}) == 5


def test_a_name_of_somebody_elses_does_not_keep_jobs_from_being_made(project, path):
    jobs = project.files / "jobs"
    (jobs / "zzz-not-a-stamp").mkdir(parents=True)
    JobFolder.create(jobs, ExportSpec(project=str(path), target="x.json"))


def test_a_stop_is_waited_for_by_another_clock(backwards, project, path):
    """Waiting counts by the monotonic clock: an hour back each time neither ends nor extends it."""
    spec = ExportSpec(project=str(path), target=str(path.parent / "x.json"))
    job = JobFolder.create(project.files / "jobs", spec)
    began = time.monotonic()
    launch.cancel(job, grace=0.05)
    assert job.state() == "cancelled"
    assert time.monotonic() - began < 60


def test_what_was_left_is_told_by_number_and_not_by_time(backwards, path, tmp_path):
    project = begin(path)
    paint(project, 1)
    project.close()
    project = Project.open(path)
    for number in (2, 3):
        paint(project, number)
    project.flush()
    left = tmp_path / "left" / "slides"
    shutil.copytree(path.parent, left)
    project.close()
    found = Project.open(left / path.name)
    assert (found.recovered.steps, found.recovered.images) == (2, 1)
    found.close()
